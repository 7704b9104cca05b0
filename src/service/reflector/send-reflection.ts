/**
 * A message to a reflector that is on disk: the report about it and what comes back are signed and queued, in the background, and again
 * after a crash until it is done. The transaction that queues the last of them ends the message; a crash between the two repeats the report.
 */
import { revisions } from '../../dkim2/index.ts'
import type { Logger } from '../../log/log.ts'
import { asciiDomainOf, envelopeForm } from '../../message/mailbox.ts'
import { type Message, messageChunks } from '../../message/message.ts'
import type { ReflectionRecord } from '../../record/reflection-record.ts'
import { composeNotification, composeReport, type ReflectionFrame } from '../../reflect/compose-reflection.ts'
import { type ReflectionReport, reflectionReport } from '../../reflect/reflection-report.ts'
import { isNotification } from '../../reflect/reflectors.ts'
import type { ReflectingHop, SignedReflection } from '../../reflect/sign-reflection.ts'
import { signReflection } from '../../reflect/sign-reflection.ts'
import type { NewDelivery } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import { type CopySignatureFields, CopySignatures } from '../dkim/copy-signatures.ts'
import type { DkimDependencies } from '../dkim/dkim-dependencies.ts'
import type { SignDependencies } from '../forward/sign-copies.ts'
import { deliveryOf } from '../forward/sign-copies.ts'
import type { Spooled } from '../forward/spooled.ts'
import type { Commit, OwnMessage, OwnMessageDependencies } from '../own-message.ts'
import { sendOwnMessage } from '../own-message.ts'

export interface SpooledReflection extends Spooled {
  readonly receivedAt: number
  /** Fields that admission put on top. */
  readonly prepend: Buffer
  readonly reflection: ReflectionRecord
}

export interface ReflectionDependencies extends OwnMessageDependencies {
  readonly store: Pick<Store, 'message' | 'spoolNotice' | 'carryOut'>
  readonly log: Logger
  readonly hostname: string
  readonly returnBodyMaxBytes: number
  readonly signing: SignDependencies & DkimDependencies
  random(octets: number): Buffer
  nextQueueId(): string
  /** The bounce address of a delivery (bounce/bounce-address). */
  bounceAddress(queueId: string, ordinal: number, domain: string): string
}

/** Sends a message back as its reflector says, with the report about it. */
export async function sendReflection(
  spooled: SpooledReflection,
  dependencies: ReflectionDependencies,
): Promise<void> {
  const { queueId, receivedAt, reflection, message } = spooled
  const { reflector } = reflection
  const returnedId = dependencies.nextQueueId()
  const hop = reflectingHop(spooled, returnedId, dependencies)
  const signed = isNotification(reflector) ? undefined : await signReflection(message, reflector, hop)
  const report = reportOf(spooled, hop, signed)
  const end = { queueId, reason: report.notReturned, keepUntil: dependencies.keepUntil(receivedAt) }
  const ending: Commit = async (own, deliveries) =>
    (await dependencies.store.carryOut({ command: end }, { message: own, deliveries })).deliveries
  if (signed?.kind === 'impossible') await sendReport(report, hop, ending, dependencies)
  else {
    await sendReport(
      report,
      hop,
      (own, deliveries) => dependencies.store.spoolNotice(own, deliveries),
      dependencies,
    )
    if (signed === undefined) await sendNotification(spooled, returnedId, hop, ending, dependencies)
    else await sendBack(spooled, returnedId, { hop, signed }, ending, dependencies)
  }
  dependencies.log.info({ queueId, reflector, to: hop.forwardPath, returned: returnedId }, 'reflected')
}

function reflectingHop(
  spooled: SpooledReflection,
  returnedId: string,
  dependencies: ReflectionDependencies,
): ReflectingHop {
  const { envelope, reflection } = spooled
  const { signing } = dependencies
  const address = envelope.forwardPaths[0] ?? ''
  const domain = asciiDomainOf(address)
  const destination = asciiDomainOf(envelope.reversePath)
  return {
    address,
    domain,
    reversePath: isNotification(reflection.reflector)
      ? ''
      : dependencies.bounceAddress(returnedId, 0, domain),
    forwardPath: envelopeForm(envelope.reversePath),
    profile: spooled.record.profile ?? signing.profileFor(destination, domain),
    revision: signing.revisionFor(destination),
    timestampSeconds: Math.floor(signing.nowMilliseconds / 1000),
    signers: profile => signing.signers(domain, profile),
  }
}

