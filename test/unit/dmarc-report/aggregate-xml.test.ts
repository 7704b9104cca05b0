import { describe, expect, test } from 'vitest'
import { type AggregateReport, aggregateXml } from '../../../src/dmarc-report/aggregate-xml.ts'
import { reportFileName } from '../../../src/dmarc-report/mail.ts'
import type { DmarcEvaluation } from '../../../src/record/dmarc-evaluation.ts'
import { faultsOfReport, whyNoXmllint } from '../../support/xmllint.ts'

const plain: DmarcEvaluation = {
  headerFrom: 'shop.example',
  envelopeFrom: 'bounce.shop.example',
  disposition: 'none',
  dkimAligned: false,
  spfAligned: false,
  reasons: [],
  dkim: [],
}

const rich: DmarcEvaluation = {
  ...plain,
  envelopeFrom: '',
  disposition: 'pass',
  dkimAligned: true,
  dkim: [
    { domain: 'shop.example', selector: 's1', result: 'pass' },
    { domain: 'list.example', selector: '<&">', result: 'policy' },
  ],
  spf: { domain: 'mail.shop.example', result: 'softfail' },
  dkim2: { result: 'pass', domains: ['shop.example', 'list.example'] },
  arc: { result: 'fail', domains: ['list.example'] },
}

const report: AggregateReport = {
  organization: 'Relay & <Sons>',
  contact: 'postmaster@alias.example',
  reportId: '2026-11-21.0102@relay.alias.example',
  generator: 'dkim2-relay',
  policyDomain: 'shop.example',
  record: 'v=DMARC1; p=reject; sp=quarantine; adkim=s; t=y; fo=1:d; rua=mailto:d@shop.example',
  begin: 1_795_219_200,
  end: 1_795_305_599,
  rows: [{ source: '192.0.2.7', messages: 3, evaluation: plain }],
}

const textOf = (changes: Partial<AggregateReport>) => aggregateXml({ ...report, ...changes }).toString()

describe('an aggregate report (RFC 9990 section 3.1.1)', () => {
  test.skipIf(whyNoXmllint() !== undefined).each<[string, Partial<AggregateReport>]>([
    ['of one plain row', {}],
    [
      'with everything there is, extensions included',
      { rows: [{ source: '2001:db8::7', messages: 1, evaluation: rich }] },
    ],
    ['of a network', { rows: [{ source: '2001:db8:1::', messages: 9, evaluation: plain }] }],
    ...(['local_policy', 'mailing_list', 'policy_test_mode', 'trusted_forwarder'] as const).map(
      (type): [string, Partial<AggregateReport>] => [
        `with the reason ${type}`,
        {
          rows: [
            {
              source: '192.0.2.7',
              messages: 1,
              evaluation: { ...plain, reasons: [{ type, comment: 'a < b' }] },
            },
          ],
        },
      ],
    ),
    ['of a record that asks for nothing but reports', { record: 'v=DMARC1; rua=mailto:d@shop.example' }],
    ['with characters that XML cannot have', { organization: 'a\u0000\u0008\ufffeb\ud800' }],
  ])('%s is valid by its structure', (_, changes) => {
    expect(faultsOfReport(aggregateXml({ ...report, ...changes }))).toBe('')
  })

  test.skipIf(whyNoXmllint() !== undefined)(
    'the validation sees what is wrong: no record, an unknown word',
    () => {
      expect(faultsOfReport(aggregateXml({ ...report, rows: [] }))).toContain('record')
      const wrong = textOf({}).replace('<disposition>none<', '<disposition>perhaps<')
      expect(faultsOfReport(Buffer.from(wrong))).toContain('disposition')
    },
  )

  test('tells the policy with what is not published at its default', () => {
    expect(textOf({})).toContain('<p>reject</p>\n<sp>quarantine</sp>\n<np>quarantine</np>\n<fo>1:d</fo>')
    expect(textOf({})).toContain('<adkim>s</adkim>\n<aspf>r</aspf>\n<testing>y</testing>')
  })

  test('what strangers wrote is text, never markup', () => {
    const text = textOf({ rows: [{ source: '192.0.2.7', messages: 1, evaluation: rich }] })
    expect(text).toContain('<selector>&lt;&amp;&quot;&gt;</selector>')
  })

  test('its file is named after reporter, domain, period and Report-ID (section 3.3.2)', () => {
    const name = reportFileName({ ...report, submitter: 'relay.alias.example' })
    expect(name).toBe('relay.alias.example!shop.example!1795219200!1795305599!202611210102.xml.gz')
  })
})
