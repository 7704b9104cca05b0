import { describe, expect, test } from 'vitest'
import { readPolicyRecord } from '../../../src/dmarc/policy-record.ts'

describe('what is a record', () => {
  test.each(['v=DMARC1', 'v=DMARC1;', 'V = DMARC1 ; p=none', ' v=DMARC1;p=none'])('%j is', text => {
    expect(readPolicyRecord(text)).toBeDefined()
  })

  test.each([
    '',
    'v=DMARC2; p=none',
    'v=dmarc1; p=none',
    'p=none; v=DMARC1',
    'v=DMARC1 p=none',
    'v=DMARC10',
    'v=spf1 -all',
  ])('%j is not', text => expect(readPolicyRecord(text)).toBeUndefined())

  test('a tag twice makes it none (RFC 6376 section 3.2)', () => {
    expect(readPolicyRecord('v=DMARC1; p=reject; P=none')).toBeUndefined()
  })
})

describe('the policies', () => {
  test.each([
    ['p=reject; sp=none; np=quarantine', { p: 'reject', sp: 'none', np: 'quarantine' }],
    ['p=Reject', { p: 'reject' }],
    ['sp=none', undefined],
    ['p=refuse', undefined],
    ['p=reject; sp=all', undefined],
    ['p=reject; np=', undefined],
    // RFC 9989 section 4.10.1: whoever wants reports is taken for p=none.
    ['rua=mailto:a@d.example', { p: 'none' }],
    ['p=refuse; rua=mailto:a@d.example', { p: 'none' }],
    ['p=reject; sp=all; rua=mailto:a@d.example!10m', { p: 'none' }],
    ['p=refuse; rua=a@d.example', undefined],
  ])('of %s are %j', (text, policies) => {
    expect(readPolicyRecord(`v=DMARC1; ${text}`)?.policies).toEqual(policies)
  })

  test('pct, ri and rf change nothing, and are told', () => {
    const record = readPolicyRecord('v=DMARC1; p=reject; pct=0; ri=60; rf=afrf')
    expect(record?.policies).toEqual({ p: 'reject' })
    expect(record?.remarks).toHaveLength(3)
  })
})

test('what cannot be read is left out, the rest counts, and all of it is told', () => {
  const record = readPolicyRecord(
    'v=DMARC1; p=reject; adkim=x; aspf=s; nonsense; 2=3; fo=1:d; t=Y; psd=q; zz=1',
  )
  expect(record).toMatchObject({
    policies: { p: 'reject' },
    dkimAlignment: 'relaxed',
    spfAlignment: 'strict',
    failureOptions: '1:d',
    isTesting: true,
    psd: 'u',
  })
  expect(record?.remarks).toEqual([
    'nonsense is no tag and is ignored',
    '2=3 is no tag and is ignored',
    'the tag zz is not known',
    'psd=q is none of y, n, u',
    'adkim=x is none of r, s',
  ])
})

test('the addresses of reports lose the size of RFC 7489', () => {
  const record = readPolicyRecord(
    'v=DMARC1; p=none; rua=mailto:a@d.example!10m, https://d.example/r ,b@d.example; ruf=mailto:f@d.example',
  )
  expect(record?.aggregateReportUris).toEqual(['mailto:a@d.example', 'https://d.example/r'])
  expect(record?.failureReportUris).toEqual(['mailto:f@d.example'])
})