function reportOf(
  { message, record, queueId, envelope, reflection }: SpooledReflection,
  hop: ReflectingHop,
  signed: SignedReflection | undefined,
): ReflectionReport {
  const revision = revisions.find(known => known === record.revision)
  const { reflector, vouchedBy } = reflection
  const reading = revision === undefined ? {} : { revision }
  const reported = { message, record, reading, reflector, queueId, mailFrom: envelope.reversePath, vouchedBy }
  return reflectionReport(reported, hop, signed)
}

/** The message itself, below the hops that were signed for it. */
async function sendBack(
  spooled: SpooledReflection,
  queueId: string,
  { hop, signed }: { readonly hop: ReflectingHop; readonly signed: SignedReflection & { kind: 'signed' } },
  commit: Commit,
  dependencies: ReflectionDependencies,
): Promise<void> {
  const { prepend, envelope } = spooled
  const octets = Buffer.concat([prepend, ...messageChunks(signed.content)])
  const own = {
    ...ownMessage('notice', queueId, octets, hop, dependencies),
    requireTls: envelope.requireTls === true,
  }
  const dkim = await dkimOf(spooled, hop, signed.content, dependencies)
  const delivery = await deliveryOfReflection(hop, signed, dkim, dependencies)
  await sendOwnMessage(own, commit, { ...dependencies, sign: async () => delivery })
}

/** For hosts that do not know DKIM2, as with every notice; a From of the own domain that nobody vouches for is not signed. */
function dkimOf(
  { message, envelope, record, prepend }: SpooledReflection,
  { domain, timestampSeconds }: ReflectingHop,
  content: Message,
  { signing }: ReflectionDependencies,
): Promise<CopySignatureFields> {
  const arrived = { message, reversePath: envelope.reversePath, record, prepend }
  const signatures = new CopySignatures({ message: content, arrived, answersForFrom: false }, signing)
  return signatures.of({ domain, kind: 'notice', bodyForm: 'relaxed', timestampSeconds, ownFields: [] })
}

async function deliveryOfReflection(
  { reversePath, forwardPath, domain }: ReflectingHop,
  { hops }: SignedReflection & { readonly kind: 'signed' },
  dkim: CopySignatureFields,
  { signing }: ReflectionDependencies,
): Promise<NewDelivery> {
  const copy = {
    ordinal: 0,
    recipient: forwardPath,
    forwardPath,
    reversePath,
    domain,
    kind: 'notice',
  } as const
  const fields = [...hops.toReversed().flatMap(hop => hop.fields), ...dkim.fields].map(({ octets }) => octets)
  const sent = hops.at(-1)
  if (sent === undefined) throw new Error('a message that is sent back has a hop')
  const { fields: _, ...written } = sent
  return {
    ...(await deliveryOf(copy, signing)),
    prefix: Buffer.concat(fields),
    hop: written,
    added: dkim.added,
  }
}

async function sendNotification(
  { message, queueId: about, receivedAt, reflection }: SpooledReflection,
  queueId: string,
  hop: ReflectingHop,
  commit: Commit,
  dependencies: ReflectionDependencies,
): Promise<void> {
  const { reflector } = reflection
  if (!isNotification(reflector)) return
  const octets = await composeNotification(reflector, message, {
    ...frameOf(queueId, hop, dependencies),
    reportingMta: dependencies.hostname,
    queueId: about,
    arrivedAtMilliseconds: receivedAt,
    returnBodyMaxBytes: dependencies.returnBodyMaxBytes,
    triedUntilMilliseconds: dependencies.signing.expiresAt,
  })
  await sendOwnMessage(ownMessage('dsn', queueId, octets, hop, dependencies), commit, dependencies)
}

async function sendReport(
  report: ReflectionReport,
  hop: ReflectingHop,
  commit: Commit,
  dependencies: ReflectionDependencies,
): Promise<void> {
  const queueId = dependencies.nextQueueId()
  const octets = await composeReport(report, frameOf(queueId, hop, dependencies))
  const own = ownMessage('notice', queueId, octets, { ...hop, reversePath: '' }, dependencies)
  await sendOwnMessage(own, commit, dependencies)
}

function frameOf(
  queueId: string,
  { address, forwardPath, domain }: ReflectingHop,
  dependencies: ReflectionDependencies,
): ReflectionFrame {
  return {
    from: address,
    to: forwardPath,
    composedAtMilliseconds: dependencies.signing.nowMilliseconds,
    messageId: `${queueId.toLowerCase()}.reflection@${domain}`,
    boundary: dependencies.random(12).toString('hex'),
  }
}

function ownMessage(
  kind: OwnMessage['kind'],
  queueId: string,
  octets: Buffer,
  { reversePath, forwardPath, domain, profile }: ReflectingHop,
  { signing }: ReflectionDependencies,
): OwnMessage {
  const composedAt = signing.nowMilliseconds
  return { queueId, kind, octets, reversePath, to: forwardPath, domain, profile, composedAt }
}
