/** What a reflector would send back for a message, without a relay: nothing is stored or sent. */
import type { TxtLookup } from '../dkim2/index.ts'
import { addHop, mayExtend, prepareHop, signHop, verdictText, verifyChain } from '../dkim2/index.ts'
import type { Message } from '../message/message.ts'
import { messageChunks, readMessage } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { Reflector } from '../record/reflection-record.ts'
import type { NotificationFrame } from './compose-reflection.ts'
import { composeNotification } from './compose-reflection.ts'
import type { ReflectionReport } from './reflection-report.ts'
import { reflectionReport } from './reflection-report.ts'
import { isNotification } from './reflectors.ts'
import type { ReflectingHop } from './sign-reflection.ts'
import { signReflection } from './sign-reflection.ts'

export interface ReflectRequest {
  readonly reflector: Reflector
  /** The hop that the message comes back through. It was sent by `forwardPath`, to `address`. */
  readonly hop: ReflectingHop
  /** TXT records of the keys that have signed it. */
  readonly lookup: TxtLookup
  /** What the notifications of `dsn` and `delayed-dsn` say of the relay. */
  readonly relay: Pick<NotificationFrame, 'reportingMta' | 'returnBodyMaxBytes' | 'triedUntilMilliseconds'>
}

export type ReflectedMessage =
  /** Its chain is broken: the session would end with these words. */
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'reflected'
      readonly report: ReflectionReport
      /** What comes back, as in DATA; undefined where no hop can be added, for the reason in the report. */
      readonly octets: Buffer | undefined
    }

/**
 * Verifies a message against the envelope that it was sent with, and makes of it what the reflector sends back.
 *
 * @throws what a signer rejects with, or SigningError where the domain cannot sign a notification
 */
export async function reflectMessage(message: Message, request: ReflectRequest): Promise<ReflectedMessage> {
  const { reflector, hop, lookup } = request
  const record = await admitted(message, hop, lookup)
  if (!mayExtend(record)) return { kind: 'refused', reason: verdictText(record) }
  const reported = {
    message,
    record,
    reading: { revision: hop.revision },
    reflector,
    queueId: null,
    mailFrom: hop.forwardPath,
    vouchedBy: record.state === 'pass' ? 'DKIM2' : 'DKIM or SPF, which are not asked here,',
  }
  if (isNotification(reflector)) {
    const octets = await notification(message, reflector, request)
    const report = reflectionReport(reported, { ...hop, reversePath: '' }, undefined)
    return { kind: 'reflected', report, octets }
  }
  const signed = await signReflection(message, reflector, hop)
  const octets = signed.kind === 'signed' ? octetsOf(signed.hops.reduce(addHop, signed.content)) : undefined
  return { kind: 'reflected', report: reflectionReport(reported, hop, signed), octets }
}

async function admitted(
  message: Message,
  { address, forwardPath, timestampSeconds, revision }: ReflectingHop,
  lookup: TxtLookup,
): Promise<AdmissionRecord> {
  const verdict = await verifyChain(message, {
    envelope: { reversePath: forwardPath, forwardPaths: [address] },
    lookup,
    nowSeconds: timestampSeconds,
    revision,
  })
  return { ...verdict, addHop: true, senderAuthenticated: verdict.state === 'pass' }
}

async function notification(
  message: Message,
  reflector: 'dsn' | 'delayed-dsn',
  { hop, relay }: ReflectRequest,
): Promise<Buffer> {
  const { timestampSeconds, address, forwardPath, domain, profile, revision } = hop
  const octets = await composeNotification(reflector, message, {
    ...relay,
    from: address,
    to: forwardPath,
    composedAtMilliseconds: timestampSeconds * 1000,
    messageId: `${timestampSeconds}.reflection@${domain}`,
    boundary: `reflection-${timestampSeconds}`,
    queueId: 'none',
    arrivedAtMilliseconds: timestampSeconds * 1000,
  })
  const report = readMessage(octets)
  const prepared = await prepareHop(report, { profile, revision, alwaysVersion: true })
  const destination = { domain, reversePath: '', forwardPaths: [forwardPath], timestampSeconds }
  const signed = await signHop(prepared, { ...destination, signers: hop.signers(prepared.profile) })
  return octetsOf(addHop(report, signed))
}

function octetsOf(message: Message): Buffer {
  return Buffer.concat(messageChunks(message))
}
