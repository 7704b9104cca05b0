/** attempt() = discover -> deliver: one try to hand one copy to its next hop. */
import { withoutNextHop } from '../deliver/deliver.ts'
import { hasBareLineEnd } from '../deliver/message-data.ts'
import type { MessageContent, Outcome, OutgoingMail } from '../deliver/outcome.ts'
import type { Discovery, NextHop } from '../discover/next-hop.ts'
import type { AttemptResult } from '../queue/attempt-result.ts'
import { putOff, putsOff } from '../queue/put-off.ts'
import { noTurn, type Turn } from '../queue/turns.ts'
import type { StoredDelivery } from '../store/records.ts'
import { choiceOf } from './attempt-choice.ts'
import type { HeldMessages, OutgoingFacts } from './held-messages.ts'
import type { LeavesFrom } from './leaves-from.ts'
import type { OutgoingMessage } from './message-cache.ts'

export interface AttemptDependencies {
  readonly held: Pick<HeldMessages, 'facts' | 'hold'>
  /** `tlsRequired`: see OutgoingMessage. */
  discover(
    domain: string,
    tlsRequired: OutgoingMessage['tlsRequired'],
    addressOrder: LeavesFrom['addressOrder'],
  ): Promise<Discovery>
  /** Unix milliseconds. */
  clock(): number
  /** Where a copy leaves from. */
  leavesFrom(delivery: StoredDelivery): LeavesFrom
  deliver(mail: OutgoingMail, hops: readonly NextHop[], destination: string): Promise<Outcome>
}

/**
 * Never throws for what a peer or DNS does.
 *
 * @param turn what can be delivered goes on in its turn; what this side or DNS puts off takes with it what began behind it
 */
export async function attempt(
  delivery: StoredDelivery,
  dependencies: AttemptDependencies,
  turn: Turn = noTurn,
): Promise<AttemptResult> {
  const { clock, deliver } = dependencies
  const begunAt = clock()
  const ready = await prepared(delivery, dependencies)
  const before = await turn.before
  if (before !== undefined) {
    turn.pass(before)
    return before
  }
  if ('kind' in ready) {
    const isTogether = ready.kind === 'deferred' && putsOff(delivery)
    const result = isTogether ? putOff(resultOf(ready), clock()) : resultOf(ready)
    if (isTogether) turn.pass(result)
    return result
  }
  const sent = deliver({ ...ready.mail, begunAt }, ready.hops, delivery.destination)
  turn.pass()
  const outcome = await sent
  return { ...resultOf(outcome), choice: choiceOf(ready.hops, outcome) }
}

/** A decision of this side carries the status code that it is reported with; the next hop's codes are in its reply. */
function resultOf({ status, reason, ...outcome }: Outcome): AttemptResult {
  return { ...outcome, reason: status === undefined ? reason : `${status} ${reason ?? ''}`.trimEnd() }
}

/** The message and where it goes; or what came of it before anybody was asked. */
async function prepared(
  delivery: StoredDelivery,
  dependencies: AttemptDependencies,
): Promise<Outcome | { readonly mail: OutgoingMail; readonly hops: readonly NextHop[] }> {
  const message = await dependencies.held.facts(delivery)
  if (message === undefined) {
    return {
      kind: 'failed',
      phase: 'discover',
      status: '5.3.0',
      reason: 'the message is no longer in the store',
    }
  }
  if ('unavailable' in message)
    return { kind: 'deferred', phase: 'body', status: '4.3.1', reason: message.unavailable }
  const { source, addressOrder } = dependencies.leavesFrom(delivery)
  const discovery = await dependencies.discover(delivery.destination, message.tlsRequired, addressOrder)
  if (discovery.kind !== 'hops') return withoutNextHop(discovery)
  const mail = { ...outgoingMail(delivery, message, dependencies.held), source }
  return { mail, hops: discovery.hops }
}

function contentOf(
  delivery: StoredDelivery,
  facts: OutgoingFacts,
  held: AttemptDependencies['held'],
): MessageContent {
  const { prefix } = delivery
  return {
    hasBareLineEnd: facts.hasBareLineEnd || hasBareLineEnd([prefix]),
    async hold() {
      const content = await held.hold(delivery, facts.sizeBytes)
      return 'unavailable' in content ? content : { ...content, chunks: [prefix, ...content.chunks] }
    },
  }
}

function outgoingMail(
  delivery: StoredDelivery,
  message: OutgoingFacts,
  held: AttemptDependencies['held'],
): OutgoingMail {
  return {
    reversePath: delivery.reversePath,
    forwardPath: delivery.forwardPath,
    content: contentOf(delivery, message, held),
    sizeBytes: delivery.prefix.length + message.sizeBytes,
    smtpUtf8: message.smtpUtf8,
    eightBit: message.eightBit,
    queueId: delivery.queueId,
    ordinal: delivery.ordinal,
    ...(delivery.notification !== null && { notification: delivery.notification }),
    ...(message.tlsRequired === 'yes' && { requireTls: true }),
    ...(message.tlsRequired === 'no' && { uncounted: true }),
  }
}
