/**
 * A message from origin.example that alias.example forwards to destination.example, and reports about it. The relay under test is
 * alias.example.
 */
import type { KnownDelivery, ReportEvidence } from '../../../src/bounce/authenticate-report.ts'
import { composeDsn } from '../../../src/bounce/compose.ts'
import type { DsnInput } from '../../../src/bounce/dsn-input.ts'
import { readReport } from '../../../src/bounce/read-report.ts'
import type { Report } from '../../../src/bounce/report.ts'
import type { TxtLookup } from '../../../src/dkim2/index.ts'
import { verifyChain } from '../../../src/dkim2/index.ts'
import { verifyReturned } from '../../../src/dkim2/returned.ts'
import type { Message } from '../../../src/message/message.ts'
import { readMessage } from '../../../src/message/message.ts'
import {
  laterSeconds,
  lookup,
  message,
  type Passage,
  pass,
  passRevised,
  plain,
  startSeconds,
} from '../../support/dkim2-parties.ts'
import type { Domain } from '../../vectors/test-keys.ts'

export const bounceAddress = 'b+token@alias.example'
export const forwardPath = 'box@destination.example'

export type Way = Pick<Passage, 'profile' | 'revision'>
export const ways: readonly { readonly name: string; readonly way: Way }[] = [
  { name: 'mailversion', way: { profile: 'mailversion' } },
  { name: 'message-instance', way: { profile: 'message-instance' } },
]

const first: Passage = { domain: 'origin.example', from: 'a@origin.example', to: ['team@alias.example'] }
export const forwarding: Passage = { domain: 'alias.example', from: bounceAddress, to: [forwardPath] }

/** The delivery that the bounce address names. */
export const delivery: KnownDelivery = {
  recipient: 'team@alias.example',
  forwardPath,
  reversePath: bounceAddress,
  hop: { sequence: 2, domain: 'alias.example', timestampSeconds: startSeconds + 10 },
}

/** As the relay received it. */
export function original(way: Way, text: string = plain): Promise<Message> {
  return pass(message(text), { ...first, ...way })
}

/** As the relay sent it. */
export async function forwarded(
  way: Way,
  edit?: (of: Message) => Message,
  passage: Partial<Passage> = {},
): Promise<Message> {
  const ours = { ...forwarding, ...way, ...passage }
  const before = await original(way)
  return edit ? passRevised(before, edit, ours) : pass(before, ours)
}

export interface Reporting {
  readonly way: Way
  readonly returned: Message | undefined
  readonly to?: string
  readonly changes?: Partial<DsnInput>
  /** Who signs; undefined: nobody. */
  readonly signer?: Domain | undefined
}

/** A report of destination.example, as it arrives. */
export async function reportOf({
  way,
  returned,
  to = bounceAddress,
  changes,
  signer,
}: Reporting): Promise<Message> {
  const octets = await composeDsn({
    reportingMta: 'mx.destination.example',
    from: `postmaster@${signer ?? 'destination.example'}`,
    to,
    arrivedAtMilliseconds: startSeconds * 1000,
    composedAtMilliseconds: laterSeconds * 1000,
    messageId: '1.report@destination.example',
    boundary: 'far',
    queueId: 'FAR1',
    recipients: [
      {
        finalRecipient: forwardPath,
        action: 'failed',
        status: '5.1.1',
        explanation: 'the address does not exist',
        diagnostic: '550 5.1.1 <box@destination.example> unknown at store.destination.example[192.0.2.7]',
      },
    ],
    returned,
    returnBodyMaxBytes: 64 * 1024 * 1024,
    ...changes,
  })
  const report = readMessage(octets)
  if (signer === undefined) return report
  return pass(report, { ...way, domain: signer, from: '', to: [to], at: laterSeconds })
}

export async function read(report: Message): Promise<Report> {
  const reading = await readReport(report)
  if (reading.kind !== 'report') throw new Error('not a report')
  return reading
}

/** All that the relay finds out about a report before it judges. */
export async function evidenceOf(
  report: Message,
  changes: Partial<ReportEvidence> = {},
  keys: TxtLookup = lookup,
): Promise<ReportEvidence> {
  const reading = await readReport(report)
  const returned = reading.kind === 'report' ? reading.returned : undefined
  const options = { lookup: keys, nowSeconds: laterSeconds }
  const envelope = { reversePath: '', forwardPaths: [bounceAddress] }
  return {
    verdict: await verifyChain(report, { ...options, envelope }),
    returned: returned && (await verifyReturned(returned, { ...options, maxAgeSeconds: 30 * 86_400 })),
    delivery,
    isRepeated: false,
    ...changes,
  }
}
