/**
 * A report of what became of a message here (docs/design/bounces.md, "What a bounce is"): one DSN for the recipients that fared alike. The
 * steps are those of failures, successes and delays; report-kinds.ts says what differs.
 */

import { composeDsn } from '../../bounce/compose.ts'
import { readMessage } from '../../message/message.ts'
import type { DeliveryHistory, StoredMessageWithOctets } from '../../store/records.ts'
import type { ReportKind } from './report-kinds.ts'
import type { ReportDependencies } from './send-report.ts'
import { frameOf, returnPathOf, sendReport, signingDomainOf } from './send-report.ts'

/** Reports what is due of a message and was not reported yet, or notes that no report is sent. */
export async function report(
  kind: ReportKind,
  queueId: string,
  dependencies: ReportDependencies,
): Promise<void> {
  const { store } = dependencies
  const log = dependencies.log.child({ queueId })
  if (!(await kind.isAnyLeft(queueId, store))) return
  const deliveries = (await store.showMessage(queueId))?.deliveries ?? []
  const due = deliveries.filter(kind.isDue)
  if (due.length === 0 && !kind.isOfMessage) return
  const message = await store.message(queueId)
  const wanted = await withoutUnwanted(kind, due, message, dependencies)
  if (wanted.length === 0 && !kind.isOfMessage) return
  const ordinals = wanted.map(({ ordinal }) => ordinal)
  const target = message && returnPathOf(message)
  const [first] = wanted
  const obstacle = target?.kind === 'none' ? target.reason : kind.obstacle(message, wanted)
  if (message === undefined || target?.kind !== 'send' || first === undefined || obstacle !== undefined) {
    await kind.skip(queueId, ordinals, store, obstacle ?? 'its message is gone')
    log[kind.skipped.level]({ reason: obstacle }, kind.skipped.text)
    return
  }
  const domain = signingDomainOf(message, first.recipient, dependencies)
  const frame = frameOf(message, target.forwardPath, domain, dependencies)
  const octets = await composeDsn({
    ...frame,
    recipients: kind.recipients(wanted, message, deliveries),
    returned: message.octets === null ? undefined : readMessage(message.octets),
    headerOnly: kind.isHeaderOnly(message),
  })
  const isSent = await sendReport(
    { octets, frame, domain, failed: message },
    (own, ownDeliveries) => kind.spool({ queueId, ordinals }, own, ownDeliveries, store),
    dependencies,
  )
  if (isSent) log.info({ report: frame.ownQueueId, to: frame.to, ordinals }, kind.reportedText)
}

/** Those that the sender wants to hear of (RFC 3461 section 4.1); the others are noted as not to be reported. */
async function withoutUnwanted(
  kind: ReportKind,
  due: readonly DeliveryHistory[],
  message: StoredMessageWithOctets | undefined,
  { store, log }: ReportDependencies,
): Promise<readonly DeliveryHistory[]> {
  if (message === undefined) return due
  const { wanted = [], unwanted = [] } = Object.groupBy(due, one =>
    kind.isWanted(one, message) ? 'wanted' : 'unwanted',
  )
  // What is reported once for a message is noted once, for all.
  if (unwanted.length > 0 && !kind.isOfMessage) {
    const { queueId } = message
    const ordinals = unwanted.map(({ ordinal }) => ordinal)
    await kind.skip(queueId, ordinals, store, 'the sender asked not to be told (NOTIFY)')
    log.info({ queueId, ordinals }, kind.unwantedText)
  }
  return wanted
}
