/**
 * A report of ours on its way: signed as a new message (wire/bounces: what a bounce is), put into the queue in the same
 * transaction that notes what it reports. A crash neither loses nor doubles it.
 */
import type { AdmissionRecord } from '../admit/admit.ts'
import type { DsnInput } from '../bounce/compose.ts'
import type { ReturnPath } from '../bounce/return-path.ts'
import { returnPath } from '../bounce/return-path.ts'
import type { ProfileId } from '../dkim2/index.ts'
import type { Logger } from '../log/log.ts'
import { asciiDomainOf, domainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { Store } from '../store/questions.ts'
import type { NewDelivery, NewMessage, StoredDelivery, StoredMessage } from '../store/records.ts'
import type { OutgoingMessage } from './message-cache.ts'
import { outgoingMessage } from './outgoing.ts'

export interface ReportWorld {
  readonly store: Pick<
    Store,
    'showMessage' | 'message' | 'delivery' | 'spoolDsn' | 'skipDsn' | 'spoolReturn' | 'parkBounce'
  >
  readonly log: Logger
  readonly hostname: string
  readonly returnBodyMaxBytes: number
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
  isOwnDomain(domain: string): boolean
  /** Signs the report as a new message for its one recipient, ready to be queued. */
  sign(
    message: Message,
    forwardPath: string,
    signingDomain: string,
    profile: ProfileId | undefined,
  ): Promise<NewDelivery>
  keepUntil(milliseconds: number): number
  /** The report is queued. */
  queued(deliveries: readonly StoredDelivery[], message: NewMessage, outgoing: OutgoingMessage): void
  /** The report goes to an address of our own: it takes the way of every message to that. */
  spooled(message: NewMessage): void
}

/** Where a report about a message goes, by what was found out when it came in. */
export function returnPathOf(stored: StoredMessage): ReturnPath {
  const record = stored.verdict as AdmissionRecord | null
  const highest = record?.hops.reduce<(typeof record.hops)[number] | undefined>(
    (found, hop) => (found === undefined || hop.sequence > found.sequence ? hop : found),
    undefined,
  )
  return returnPath({
    state: record?.state ?? 'none',
    highestReversePath: highest?.reversePath,
    reversePath: (stored.envelope as Envelope).reversePath,
    senderAuthenticated: record?.senderAuthenticated ?? false,
    isReport: stored.direction === 'dsn' || stored.direction === 'bounce',
  })
}

/** The domain that received the failed message; mail of our own clients was received by their own domain. */
export function signingDomainOf(
  failed: StoredMessage,
  recipient: string,
  world: Pick<ReportWorld, 'isOwnDomain'>,
): string {
  const domain = asciiDomainOf(recipient)
  return world.isOwnDomain(domain) ? domain : asciiDomainOf((failed.envelope as Envelope).reversePath)
}

export type Frame = Omit<DsnInput, 'recipients' | 'returned' | 'headerOnly'> & { readonly ownQueueId: string }

/** Everything of a report that does not depend on what went wrong. */
export function frameOf(failed: StoredMessage, to: string, domain: string, world: ReportWorld): Frame {
  const ownQueueId = world.nextQueueId()
  return {
    ownQueueId,
    reportingMta: world.hostname,
    from: `postmaster@${domain}`,
    to,
    arrivedAtMilliseconds: failed.receivedAt,
    composedAtMilliseconds: world.clock(),
    messageId: `${ownQueueId.toLowerCase()}.report@${domain}`,
    boundary: world.random(12).toString('hex'),
    queueId: failed.queueId,
    returnBodyMaxBytes: world.returnBodyMaxBytes,
  }
}

export interface ComposedReport {
  readonly octets: Buffer
  readonly frame: Frame
  readonly domain: string
  readonly failed: StoredMessage
}

/** Puts a report and its deliveries into the store; [] where somebody was quicker. */
export type Commit = (
  message: NewMessage,
  deliveries: readonly NewDelivery[],
) => Promise<readonly StoredDelivery[]>

/**
 * Signs and queues a composed report; `commit` notes in the same transaction what it reports.
 *
 * @returns false where somebody was quicker and nothing was queued
 */
export async function sendReport(
  report: ComposedReport,
  commit: Commit,
  world: ReportWorld,
): Promise<boolean> {
  const { octets, frame } = report
  const { to } = frame
  const envelope: Envelope = { reversePath: '', forwardPaths: [to], smtpUtf8: !/^[\x00-\x7f]*$/.test(to) }
  const signed = await world.sign(readMessage(octets), to, report.domain, profileOf(report.failed))
  const message = newMessage(report, envelope)
  if (world.isOwnDomain(domainOf(to))) {
    const whole = Buffer.concat([signed.prefix, octets])
    const spooled: NewMessage = { ...message, octets: whole, verdict: ownVerdict(signed), state: 'spooled' }
    await commit(spooled, [])
    // It has no deliveries yet that could tell whether it is there.
    if ((await world.store.message(spooled.queueId)) === undefined) return false
    world.spooled(spooled)
    return true
  }
  const queued: NewMessage = { ...message, keepUntil: world.keepUntil(message.receivedAt) }
  const deliveries = await commit(queued, [signed])
  if (deliveries.length > 0) world.queued(deliveries, queued, outgoingMessage({ ...queued, envelope }))
  return deliveries.length > 0
}

function newMessage({ octets, frame }: ComposedReport, envelope: Envelope): NewMessage {
  return {
    queueId: frame.ownQueueId,
    receivedAt: frame.composedAtMilliseconds,
    direction: 'dsn',
    state: 'forwarded',
    listener: null,
    peer: null,
    envelope,
    verdict: null,
    octets,
    prepend: Buffer.alloc(0),
    removed: [],
  }
}

function profileOf(failed: StoredMessage): ProfileId | undefined {
  return (failed.verdict as AdmissionRecord | null)?.profile
}

/** A report of ours that comes to an own address was signed a moment ago: it needs no verification by DNS. */
function ownVerdict(signed: NewDelivery): AdmissionRecord {
  if (signed.hop === null) return { state: 'none', hops: [], addHop: true, senderAuthenticated: true }
  const hop = signed.hop as {
    domain: string
    selectors: readonly string[]
    timestampSeconds: number
    profile: ProfileId
  }
  const { domain, selectors, timestampSeconds, profile } = hop
  return {
    state: 'pass',
    profile,
    fullyVerified: true,
    hops: [
      {
        sequence: 1,
        domain,
        reversePath: '',
        forwardPaths: [signed.forwardPath],
        timestampSeconds,
        selectors,
        algorithms: [],
        flags: [],
        state: 'pass',
      },
    ],
    addHop: true,
    senderAuthenticated: true,
  }
}
