/** What sessions ask of the relay, and what they tell it, however they come: over SMTP, or in a Batch SMTP object. */

import type { Meters } from '../metrics/meters.ts'
import type { Received, ReceiveEvent, ReceiveHooks } from '../receive/received.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import type { Generation } from './generation.ts'
import { judgeSender, judgeSubmitter, judgeTransaction } from './judge-envelope.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { ratedRecipient, ratedSender } from './rates/rated-transaction.ts'

/** Stage 1 asks; the answers come from admission, as it is configured at that moment. */
export function receiveHooks(current: () => Generation): ReceiveHooks {
  return {
    nextQueueId: () => current().dependencies.queueIds.next(),
    clock: () => current().dependencies.clock(),
    get submission() {
      return current().submission
    },
    connection: client => current().dependencies.rates.connection(client),
    sender(reversePath, transaction) {
      const { directory, rates } = current().dependencies
      const { submitter } = transaction
      const refusal =
        submitter === undefined
          ? judgeSender(reversePath, directory)
          : judgeSubmitter(reversePath, submitter, directory)
      return refusal ?? ratedSender(transaction, rates)
    },
    recipient(forwardPath, transaction) {
      const { dependencies } = current()
      const verdict = judgeTransaction(forwardPath, transaction, dependencies.directory)
      return ratedRecipient(forwardPath, verdict, transaction, dependencies)
    },
    accept: (received, gone) => accept(received, gone, current()),
    log: event => {
      const { dependencies } = current()
      countReceiveEvent(dependencies.meters, event)
      logReceiveEvent(dependencies, event)
    },
  }
}

/** A session is told with its peer; what concerns a message carries its queue id; what a limit of rates refuses is told in sum. */
function logReceiveEvent({ log, rates }: Pick<PathDependencies, 'log' | 'rates'>, event: ReceiveEvent): void {
  const { event: word, text, ...fields } = event
  if (rates.isOwn(event.reply)) log.debug(fields, text ?? word)
  else if (word === 'fault') log.error(fields, text ?? 'fault in a session')
  else if (word === 'refused') log.info(fields, text ?? 'refused')
  else log.debug(fields, text ?? word)
}

async function accept(
  received: Received,
  gone: AbortSignal,
  { path, dependencies }: Generation,
): Promise<SmtpReply> {
  const { meters, clock } = dependencies
  const reply = await path.accept(received, gone)
  const milliseconds = Math.max(0, clock() - received.receivedAtMilliseconds)
  meters.message({ reply, milliseconds, tlsVersion: received.peer.tls?.version })
  return reply
}

function countReceiveEvent(meters: Meters, { event, listener, reply }: ReceiveEvent): void {
  if (event === 'connect') meters.connected(listener)
  else if (event === 'close') meters.disconnected(listener)
  else if (event === 'fault') meters.fault()
  else if (event === 'refused' && reply !== undefined) meters.refusal(reply)
}
