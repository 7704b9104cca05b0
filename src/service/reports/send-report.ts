/**
 * A report of ours on its way: signed as a new message (docs/design/bounces.md, "What a bounce is"), put into the queue in the same
 * transaction that notes what it reports. A crash neither loses nor doubles it.
 */
import type { DsnInput } from '../../bounce/dsn-input.ts'
import type { ReturnPath } from '../../bounce/return-path.ts'
import { returnPath } from '../../bounce/return-path.ts'
import type { HopVerdict } from '../../dkim2/index.ts'
import type { Logger } from '../../log/log.ts'
import { asciiDomainOf } from '../../message/mailbox.ts'
import type { Notification } from '../../smtp/dsn-parameters.ts'
import type { StoredMessage } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { Commit, OwnMessage, OwnMessageDependencies } from '../own-message.ts'
import { sendOwnMessage } from '../own-message.ts'

export interface ReportDependencies extends OwnMessageDependencies {
  readonly store: Pick<
    Store,
    | 'showMessage'
    | 'headerSection'
    | 'message'
    | 'delivery'
    | 'failuresLeft'
    | 'successesLeft'
    | 'spoolDsn'
    | 'skipDsn'
    | 'spoolDelayDsn'
    | 'skipDelayDsn'
    | 'spoolReturn'
    | 'parkBounce'
  >
  readonly log: Logger
  readonly hostname: string
  readonly returnBodyMaxBytes: number
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
}

/** Where a report about a message goes, by what was found out when it came in. */
export function returnPathOf(stored: StoredMessage): ReturnPath {
  const { kind, admission } = stored.record
  const highest = admission?.hops.reduce<HopVerdict | undefined>(
    (found, hop) => (found === undefined || hop.sequence > found.sequence ? hop : found),
    undefined,
  )
  return returnPath({
    state: admission?.state ?? 'none',
    highestReversePath: highest?.reversePath,
    reversePath: stored.envelope.reversePath,
    senderAuthenticated: admission?.senderAuthenticated ?? false,
    isReport: kind === 'dsn' || kind === 'bounce',
  })
}

/** The domain that received the failed message; mail of our own clients was received by their own domain. */
export function signingDomainOf(
  failed: StoredMessage,
  recipient: string,
  dependencies: Pick<ReportDependencies, 'isOwnDomain'>,
): string {
  const domain = asciiDomainOf(recipient)
  return dependencies.isOwnDomain(domain) ? domain : asciiDomainOf(failed.envelope.reversePath)
}

/** What the previous hop had asked of reports: for the message, and for one recipient of it. */
export function askedFor(stored: StoredMessage, recipient: string): Notification {
  const { returns, envelopeId, notifications } = stored.envelope
  return {
    ...(returns !== undefined && { returns }),
    ...(envelopeId !== undefined && { envelopeId }),
    ...notifications?.[recipient],
  }
}

export type Frame = Omit<DsnInput, 'recipients' | 'returned' | 'headerOnly'> & { readonly ownQueueId: string }

/** Everything of a report that does not depend on what went wrong. */
export function frameOf(
  failed: StoredMessage,
  to: string,
  domain: string,
  dependencies: Pick<
    ReportDependencies,
    'hostname' | 'returnBodyMaxBytes' | 'clock' | 'random' | 'nextQueueId'
  >,
): Frame {
  const ownQueueId = dependencies.nextQueueId()
  return {
    ownQueueId,
    reportingMta: dependencies.hostname,
    from: `postmaster@${domain}`,
    to,
    arrivedAtMilliseconds: failed.receivedAt,
    composedAtMilliseconds: dependencies.clock(),
    messageId: `${ownQueueId.toLowerCase()}.report@${domain}`,
    boundary: dependencies.random(12).toString('hex'),
    queueId: failed.queueId,
    originalEnvelopeId: failed.envelope.envelopeId,
    // As if RET=HDRS had been asked for (RFC 8689 section 5).
    returnBodyMaxBytes: requiresTls(failed) ? 0 : dependencies.returnBodyMaxBytes,
  }
}

export interface ComposedReport {
  readonly octets: Buffer
  readonly frame: Frame
  readonly domain: string
  readonly failed: StoredMessage
}

/**
 * Signs and queues a composed report; `commit` notes in the same transaction what it reports.
 *
 * @returns false where another writer won and nothing was queued
 */
export function sendReport(
  report: ComposedReport,
  commit: Commit,
  dependencies: ReportDependencies,
): Promise<boolean> {
  const { octets, frame, domain, failed } = report
  const own: OwnMessage = {
    queueId: frame.ownQueueId,
    kind: 'dsn',
    octets,
    reversePath: '',
    to: frame.to,
    domain,
    profile: failed.record.admission?.profile,
    composedAt: frame.composedAtMilliseconds,
    requireTls: requiresTls(failed),
  }
  return sendOwnMessage(own, commit, dependencies)
}

/** A report about a message that required TLS tells of it, and requires TLS too (RFC 8689 section 5). */
function requiresTls({ envelope }: StoredMessage): boolean {
  return envelope.requireTls === true
}
