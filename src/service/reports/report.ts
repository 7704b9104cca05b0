/** The report of failures that are ours (docs/design/bounces.md, "What a bounce is"): one DSN for the recipients of a message that failed together. */
import type { ReportedRecipient } from '../../bounce/compose.ts'
import { composeDsn } from '../../bounce/compose.ts'
import { explainFailure } from '../../bounce/failure.ts'
import { wantsReport } from '../../bounce/notify.ts'
import { readMessage } from '../../message/message.ts'
import type { DeliveryHistory, StoredMessage } from '../../store/records.ts'
import type { ReportDependencies } from './send-report.ts'
import { askedFor, frameOf, returnPathOf, sendReport, signingDomainOf } from './send-report.ts'

/** Reports every failure of a message that has not been reported yet. */
export async function reportFailures(queueId: string, dependencies: ReportDependencies): Promise<void> {
  const { store } = dependencies
  const log = dependencies.log.child({ queueId })
  // A post has thousands of copies, and those for subscribers are counted: mostly nothing is left to report.
  if ((await store.failuresLeft(queueId)) === 0) return
  const history = await store.showMessage(queueId)
  const all = history?.deliveries.filter(delivery => delivery.dsn === 'due') ?? []
  if (all.length === 0) return
  const failed = await store.message(queueId)
  const due = await withoutUnwanted(all, failed, dependencies)
  const [first] = due
  if (first === undefined) return
  const ordinals = due.map(delivery => delivery.ordinal)
  const target = failed && returnPathOf(failed)
  if (failed?.octets == null || target === undefined || target.kind === 'none') {
    await store.skipDsn(queueId, ordinals)
    const reason = target?.kind === 'none' ? target.reason : 'its octets are gone'
    log.warn({ reason }, 'failed, nobody is told')
    return
  }
  const domain = signingDomainOf(failed, first.recipient, dependencies)
  const frame = frameOf(failed, target.forwardPath, domain, dependencies)
  const recipients = reportedRecipients(due, failed)
  const headerOnly = askedFor(failed, '').returns === 'hdrs'
  const octets = await composeDsn({ ...frame, recipients, returned: readMessage(failed.octets), headerOnly })
  const isSent = await sendReport(
    { octets, frame, domain, failed },
    (message, deliveries) => store.spoolDsn(queueId, ordinals, message, deliveries),
    dependencies,
  )
  if (isSent)
    log.info({ report: frame.ownQueueId, to: frame.to, ordinals }, 'failure reported to the previous hop')
}

/** The failures that the sender wants to hear of (RFC 3461 section 4.1); the others are reported to nobody. */
async function withoutUnwanted(
  due: readonly DeliveryHistory[],
  failed: StoredMessage | undefined,
  { store, log }: ReportDependencies,
): Promise<readonly DeliveryHistory[]> {
  const isWanted = ({ recipient }: DeliveryHistory) =>
    failed === undefined || wantsReport(askedFor(failed, recipient).notify, 'failed', false)
  const ordinals = due.filter(one => !isWanted(one)).map(({ ordinal }) => ordinal)
  if (ordinals.length > 0) {
    await store.skipDsn(due[0]?.queueId ?? '', ordinals)
    log.info({ queueId: due[0]?.queueId, ordinals }, 'failed, and the sender asked not to be told (NOTIFY)')
  }
  return due.filter(isWanted)
}

/** One entry for each address that the previous hop used, even where several copies of it failed. */
function reportedRecipients(due: readonly DeliveryHistory[], failed: StoredMessage): ReportedRecipient[] {
  const byRecipient = new Map<string, ReportedRecipient>()
  for (const delivery of due) {
    if (byRecipient.has(delivery.recipient)) continue
    const explained = explainFailure({
      recipient: delivery.recipient,
      reason: delivery.reason,
      reply: delivery.log.at(-1)?.reply ?? null,
      // What a list, or its owner, has against the post.
      isForSender: delivery.kind === 'post',
    })
    byRecipient.set(delivery.recipient, {
      finalRecipient: delivery.recipient,
      originalRecipient: askedFor(failed, delivery.recipient).originalRecipient,
      action: 'failed',
      ...explained,
    })
  }
  return [...byRecipient.values()]
}
