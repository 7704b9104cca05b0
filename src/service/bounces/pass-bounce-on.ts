/**
 * Passing a bounce on (docs/design/bounces.md, "Propagation", steps 2 and 3): the message is rebuilt as the previous hop had
 * sent it, nothing from beyond this hop is told, and the new report goes to the mf of the signature that is then the highest.
 * Runs in the background and again after a crash; it is done once the report is in the store.
 */

import type { ComposedReturn, ReturnInput } from '../../bounce/compose-return.ts'
import { composeReturn } from '../../bounce/compose-return.ts'
import { privacyOf, rewriteRecipients } from '../../bounce/privacy.ts'
import { readReport } from '../../bounce/read-report.ts'
import type { Rebuilt } from '../../bounce/rebuild.ts'
import { rebuild } from '../../bounce/rebuild.ts'
import type { Message } from '../../message/message.ts'
import { readMessage } from '../../message/message.ts'
import type { BounceRecord, ReportedAction } from '../../record/bounce-record.ts'
import type { DeliveryHistory, StoredMessageWithOctets } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import { withoutFields } from '../outgoing.ts'
import type { Frame, ReportDependencies } from '../reports/send-report.ts'
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
  const onward = await composeOnward(spooled, dependencies)
  if (onward.kind === 'none') {
    await dependencies.store.parkBounce(queueId, onward.reason, keepUntil, onward.isUntold)
    log.info({ about: bounce.queueId, reason: onward.reason }, 'bounce accepted, no report is sent')
    return
  }
  const { composed, ...report } = onward
  if (composed.kind === 'withheld') {
    const reason = 'the report would have told what it must not'
    await dependencies.store.parkBounce(queueId, reason, keepUntil, true)
    log.error(
      { about: bounce.queueId, leaks: composed.leaks.length },
      'bounce not passed on: its report leaks',
    )
    return
  }
  const { ordinal } = bounce
  const reported = reportedBy[bounce.action ?? 'failed']
  const followUp = { bounceQueueId: queueId, queueId: bounce.queueId, ordinal, keepUntil, reported }
  const isSent = await sendReport(
    { ...report, octets: composed.octets },
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
  const { ownQueueId, to } = report.frame
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

/** The report for the previous hop, or why there is none. */
export type Onward =
  /** `isUntold`: it tells of a failure that nobody has heard of. */
  | { readonly kind: 'none'; readonly reason: string; readonly isUntold: boolean }
  | {
      readonly kind: 'report'
      readonly failed: StoredMessageWithOctets
      /** The own domain that signs it. */
      readonly domain: string
      readonly frame: Frame
      readonly rebuilt: Rebuilt
      readonly composed: ComposedReturn
    }

export interface OnwardDependencies
  extends Pick<
    ReportDependencies,
    'hostname' | 'returnBodyMaxBytes' | 'clock' | 'random' | 'nextQueueId' | 'isOwnDomain'
  > {
  readonly store: Pick<Store, 'message' | 'showMessage' | 'headerSection'>
}

/** Composes the report that tells the previous hop what a bounce says; nothing is changed and nothing sent. */
export async function composeOnward(
  { message, bounce }: Pick<SpooledBounce, 'message' | 'bounce'>,
  dependencies: OnwardDependencies,
): Promise<Onward> {
  const { store } = dependencies
  const failed = await store.message(bounce.queueId)
  const history = await store.showMessage(bounce.queueId)
  const delivery = history?.deliveries.find(one => one.ordinal === bounce.ordinal)
  const isFailure = (bounce.action ?? 'failed') === 'failed'
  if (failed === undefined || delivery === undefined)
    return none('the delivery is not known any more', isFailure)
  const isTold = delivery.dsn === 'sent' || delivery.dsn === 'counted'
  if (isFailure && isTold) return none('this failure was reported before', false)
  const target = returnPathOf(failed)
  if (target.kind === 'none') return none(target.reason, isFailure)
  const domain = signingDomainOf(failed, delivery.recipient, dependencies)
  const frame = frameOf(failed, target.forwardPath, domain, dependencies)
  const returning = await returnInput({ message, bounce }, { failed, delivery, frame, domain }, dependencies)
  const { rebuilt } = returning
  return { kind: 'report', failed, domain, frame, rebuilt, composed: await composeReturn(returning) }
}

function none(reason: string, isUntold: boolean): Onward {
  return { kind: 'none', reason, isUntold }
}

interface FailedDelivery {
  readonly failed: StoredMessageWithOctets
  readonly delivery: DeliveryHistory
  readonly frame: Frame
  readonly domain: string
}

async function returnInput(
  { message, bounce }: Pick<SpooledBounce, 'message' | 'bounce'>,
  { failed, delivery, frame, domain }: FailedDelivery,
  { hostname, store }: OnwardDependencies,
): Promise<ReturnInput> {
  const reading = await readReport(message)
  const report = reading.kind === 'report' ? reading : { recipients: [], returned: undefined }
  const octets = failed.octets ?? (await store.headerSection(failed.queueId))
  const stored = octets === null ? undefined : signedMessage(failed, readMessage(octets))
  const asked = askedFor(failed, delivery.recipient)
  const privacy = privacyOf({
    delivery,
    nextHops: delivery.log.map(attempt => attempt.nextHop),
    ownNames: [hostname, domain],
    to: frame.to,
    asked: [asked.envelopeId, asked.originalRecipient],
  })
  const rebuilt = rebuild({
    stored,
    hasStoredBody: failed.octets !== null,
    returned: report.returned,
    isVerified: bounce.isVerified,
    reading: revisionOf(delivery),
  })
  return {
    frame,
    recipients: [rewriteRecipients(report, delivery, privacy, asked.originalRecipient)],
    headerOnly: asked.returns === 'hdrs',
    rebuilt,
    privacy,
    // A body that is kept no more came back, and was verified: it is what the previous hop had sent.
    original: failed.octets === null && rebuilt.kind === 'whole' ? rebuilt.message : stored,
  }
}

/** The message under this hop's signature: what was returned is compared with that. Only a Bcc makes a difference. */
function signedMessage(failed: StoredMessageWithOctets, message: Message): Message {
  return failed.record.admission?.bcc === 'removed' ? withoutFields(message, failed.removed) : message
}
