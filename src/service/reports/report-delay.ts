/**
 * Warnings of delays (RFC 3461 section 6.2): the previous hop hears once of a message that waits, if it is authenticated and has
 * not asked to be left alone. Nobody ever hears of a report that waits.
 */
import type { ReportedRecipient } from '../../bounce/compose.ts'
import { composeDsn } from '../../bounce/compose.ts'
import { explainStatus } from '../../bounce/failure.ts'
import { wantsReport } from '../../bounce/notify.ts'
import { readMessage } from '../../message/message.ts'
import type { DeliveryHistory, StoredMessage } from '../../store/records.ts'
import type { ReportDependencies } from './send-report.ts'
import { askedFor, frameOf, returnPathOf, sendReport, signingDomainOf } from './send-report.ts'

/** Tells of the deliveries of a message that wait, or notes that nobody is told. */
export async function reportDelay(queueId: string, dependencies: ReportDependencies): Promise<void> {
  const { store } = dependencies
  const log = dependencies.log.child({ queueId })
  const message = await store.message(queueId)
  const late = ((await store.showMessage(queueId))?.deliveries ?? []).filter(isLate)
  const target = message && returnPathOf(message)
  const told = message === undefined ? [] : late.filter(one => mayBeTold(one, message))
  const [first] = told
  if (
    message === undefined ||
    target?.kind !== 'send' ||
    first === undefined ||
    message.delayDsn !== 'none'
  ) {
    await store.skipDelayDsn(queueId)
    const reason = target?.kind === 'none' ? target.reason : 'nobody asked, or it was told before'
    log.info({ reason }, 'delay reported to nobody')
    return
  }
  const domain = signingDomainOf(message, first.recipient, dependencies)
  const frame = frameOf(message, target.forwardPath, domain, dependencies)
  const byRecipient = new Map(told.map(one => [one.recipient, delayed(one, message)]))
  const returned = message.octets === null ? undefined : readMessage(message.octets)
  const octets = await composeDsn({ ...frame, recipients: [...byRecipient.values()], returned })
  const isSent = await sendReport(
    { octets, frame, domain, failed: message },
    (report, deliveries) => store.spoolDelayDsn(queueId, report, deliveries),
    dependencies,
  )
  if (isSent) log.info({ report: frame.ownQueueId, to: frame.to }, 'delay reported to the previous hop')
}

function isLate({ state, log }: DeliveryHistory): boolean {
  return state === 'queued' && log.length > 0
}

/** What becomes of the copies of a list is no business of who wrote to it. */
function mayBeTold({ kind, recipient }: DeliveryHistory, message: StoredMessage): boolean {
  return (
    (kind === 'alias' || kind === 'originate') &&
    wantsReport(askedFor(message, recipient).notify, 'delayed', true)
  )
}

function delayed({ recipient, log, expiresAt }: DeliveryHistory, message: StoredMessage): ReportedRecipient {
  const said = log.at(-1)?.reply?.enhanced ?? ''
  const status = said.startsWith('4.') ? said : '4.0.0'
  return {
    finalRecipient: recipient,
    originalRecipient: askedFor(message, recipient).originalRecipient,
    action: 'delayed',
    status,
    explanation: explainStatus(status),
    willRetryUntilMilliseconds: expiresAt,
  }
}
