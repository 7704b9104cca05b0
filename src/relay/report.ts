/**
 * The report of failures that are ours (wire/bounces): one DSN for the recipients of a message that failed together, signed as
 * a new message and queued in the same transaction that marks the failures as reported. A crash neither loses nor doubles it.
 */
import type { AdmissionRecord } from '../admit/admit.ts'
import type { ReportedRecipient } from '../bounce/compose.ts'
import { composeDsn } from '../bounce/compose.ts'
import { explainFailure } from '../bounce/failure.ts'
import { returnPath } from '../bounce/return-path.ts'
import type { ProfileId } from '../dkim2/index.ts'
import type { Logger } from '../log/log.ts'
import { asciiDomainOf, domainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { Store } from '../store/questions.ts'
import type {
  DeliveryHistory,
  NewDelivery,
  NewMessage,
  StoredDelivery,
  StoredMessageWithOctets,
} from '../store/records.ts'
import type { OutgoingMessage } from './message-cache.ts'
import { outgoingMessage } from './outgoing.ts'

export interface ReportWorld {
  readonly store: Pick<Store, 'showMessage' | 'message' | 'spoolDsn' | 'skipDsn'>
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

/** Reports every failure of a message that has not been reported yet. */
export async function reportFailures(queueId: string, world: ReportWorld): Promise<void> {
  const log = world.log.child({ queueId })
  const history = await world.store.showMessage(queueId)
  const due = history?.deliveries.filter(delivery => delivery.dsn === 'due') ?? []
  if (history === undefined || due.length === 0) return
  const ordinals = due.map(delivery => delivery.ordinal)
  const stored = await world.store.message(queueId)
  const target = stored === undefined ? undefined : whereTo(stored)
  if (stored?.octets == null || target === undefined || target.kind === 'none') {
    await world.store.skipDsn(queueId, ordinals)
    log.warn(
      { reason: target?.kind === 'none' ? target.reason : 'its octets are gone' },
      'failed, nobody is told',
    )
    return
  }
  await send({ failed: stored, octets: stored.octets, due, to: target.forwardPath }, world, log)
}

interface Report {
  readonly failed: StoredMessageWithOctets
  readonly octets: Buffer
  readonly due: readonly DeliveryHistory[]
  readonly to: string
}

async function send(report: Report, world: ReportWorld, log: Logger): Promise<void> {
  const signingDomain = signingDomainOf(report, world)
  const message = await newReport(report, signingDomain, world)
  const envelope: Envelope = {
    reversePath: '',
    forwardPaths: [report.to],
    smtpUtf8: !/^[\x00-\x7f]*$/.test(report.to),
  }
  const signed = await world.sign(
    readMessage(message.octets),
    report.to,
    signingDomain,
    profileOf(report.failed),
  )
  const ordinals = report.due.map(delivery => delivery.ordinal)
  if (world.isOwnDomain(domainOf(report.to))) {
    const spooled: NewMessage = {
      ...message,
      octets: Buffer.concat([signed.prefix, message.octets]),
      envelope,
      verdict: ownVerdict(signed),
      state: 'spooled',
    }
    await world.store.spoolDsn(report.failed.queueId, ordinals, spooled, [])
    world.spooled(spooled)
  } else {
    const queued: NewMessage = { ...message, envelope, keepUntil: world.keepUntil(message.receivedAt) }
    const deliveries = await world.store.spoolDsn(report.failed.queueId, ordinals, queued, [signed])
    world.queued(deliveries, queued, outgoingMessage({ ...queued, envelope }))
  }
  log.info({ report: message.queueId, to: report.to, ordinals }, 'failure reported to the previous hop')
}

function whereTo(stored: StoredMessageWithOctets): ReturnType<typeof returnPath> {
  const record = stored.verdict as AdmissionRecord | null
  const envelope = stored.envelope as Envelope
  const highest = record?.hops.reduce<(typeof record.hops)[number] | undefined>(
    (found, hop) => (found === undefined || hop.sequence > found.sequence ? hop : found),
    undefined,
  )
  return returnPath({
    state: record?.state ?? 'none',
    highestReversePath: highest?.reversePath,
    reversePath: envelope.reversePath,
    senderAuthenticated: record?.senderAuthenticated ?? false,
    isReport: stored.direction === 'dsn' || stored.direction === 'bounce',
  })
}

function profileOf(failed: StoredMessageWithOctets): ProfileId | undefined {
  return (failed.verdict as AdmissionRecord | null)?.profile
}

/** The domain that received the failed message; mail of our own clients was received by their own domain. */
function signingDomainOf(report: Report, world: ReportWorld): string {
  const recipientDomain = asciiDomainOf(report.due[0]?.recipient ?? '')
  return world.isOwnDomain(recipientDomain)
    ? recipientDomain
    : asciiDomainOf((report.failed.envelope as Envelope).reversePath)
}

async function newReport(report: Report, domain: string, world: ReportWorld): Promise<NewMessage> {
  const queueId = world.nextQueueId()
  const now = world.clock()
  const octets = await composeDsn({
    reportingMta: world.hostname,
    from: `postmaster@${domain}`,
    to: report.to,
    arrivedAtMilliseconds: report.failed.receivedAt,
    composedAtMilliseconds: now,
    messageId: `${queueId.toLowerCase()}.report@${domain}`,
    boundary: world.random(12).toString('hex'),
    queueId: report.failed.queueId,
    recipients: reportedRecipients(report.due),
    returned: readMessage(report.octets),
    returnBodyMaxBytes: world.returnBodyMaxBytes,
  })
  return {
    queueId,
    receivedAt: now,
    direction: 'dsn',
    state: 'forwarded',
    listener: null,
    peer: null,
    envelope: {},
    verdict: null,
    octets,
    prepend: Buffer.alloc(0),
    removed: [],
  }
}

/** One entry for each address that the previous hop used, even where several copies of it failed. */
function reportedRecipients(due: readonly DeliveryHistory[]): ReportedRecipient[] {
  const byRecipient = new Map<string, ReportedRecipient>()
  for (const delivery of due) {
    if (byRecipient.has(delivery.recipient)) continue
    const explained = explainFailure({
      recipient: delivery.recipient,
      reason: delivery.reason,
      reply: delivery.log.at(-1)?.reply ?? null,
    })
    byRecipient.set(delivery.recipient, {
      finalRecipient: delivery.recipient,
      action: 'failed',
      ...explained,
    })
  }
  return [...byRecipient.values()]
}

/** A report of ours that comes to an own address was signed a moment ago: it needs no verification by DNS. */
function ownVerdict(signed: NewDelivery): AdmissionRecord {
  if (signed.hop === null) return { state: 'none', hops: [], addHop: true, senderAuthenticated: true }
  const hop = signed.hop as {
    domain: string
    selectors: readonly string[]
    timestampSeconds: number
    profile: 'mailversion'
  }
  return {
    state: 'pass',
    profile: hop.profile,
    hops: [
      {
        sequence: 1,
        domain: hop.domain,
        reversePath: '',
        forwardPaths: [signed.forwardPath],
        timestampSeconds: hop.timestampSeconds,
        selectors: hop.selectors,
        algorithms: [],
        flags: [],
        state: 'pass',
      },
    ],
    addHop: true,
    senderAuthenticated: true,
  }
}
