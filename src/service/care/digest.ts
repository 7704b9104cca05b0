/**
 * The daily look at what the postmaster should know. When it was last looked stands in the store, so that a restart does not look
 * twice; what is told is forgotten in the transaction that queues the mail about it, so that nothing is told twice or never.
 */

import { digest as limits } from '../../limits.ts'
import type { Notice } from '../../lists/compose-notice.ts'
import type { Logger } from '../../log/log.ts'
import type { DigestLook } from '../../store/care-records.ts'
import type { Store } from '../../store/store.ts'
import type { NoticeSettings } from '../send-notice.ts'
import type { DigestFrame, EndingCertificate, FailingKey, Findings } from './digest-text.ts'
import { digestNotice } from './digest-text.ts'

export interface DigestDependencies {
  readonly store: Pick<
    Store,
    | 'untoldLosses'
    | 'stuckDestinations'
    | 'counts'
    | 'digestLookedAt'
    | 'noteDigestLook'
    | 'spoolDigest'
    | 'aliasTargetNews'
  >
  readonly log: Logger
  readonly hostname: string
  /** Whom it goes to, and from which address of an own domain; undefined: nobody reads the mail of the postmaster. */
  readonly addresses: { readonly to: string; readonly from: string } | undefined
  /** How long a delivery is attempted before it is given up. */
  readonly lifetimeMilliseconds: number
  /** Unix milliseconds. */
  clock(): number
  failingKeys(): Promise<readonly FailingKey[]>
  endingCertificates(now: number): Promise<readonly EndingCertificate[]>
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
}

/** Looks, if a day is over since the last look, and sends a mail where there is something to tell. */
export async function sendDigest(dependencies: DigestDependencies): Promise<void> {
  const { store, addresses } = dependencies
  const at = dependencies.clock()
  const seenAt = await store.digestLookedAt()
  // The first day only begins: what is not published yet at the first start is told by `start` and `check`.
  if (seenAt === null) return void (await store.noteDigestLook({ seenAt, at, told: [] }))
  if (isTooEarly(seenAt, at)) return
  const findings = await find({ seenAt, at }, dependencies)
  const frame: DigestFrame = {
    hostname: dependencies.hostname,
    from: addresses?.from ?? '',
    to: addresses?.to ?? '',
    at,
    most: limits.linesPerSection,
  }
  const notice = digestNotice(findings, frame)
  const told = findings.losses.map(({ id, count }) => ({ id, count }))
  if (notice === undefined) return void (await store.noteDigestLook({ seenAt, at, told: [] }))
  if (addresses === undefined) return tellLog(notice, { seenAt, at, told: [] }, dependencies)
  await tell(notice, { seenAt, at, told }, dependencies)
}

/** A last look in the future was made by a clock that has been set back since. */
function isTooEarly(seenAt: number, at: number): boolean {
  return Math.abs(at - seenAt) < limits.lookMilliseconds
}

async function find(
  { seenAt, at }: { readonly seenAt: number; readonly at: number },
  dependencies: DigestDependencies,
): Promise<Findings> {
  const { store, lifetimeMilliseconds } = dependencies
  const expiresBefore = at + lifetimeMilliseconds - limits.stuckAfterMilliseconds
  return {
    losses: await store.untoldLosses(limits.lossesAtOnce),
    stuck: await store.stuckDestinations({ expiresBefore, limit: limits.lossesAtOnce }),
    held: (await store.counts()).held,
    keys: await dependencies.failingKeys(),
    certificates: await dependencies.endingCertificates(at),
    targets: await store.aliasTargetNews({ after: seenAt, until: at, limit: limits.lossesAtOnce }),
  }
}

async function tell(notice: Notice, look: DigestLook, dependencies: DigestDependencies): Promise<void> {
  const { store, log, sendNotice } = dependencies
  const queueId = await sendNotice(notice, {
    commit: (message, deliveries) => store.spoolDigest(look, message, deliveries),
  })
  if (queueId !== undefined) log.info({ queueId, to: notice.to, subject: notice.subject }, 'postmaster told')
}

/** Losses stay counted until somebody reads of them. */
async function tellLog(notice: Notice, look: DigestLook, { store, log }: DigestDependencies): Promise<void> {
  if (!(await store.noteDigestLook(look))) return
  log.warn(
    { subject: notice.subject },
    'there is something to tell, and nobody reads the mail of the postmaster: set postmaster',
  )
}
