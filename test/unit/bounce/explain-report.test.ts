import fc from 'fast-check'
import { expect, test } from 'vitest'
import { authenticateReport } from '../../../src/bounce/authenticate-report.ts'
import { classifyBounce } from '../../../src/bounce/classify.ts'
import type { ReportFindings } from '../../../src/bounce/explain-report.ts'
import { explainReport, reportExplanationText } from '../../../src/bounce/explain-report.ts'
import { readReport } from '../../../src/bounce/read-report.ts'
import { rebuild } from '../../../src/bounce/rebuild.ts'
import { readMessage } from '../../../src/message/message.ts'
import { octets } from '../../support/dkim2-parties.ts'
import { delivery, evidenceOf, forwarded, original, reportOf } from './stage.ts'

const way = { profile: 'mailversion' } as const

async function findings(changes: Partial<ReportFindings> = {}): Promise<ReportFindings> {
  const message = await reportOf({ way, returned: await forwarded(way), signer: 'destination.example' })
  const reading = await readReport(message)
  const evidence = await evidenceOf(message)
  const returned = reading.kind === 'report' ? reading.returned : undefined
  return {
    bounce: classifyBounce(message, '', reading),
    address: { kind: 'genuine', queueId: 'Q1', ordinal: 2 },
    delivery,
    verdict: evidence.verdict,
    returned: evidence.returned,
    judged: authenticateReport(evidence, { requireSignature: true }),
    target: { kind: 'send', forwardPath: 'a@origin.example' },
    rebuilt: rebuild({ stored: await original(way), returned, isVerified: true }),
    composed: {
      kind: 'composed',
      octets: Buffer.from('Subject: x\r\n\r\n\x1b\r\n'),
      form: 'full',
      leaks: [],
    },
    ...changes,
  }
}

test('a report that goes on is explained with its judgement, its delivery, its target and what is sent', async () => {
  const text = reportExplanationText(explainReport(await findings()))
  expect(text).toBe(
    [
      'what       report: failed',
      'recipient  <box@destination.example> failed 5.1.1 550 5.1.1 <box@destination.example> unknown at store.destination.example[192.0.2.7]',
      'address    genuine, delivery Q1 #2: <team@alias.example> forwarded to <box@destination.example>',
      'signature  PASS',
      'returned   whole message, highest signature i=2 d=alias.example: PASS',
      'judgement  authentic: signed by destination.example',
      'goes to    <a@origin.example>',
      'returns    the whole message, as it was stored',
      '',
      '  Subject: x',
      '  ',
      '  ?',
      '  ',
      '',
    ].join('\n'),
  )
})

test.each<[string, Partial<ReportFindings>, string]>([
  [
    'an expired address',
    { address: { kind: 'expired' } },
    'goes to    nobody: only a genuine bounce address',
  ],
  ['no address', { address: undefined }, 'no bounce address of this relay'],
  [
    'a null return path',
    { target: { kind: 'none', reason: 'the reverse-path is null' } },
    'nobody: the reverse-path is null',
  ],
  ['a leak', { composed: { kind: 'withheld', leaks: [] } }, 'nobody: it would tell something'],
  [
    'a vacation notice',
    { bounce: { kind: 'auto-reply', reason: 'X-Vacation: yes' } },
    'automatic reply (X-Vacation: yes)',
  ],
  [
    'a repeated report',
    { judged: { kind: 'repeated', reason: 'this failure was reported before' } },
    'nobody: this failure',
  ],
  ['an unknown delivery', { delivery: undefined }, 'delivery Q1 #2, which is not known any more'],
])('%s is explained', async (_, changes, text) => {
  expect(reportExplanationText(explainReport(await findings(changes)))).toContain(text)
})

test('a delay that nobody wants to hear of goes to nobody', async () => {
  const message = readMessage(
    Buffer.from(
      'Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: delayed\r\nStatus: 4.4.1\r\n--b--\r\n',
    ),
  )
  const bounce = classifyBounce(message, '', await readReport(message))
  expect(explainReport(await findings({ bounce, unwanted: 'a report of a delayed delivery' }))).toMatchObject(
    {
      goesTo: undefined,
      whyNot: 'a report of a delayed delivery',
      preview: undefined,
    },
  )
})

test('whatever comes to a bounce address is classified, judged, rebuilt and explained without an error', async () => {
  const sent = octets(await reportOf({ way, returned: await forwarded(way), signer: 'destination.example' }))
  const stored = await original(way)
  await fc.assert(
    fc.asyncProperty(
      fc.nat(sent.length - 1),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(60),
      async (at, junk, dropped) => {
        const report = readMessage(Buffer.concat([sent.subarray(0, at), junk, sent.subarray(at + dropped)]))
        const reading = await readReport(report)
        const evidence = await evidenceOf(report)
        const returned = reading.kind === 'report' ? reading.returned : undefined
        const isVerified = evidence.returned?.state === 'pass'
        const text = reportExplanationText(
          explainReport({
            bounce: classifyBounce(report, '', reading),
            address: { kind: 'genuine', queueId: 'Q1', ordinal: 2 },
            delivery,
            verdict: evidence.verdict,
            returned: evidence.returned,
            judged: authenticateReport(evidence, { requireSignature: false }),
            rebuilt: rebuild({ stored, returned, isVerified }),
          }),
        )
        expect(text).toMatch(/^what {7}/)
        expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
      },
    ),
    { numRuns: 150 },
  )
})
