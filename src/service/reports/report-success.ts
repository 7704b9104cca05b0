/**
 * Successes that a sender had asked to hear of (RFC 3461 section 5.2): the message was expanded to several addresses, or handed to a
 * next hop that sends no such reports, or written where it ends.
 */
import type { ReportedRecipient } from '../../bounce/compose.ts'
import { composeDsn } from '../../bounce/compose.ts'
import { explainStatus } from '../../bounce/failure.ts'
import { readMessage } from '../../message/message.ts'
import type { DeliveryHistory } from '../../store/records.ts'
import type { ReportDependencies } from './send-report.ts'
import { askedFor, frameOf, returnPathOf, sendReport, signingDomainOf } from './send-report.ts'

/** Reports every success of a message that is due. */
export async function reportSuccesses(queueId: string, dependencies: ReportDependencies): Promise<void> {
  const { store } = dependencies
  const log = dependencies.log.child({ queueId })
  // Few senders ask, and a message can have thousands of deliveries.
  if ((await store.successesLeft(queueId)) === 0) return
  const deliveries = (await store.showMessage(queueId))?.deliveries ?? []
  const due = deliveries.filter(delivery => delivery.successDsn === 'due')
  const [first] = due
  if (first === undefined) return
  const ordinals = due.map(delivery => delivery.ordinal)
  const message = await store.message(queueId)
  const target = message && returnPathOf(message)
  if (message === undefined || target === undefined || target.kind === 'none') {
    await store.skipDsn(queueId, ordinals, 'success')
    const reason = target?.kind === 'none' ? target.reason : 'the message is gone'
    log.info({ reason }, 'success reported to nobody')
    return
  }
  const domain = signingDomainOf(message, first.recipient, dependencies)
  const frame = frameOf(message, target.forwardPath, domain, dependencies)
  const recipients = due.map(delivery => ({
    ...succeeded(delivery, deliveries),
    originalRecipient: askedFor(message, delivery.recipient).originalRecipient,
  }))
  const returned = message.octets === null ? undefined : readMessage(message.octets)
  const octets = await composeDsn({ ...frame, recipients, returned })
  const isSent = await sendReport(
    { octets, frame, domain, failed: message },
    (report, reportDeliveries) => store.spoolDsn(queueId, ordinals, report, reportDeliveries, 'success'),
    dependencies,
  )
  if (isSent) log.info({ report: frame.ownQueueId, to: frame.to, ordinals }, 'success reported')
}

/** The previous hop is told neither where the message went nor what was said there. */
function succeeded(delivery: DeliveryHistory, all: readonly DeliveryHistory[]): ReportedRecipient {
  const { recipient, log } = delivery
  const copies = all.filter(one => one.recipient === recipient).length
  const isLast = log.at(-1)?.nextHop.startsWith('file:') === true
  const action = copies > 1 ? 'expanded' : isLast ? 'delivered' : 'relayed'
  return { finalRecipient: recipient, action, status: '2.0.0', explanation: explainStatus('2.0.0') }
}
