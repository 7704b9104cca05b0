/**
 * Delivery status notifications on trial: one for every journey of which the last address can be signed for, composed by us, signed by
 * us or by a peer, sound and damaged, before our judge and that of a peer. draft-ietf-dkim-dkim2-spec-08 section 16.
 */

import { authenticateReport, type KnownDelivery } from '../../src/bounce/authenticate-report.ts'
import { composeDsn } from '../../src/bounce/compose.ts'
import { readReport } from '../../src/bounce/read-report.ts'
import { verifyChain } from '../../src/dkim2/index.ts'
import { verifyReturned } from '../../src/dkim2/returned.ts'
import { readMessage } from '../../src/message/message.ts'
import { type Implementation, plannedKeys } from './implementations.ts'
import { domains, type HopPlan, type Journey, journeys } from './journeys.ts'
import { lookupIn } from './ours.ts'
import type { VerifyRequest } from './peer.ts'
import { startSeconds, travelled, zone } from './travel.ts'

/** One thing wrong with a report, or nothing. */
export interface ReportDamage {
  readonly name: string
  readonly expected: 'pass' | 'fail'
  /** Of the message that it returns. */
  readonly returned?: (message: Buffer) => Buffer
  /** Of the report once it is signed. */
  readonly report?: (report: Buffer) => Buffer
  /** Signs it in place of the domain that the message was for. */
  readonly signer?: (typeof domains)[number]
  /** Seconds after it was signed. */
  readonly later?: number
}

const replace = (from: RegExp, to: string) => (octets: Buffer) =>
  Buffer.from(octets.toString('latin1').replace(from, to), 'latin1')

export const sound: ReportDamage = { name: 'sound', expected: 'pass' }

export const damages: readonly ReportDamage[] = [
  { name: 'body changed', expected: 'fail', report: replace(/\r\n$/, 'x\r\n') },
  { name: 'another Subject', expected: 'fail', report: replace(/^Subject: /m, 'Subject: Re: ') },
  {
    name: 'signature taken away',
    expected: 'fail',
    report: replace(/^DKIM2-Signature:(?:.*\r\n)(?:[ \t].*\r\n)*/i, ''),
  },
  {
    name: 'field added to the returned message',
    expected: 'fail',
    returned: replace(/^/, 'Comments: x\r\n'),
  },
  { name: 'field of the returned message changed', expected: 'fail', returned: replace(/^To: /im, 'To: x') },
  { name: 'body of the returned message changed', expected: 'fail', returned: replace(/$/, 'x\r\n') },
  {
    name: 'first signature of the returned message changed',
    expected: 'fail',
    returned: replace(/i=1;/, 'i=1; x=1;'),
  },
  { name: 'signed by somebody else', expected: 'fail', signer: 'origin.example' },
  { name: 'fifteen days late', expected: 'fail', later: 15 * 86_400 },
]

/** A report on its way. */
export interface Report extends VerifyRequest {
  readonly journey: string
  readonly delivery: KnownDelivery
}

/** The journeys that reports can be made of: an address at the end for whose domain there are keys, somebody to tell. */
export const reportable: readonly Journey[] = journeys.filter(({ hops }) => {
  const last = hops.at(-1)
  return (
    last?.nextDomain === undefined &&
    last?.reversePath !== '<>' &&
    domainOf(last) !== undefined &&
    last?.forwardPaths.length === 1
  )
})

function domainOf(hop: HopPlan | undefined): (typeof domains)[number] | undefined {
  return domains.find(domain => hop?.forwardPaths[0]?.endsWith(`@${domain}>`))
}

/** Undefined where a signer cannot take part. */
export async function makeReport(
  journey: Journey,
  signers: { readonly message: Implementation; readonly report: Implementation },
  damage: ReportDamage,
): Promise<Report | undefined> {
  const last = journey.hops.at(-1)
  const domain = damage.signer ?? domainOf(last)
  const message = await travelled(journey, [signers.message])
  if (!last || !domain || !message) return undefined
  const at = startSeconds + journey.hops.length * 10
  const returned = damage.returned ? damage.returned(message) : message
  const composed = await composedReport(last, domain, returned, at)
  const paths = { reversePath: '<>', forwardPaths: [last.reversePath] }
  const order = { message: composed, ...paths, domain, keys: plannedKeys(domain, 'ed'), zone, nowSeconds: at }
  const signed = await signers.report.sign(order)
  if ('declined' in signed) return undefined
  return {
    journey: journey.name,
    message: damage.report ? damage.report(signed.message) : signed.message,
    ...paths,
    zone,
    nowSeconds: at + (damage.later ?? 5),
    delivery: {
      recipient: bare(last.forwardPaths[0]),
      forwardPath: bare(last.forwardPaths[0]),
      reversePath: bare(last.reversePath),
      hop: { sequence: journey.hops.length, domain: last.domain, timestampSeconds: at - 10 },
    },
  }
}

function composedReport(last: HopPlan, domain: string, returned: Buffer, at: number): Promise<Buffer> {
  return composeDsn({
    reportingMta: `mx.${domain}`,
    from: `postmaster@${domain}`,
    to: bare(last.reversePath),
    arrivedAtMilliseconds: at * 1000,
    composedAtMilliseconds: at * 1000,
    messageId: `1.report@${domain}`,
    boundary: 'trial',
    queueId: 'TRIAL',
    recipients: [
      {
        finalRecipient: bare(last.forwardPaths[0]),
        action: 'failed',
        status: '5.1.1',
        explanation: 'the address does not exist',
      },
    ],
    returned: readMessage(returned),
    returnBodyMaxBytes: 1024 * 1024,
  })
}

/** Our judge, who looks at the whole chain of what is returned. */
export async function judgeOurs({
  message,
  zone,
  nowSeconds,
  delivery,
  ...paths
}: Report): Promise<'pass' | 'fail'> {
  const report = readMessage(message)
  const reading = await readReport(report)
  const options = { lookup: lookupIn(zone), nowSeconds, revision: '08' as const }
  const envelope = { reversePath: '', forwardPaths: paths.forwardPaths.map(bare) }
  const returned = reading.kind === 'report' ? reading.returned : undefined
  const verdict = authenticateReport(
    {
      verdict: await verifyChain(report, { ...options, envelope }),
      returned:
        returned &&
        (await verifyReturned(returned, { ...options, maxAgeSeconds: 30 * 86_400, wholeChain: true })),
      delivery,
      isRepeated: false,
    },
    { requireSignature: true },
  )
  return verdict.kind === 'authentic' ? 'pass' : 'fail'
}

function bare(path = ''): string {
  return path.slice(1, -1)
}
