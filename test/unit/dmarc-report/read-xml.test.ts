import { describe, expect, test } from 'vitest'
import { aggregateXml } from '../../../src/dmarc-report/aggregate-xml.ts'
import { readAggregateReport } from '../../../src/dmarc-report/read-xml.ts'
import { DmarcSummary } from '../../../src/dmarc-report/senders.ts'

const bounds = { maxElementDepth: 12, maxTextCharacters: 100, maxRecords: 3 }
const metadata =
  '<report_metadata><org_name>Big &amp; Co</org_name><report_id>7</report_id><date_range><begin>1795219200</begin><end>1795305599</end></date_range></report_metadata>'
const record =
  '<record><row><source_ip>192.0.2.7</source_ip><count>5</count><policy_evaluated><disposition>none</disposition><dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>Shop.example</header_from></identifiers><auth_results><dkim><domain>shop.example</domain><result>pass</result></dkim><spf><domain>other.example</domain><result>fail</result></spf></auth_results></record>'
const published = '<policy_published><domain>shop.example</domain><p>none</p></policy_published>'
const whole = `<feedback>${metadata}${published}${record}</feedback>`

const read = (text: string) => readAggregateReport(Buffer.from(text), bounds)

describe('an aggregate report of others', () => {
  test.each([
    ['without a namespace, as RFC 7489 has it', whole],
    [
      'with that of RFC 9990',
      whole.replace('<feedback>', '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">'),
    ],
    ['with a declaration and a byte order mark', `\ufeff<?xml version="1.0" encoding="UTF-8"?>\n${whole}`],
    ['with prefixes', whole.replaceAll(/<(\/?)(\w)/g, '<$1d:$2')],
    [
      'with elements that nobody knows',
      whole.replace('</record>', '<x:arc xmlns:x="urn:x"><x:row/></x:arc></record>'),
    ],
  ])('is read %s', (_, text) => {
    expect(read(text)).toMatchObject({
      organization: 'Big & Co',
      policyDomain: 'shop.example',
      records: [
        {
          source: '192.0.2.7',
          messages: 5,
          dkim: 'pass',
          spf: 'fail',
          headerFrom: 'shop.example',
          signatures: [{ domain: 'shop.example', result: 'pass' }],
        },
      ],
    })
  })

  test('of this relay is read as it was meant', () => {
    const evaluation = {
      headerFrom: 'shop.example',
      envelopeFrom: '',
      disposition: 'reject',
      dkimAligned: false,
      spfAligned: false,
      reasons: [{ type: 'local_policy', comment: 'x' }],
      dkim: [],
      dkim2: { result: 'fail', domains: ['shop.example'] },
    } as const
    const xml = aggregateXml({
      ...{ organization: 'Us', contact: 'a@us.example', reportId: '1@us.example', generator: 'x' },
      ...{ policyDomain: 'shop.example', record: 'v=DMARC1; p=reject', begin: 1, end: 2 },
      rows: [{ source: '2001:db8::1', messages: 2, evaluation }],
    })
    const [one] = readAggregateReport(xml, bounds).records
    expect(one).toMatchObject({
      source: '2001:db8::1',
      messages: 2,
      disposition: 'reject',
      reasons: ['local_policy'],
    })
  })

  test.each<[string, string, RegExp]>([
    [
      'entities that grow',
      `<!DOCTYPE feedback [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${whole.replace('Big', '&b;')}`,
      /document type/,
    ],
    [
      'an entity that names a file',
      `<!DOCTYPE feedback [<!ENTITY f SYSTEM "file:///etc/passwd">]>${whole.replace('Big', '&f;')}`,
      /document type/,
    ],
    ['an entity that nobody declared', whole.replace('Big', '&f;'), /well-formed/],
    ['elements that stand deep', `<feedback>${'<a>'.repeat(50_000)}`, /more than 12 deep/],
    ['a text without end', whole.replace('Big', 'B'.repeat(101)), /longer than 100 characters/],
    [
      'a text in many parts',
      whole.replace('Big', '<![CDATA[BBBBBBBBBB]]>'.repeat(11)),
      /longer than 100 characters/,
    ],
    ['more records than there may be', whole.replace(record, record.repeat(4)), /more than 3 records/],
    ['a document that is cut off', whole.slice(0, 300), /well-formed/],
    ['another document', '<html><body/></html>', /first element is not feedback/],
    ['no text at all', '', /well-formed/],
    ['a number that is none', whole.replace('>5<', '>-5<'), /count is no whole number/],
    ['no domain', whole.replace(published, ''), /names no domain/],
  ])('with %s is refused, and the reason says why', (_, text, reason) => {
    expect(() => read(text)).toThrow(reason)
  })
})

describe('what reports say together', () => {
  test('a report that came twice counts once', () => {
    const summary = new DmarcSummary(10)
    for (const _ of [1, 2]) summary.add(read(whole))
    expect(summary.overview()).toMatchObject({
      reports: 1,
      repeated: 1,
      senders: [{ passed: 5, dkimFailed: 0, spfFailed: 5 }],
    })
  })

  test('senders that a stranger makes up are bounded, and what is left out is said', () => {
    const summary = new DmarcSummary(2)
    for (const number of [1, 2, 3, 4]) {
      summary.add(read(whole.replace('192.0.2.7', `192.0.2.${number}`).replace('>7<', `>${number}<`)))
    }
    expect(summary.overview().senders).toHaveLength(2)
    expect(summary.overview().leftOut).toBe(2)
  })
})
