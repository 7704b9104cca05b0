import { describe, expect, test } from 'vitest'
import { readReportPlace, readReportPlaces } from '../../../src/tls-report/record.ts'
import { reportFileName } from '../../../src/tls-report/report.ts'

const txt = (...records: string[]) => readReportPlaces({ kind: 'records', records })

describe('where a domain wants its reports (RFC 8460 section 3)', () => {
  test.each([
    ['v=TLSRPTv1;rua=mailto:reports@a.example', ['mailto:reports@a.example']],
    ['v=TLSRPTv1; rua=https://a.example/v1 ;', ['https://a.example/v1']],
    [
      'v=TLSRPTv1; rua=mailto:a@a.example , https://a.example/b?c=d; ext=1',
      ['mailto:a@a.example', 'https://a.example/b?c=d'],
    ],
  ])('%s', (record, uris) => {
    expect(txt(record)).toEqual({ kind: 'uris', uris })
  })

  test('records of other kinds are left aside', () => {
    expect(txt('v=spf1 -all', 'v=TLSRPTv1; rua=mailto:a@a.example')).toMatchObject({ kind: 'uris' })
  })

  test.each([
    ['two records', ['v=TLSRPTv1; rua=mailto:a@a.example', 'v=TLSRPTv1; rua=mailto:b@a.example']],
    ['no rua', ['v=TLSRPTv1; ext=1']],
    ['an unknown scheme', ['v=TLSRPTv1; rua=ftp://a.example/']],
    ['another version', ['v=TLSRPTv2; rua=mailto:a@a.example']],
  ])('%s: no report', (_what, records) => {
    expect(txt(...records)).toMatchObject({ kind: 'none' })
  })

  test('a record cannot make the relay write to a hundred places', () => {
    const uris = Array.from({ length: 100 }, (_, number) => `mailto:r${number}@a.example`)
    const found = txt(`v=TLSRPTv1; rua=${uris.join(',')}`)
    expect(found.kind === 'uris' && found.uris.length).toBe(5)
  })

  test('characters that separate are percent-encoded in a URI, and header fields of mailto are dropped', () => {
    expect(readReportPlace('mailto:a%2Bb@a.example?subject=x')).toEqual({
      kind: 'mailto',
      address: 'a+b@a.example',
    })
  })

  test.each([
    'mailto:a@a.example%0d%0aBcc:b@b.example',
    'mailto:a%20b@a.example',
    'mailto:%zz',
    'https://user:secret@a.example/',
    'http://a.example/',
  ])('%s is no place for reports', uri => {
    expect(readReportPlace(uri)).toBeUndefined()
  })
})

test('the name of the file tells who reports about whom and when (section 5.1)', () => {
  const report = { domain: 'b.example', day: '2026-01-02', reportId: '2026-01-02.0a1b@a.example' }
  expect(reportFileName('a.example', report)).toBe(
    'a.example!b.example!1767312000!1767398399!202601020a1b.json.gz',
  )
})
