/**
 * Passing a bounce on (docs/design/bounces.md, "Propagation", steps 2 and 3): the message is rebuilt as the previous hop had
 * sent it, nothing from beyond this hop is told, and the new report goes to the mf of the signature that is then the highest.
 * Runs in the background and again after a crash; it is done once the report is in the store.
 */

import { composeReturn } from '../../bounce/compose-return.ts'
import { privacyOf, rewriteRecipients } from '../../bounce/privacy.ts'
import { readReport } from '../../bounce/read-report.ts'
import { rebuild } from '../../bounce/rebuild.ts'
import type { Message } from '../../message/message.ts'
import { readMessage } from '../../message/message.ts'
import type { BounceRecord, ReportedAction } from '../../record/bounce-record.ts'
import type { DeliveryHistory, StoredMessageWithOctets } from '../../store/records.ts'
import { withoutFields } from '../outgoing.ts'
import type { ReportDependencies } from '../reports/send-report.ts'
import { askedFor, frameOf, returnPathOf, sendReport, signingDomainOf } from '../reports/send-report.ts'
import { revisionOf } from './judge-bounce.ts'

/** A bounce on disk that has been authenticated. */
export interface SpooledBounce {
  readonly queueId: string
  readonly receivedAt: number
  readonly message: Message
  readonly bounce: BounceRecord
}

/** Sends the report to the previous hop, or parks the bounce with the reason why no report is sent. */
export async function passBounceOn(spooled: SpooledBounce, dependencies: ReportDependencies): Promise<void> {
  const { bounce, queueId } = spooled
  const log = dependencies.log.child({ queueId })
  const keepUntil = dependencies.keepUntil(spooled.receivedAt)
  const failed = await dependencies.store.message(bounce.queueId)
  const history = await dependencies.store.showMessage(bounce.queueId)
  const delivery = history?.deliveries.find(one => one.ordinal === bounce.ordinal)
  const action = bounce.action ?? 'failed'
  const stop = whyNot(action, failed, delivery)
  if (failed === undefined || delivery === undefined || stop !== undefined) {
    await dependencies.store.parkBounce(queueId, stop ?? 'the delivery is not known any more', keepUntil)
    log.info({ about: bounce.queueId, reason: stop }, 'bounce accepted, no report is sent')
    return
  }
  const composed = await compose(spooled, failed, delivery, dependencies)
  if (composed.kind === 'withheld') {
    await dependencies.store.parkBounce(queueId, 'the report would have told what it must not', keepUntil)
    log.error(
      { about: bounce.queueId, leaks: composed.leaks.length },
      'bounce not passed on: its report leaks',
    )
    return
  }
  const { ordinal } = bounce
  const reported = reportedBy[action]
  const followUp = { bounceQueueId: queueId, queueId: bounce.queueId, ordinal, keepUntil, reported }
  const isSent = await sendReport(
    composed.report,
    (message, deliveries) => dependencies.store.spoolReturn(followUp, message, deliveries),
    dependencies,
  )
  if (!isSent) {
    log.info(
      { about: bounce.queueId, reason: 'it was reported before' },
      'bounce accepted, no report is sent',
    )
    return
  }
  const { ownQueueId, to } = composed.report.frame
  log.info(
    { about: bounce.queueId, report: ownQueueId, to, form: composed.form },
    'bounce passed on to the previous hop',
  )
}

/** In what respect the delivery is reported once the bounce has been passed on. */
const reportedBy = {
  failed: 'failure',
  delayed: 'delay',
  delivered: 'success',
  relayed: 'success',
  expanded: 'success',
} as const satisfies Record<ReportedAction, string>

function whyNot(
  action: ReportedAction,
  failed: StoredMessageWithOctets | undefined,
  delivery: DeliveryHistory | undefined,
): string | undefined {
  if (failed === undefined || delivery === undefined) return 'the delivery is not known any more'
  const isTold = delivery.dsn === 'sent' || delivery.dsn === 'counted'
  if (action === 'failed' && isTold) return 'this failure was reported before'
  const target = returnPathOf(failed)
  return target.kind === 'none' ? target.reason : undefined
}

async function compose(
  { message, bounce }: SpooledBounce,
  failed: StoredMessageWithOctets,
  delivery: DeliveryHistory,
  dependencies: ReportDependencies,
) {
  const target = returnPathOf(failed)
  const to = target.kind === 'send' ? target.forwardPath : ''
  const domain = signingDomainOf(failed, delivery.recipient, dependencies)
  const frame = frameOf(failed, to, domain, dependencies)
  const reading = await readReport(message)
  const stored = failed.octets === null ? undefined : signedMessage(failed, readMessage(failed.octets))
  const asked = askedFor(failed, delivery.recipient)
  const privacy = privacyOf({
    delivery,
    nextHops: delivery.log.map(attempt => attempt.nextHop),
    ownNames: [dependencies.hostname, domain],
    to,
    asked: [asked.envelopeId, asked.originalRecipient],
  })
  const report = reading.kind === 'report' ? reading : { recipients: [], returned: undefined }
  const composed = await composeReturn({
    frame,
    recipients: [rewriteRecipients(report, delivery, privacy, asked.originalRecipient)],
    headerOnly: asked.returns === 'hdrs',
    rebuilt: rebuild({
      stored,
      returned: report.returned,
      isVerified: bounce.isVerified,
      reading: revisionOf(delivery),
    }),
    privacy,
    original: stored,
  })
  if (composed.kind === 'withheld') return composed
  return {
    kind: 'composed',
    form: composed.form,
    report: { octets: composed.octets, frame, domain, failed },
  } as const
}

/** The message under this hop's signature: what was returned is compared with that. Only a Bcc makes a difference. */
function signedMessage(failed: StoredMessageWithOctets, message: Message): Message {
  return failed.record.admission?.bcc === 'removed' ? withoutFields(message, failed.removed) : message
}
