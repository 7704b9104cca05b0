/** domain: how each thing that a domain publishes is graded. */
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { WebFetch } from '../../../../src/brand/web-fetch.ts'
import type { DomainFacts, DomainFinding } from '../../../../src/cli/domain/finding.ts'
import { personalName } from '../../../../src/cli/domain/personal-keys.ts'
import { surveyDomain } from '../../../../src/cli/domain/survey.ts'
import { keyRecordText } from '../../../../src/dkim2/key-record.ts'
import { type Zone, type ZoneEntry, zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { readMessage } from '../../../../src/message/message.ts'
import { Issued } from '../../../support/authority.ts'
import { policyFile } from '../../../support/https-host.ts'

const domain = 'origin.example'

interface Surveyed {
  of(kind: string, name?: string): DomainFinding | undefined
}

/** The domain with these records, by label, and files by URL. */
async function survey(
  labels: Readonly<Record<string, readonly ZoneEntry[]>>,
  {
    files,
    authentic = false,
    ...facts
  }: Partial<DomainFacts> & { files?: Record<string, [string, string]>; authentic?: boolean } = {},
): Promise<Surveyed> {
  const zone: Zone = {
    [domain]: labels,
    'mx.origin.example': { '@': [['a', '198.52.100.1']] },
  }
  const fetch: WebFetch = async url => {
    const file = files?.[url.replace(':443/', '/')]
    if (file === undefined) return { kind: 'failed', reason: 'there is no such file' }
    return { kind: 'file', mediaType: file[0], octets: Buffer.from(file[1]) }
  }
  const resolver = zoneResolver(zone, { authentic })
  const findings = await surveyDomain(
    { domain, resolver, fetch, policyPort: 443, selectors: [], now: 1_763_000_100_000, ...facts },
    authentic,
  )
  return {
    of: (kind, name) => findings.find(one => one.kind === kind && (name === undefined || one.name === name)),
  }
}

const mx: ZoneEntry = ['mx', '10 mx.origin.example']

describe('where mail goes', () => {
  test.each<[string, Readonly<Record<string, readonly ZoneEntry[]>>, string, RegExp]>([
    ['one host', { '@': [mx] }, 'good', /one host/],
    ['a null MX alone', { '@': [['mx', '0 .']] }, 'good', /takes no mail \(RFC 7505\)/],
    ['a null MX beside others', { '@': [mx, ['mx', '0 .']] }, 'bad', /section 3/],
    ['a host without an address', { '@': [['mx', '10 no.origin.example']] }, 'bad', /no host/],
    ['an address in place of a name', { '@': [['mx', '10 192.0.2.1']] }, 'bad', /no host/],
    ['one host of two without an address', { '@': [mx, ['mx', '20 no.origin.example']] }, 'weak', /2 hosts/],
    [
      'an address of a network inside',
      { '@': [['mx', '10 in.origin.example']], in: [['a', '10.0.0.1']] },
      'bad',
      /no host/,
    ],
    [
      'an alias',
      { '@': [['mx', '10 al.origin.example']], al: [['cname', 'mx.origin.example']] },
      'weak',
      /one host/,
    ],
    ['an address and no MX', { '@': [['a', '198.52.100.1']] }, 'weak', /address of the domain itself/],
    ['nothing', {}, 'bad', /nobody can answer/],
    ['a name server that fails', { '@': [['temporary', 'no answer']] }, 'unknown', /no answer/],
  ])('%s', async (_, labels, grade, text) => {
    const found = (await survey(labels)).of('MX')
    expect(found).toMatchObject({ grade, text: expect.stringMatching(text) })
  })

  test('SRV that promises TLS, that takes nothing, and that is not there', async () => {
    const srv = async (value: string) => (await survey({ '_smtp-tls._tcp': [['srv', value]] })).of('SRV')
    expect(await srv('0 1 465 mx.origin.example')).toMatchObject({ grade: 'good' })
    expect(await srv('0 0 0 .')).toMatchObject({ grade: 'good', text: 'the domain takes no mail' })
    expect(await srv('0 0 0 mx.origin.example')).toMatchObject({ grade: 'bad' })
    expect((await survey({})).of('SRV')).toMatchObject({ grade: 'absent' })
  })

  test('TLSA counts in signed zones only, and says so', async () => {
    const tlsa: ZoneEntry = ['tlsa', `3 1 1 ${'ab'.repeat(32)}`]
    const labels = { '@': [mx], '_25._tcp.mx': [tlsa] }
    expect((await survey(labels, { authentic: true })).of('TLSA')).toMatchObject({
      grade: 'good',
      isAuthentic: true,
    })
    expect((await survey(labels)).of('TLSA')).toMatchObject({
      grade: 'weak',
      text: 'no DANE: the MX answer is not validated with DNSSEC',
    })
    const useless = { '@': [mx], '_25._tcp.mx': [['tlsa', '1 0 1 abcd'] as const] }
    expect((await survey(useless, { authentic: true })).of('TLSA')).toMatchObject({ grade: 'weak' })
  })
})

describe('who may send', () => {
  test.each<[string, string, string, RegExp]>([
    ['a record that ends with -all', 'v=spf1 mx -all', 'good', /fail; 1 of 10 look-ups/],
    ['everybody', 'v=spf1 +all', 'bad', /every address/],
    ['nothing of others', 'v=spf1 mx', 'weak', /-all or ~all/],
    ['ptr', 'v=spf1 ptr -all', 'weak', /section 5\.5/],
    ['a mistake', 'v=spf1 ipv4:192.0.2.1 -all', 'bad', /permerror/],
    ['too many look-ups', `v=spf1${' a'.repeat(11)} -all`, 'bad', /11 look-ups/],
    [
      'too many that find nothing',
      'v=spf1 a:x.example a:y.example a:z.example -all',
      'bad',
      /3 look-ups find nothing/,
    ],
  ])('%s', async (_, record, grade, text) => {
    const found = (await survey({ '@': [mx, ['a', '198.52.100.1'], ['txt', record]] })).of('SPF')
    expect(found).toMatchObject({ grade, text: expect.stringMatching(text) })
  })

  test('a record that is not there: the line to add depends on whether the domain takes mail', async () => {
    expect((await survey({ '@': [mx] })).of('SPF')?.zoneLines).toEqual([`${domain}. IN TXT "v=spf1 mx -all"`])
    expect((await survey({ '@': [['mx', '0 .']] })).of('SPF')?.zoneLines).toEqual([
      `${domain}. IN TXT "v=spf1 -all"`,
    ])
  })

  test('the tree is shown with what each term costs', async () => {
    const labels = {
      '@': [['txt', 'v=spf1 include:_spf.origin.example -all'] as const],
      _spf: [['txt', 'v=spf1 ip4:192.0.2.1'] as const],
    }
    expect((await survey(labels)).of('SPF')?.details).toEqual([
      'origin.example',
      '  include:_spf.origin.example (1)',
      '    _spf.origin.example',
      '      ip4:192.0.2.1',
      '  -all',
    ])
  })
})

function rsaRecord(bits: number): string {
  return keyRecordText(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey)
}
const ed25519Record = keyRecordText(generateKeyPairSync('ed25519').publicKey)

describe('keys of signatures', () => {
  test.each<[string, string | undefined, string, RegExp]>([
    ['Ed25519', ed25519Record, 'good', /ed25519-sha256; serves DKIM and DKIM2/],
    ['RSA of 1024 bits', rsaRecord(1024), 'weak', /RFC 8301/],
    ['a key in test', ed25519Record.replace('v=DKIM1;', 'v=DKIM1; t=y;'), 'weak', /t=y/],
    ['a revoked key', 'v=DKIM1; p=', 'weak', /revoked/],
    ['what is no key', 'v=DKIM1; p=AAAA', 'bad', /no RSA key/],
    ['nothing', undefined, 'weak', /no key/],
  ])('%s', async (_, record, grade, text) => {
    const labels = record === undefined ? {} : { 'ed._domainkey': [['txt', record] as const] }
    const found = (await survey(labels, { selectors: ['ed'] })).of('DKIM')
    expect(found).toMatchObject({
      name: 'ed._domainkey.origin.example',
      grade,
      text: expect.stringMatching(text),
    })
  })

  test('a message names those of DKIM and of ARC sealers, whoever they are; a missing one is bad then', async () => {
    const message = readMessage(
      Buffer.from(
        'ARC-Seal: i=1; a=rsa-sha256; d=list.example; s=arc; cv=none; b=AA==\r\nDKIM-Signature: v=1; a=ed25519-sha256;\r\n d=origin.example; s=ed; h=From; bh=AA==; b=AA==\r\n\r\n',
      ),
    )
    const found = await survey({ 'ed._domainkey': [['txt', ed25519Record]] }, { message })
    expect(found.of('DKIM')).toMatchObject({ name: 'ed._domainkey.origin.example', grade: 'good' })
    expect(found.of('ARC')).toMatchObject({ name: 'arc._domainkey.list.example', grade: 'bad' })
  })

  test('without a selector it can be said only that there is none at all', async () => {
    expect((await survey({})).of('DKIM')).toMatchObject({
      grade: 'weak',
      text: expect.stringMatching(/nobody can sign/),
    })
    expect((await survey({ 'x._domainkey': [['txt', 'x']] })).of('DKIM')).toMatchObject({ grade: 'unknown' })
  })
})

describe('DMARC', () => {
  test.each<[string, string | undefined, string, RegExp]>([
    ['reject', 'v=DMARC1; p=reject', 'good', /receivers reject/],
    ['none', 'v=DMARC1; p=none', 'weak', /nothing is done/],
    ['in test', 'v=DMARC1; p=reject; t=y', 'weak', /applied as quarantine/],
    ['no record', undefined, 'weak', /anybody can write/],
  ])('%s', async (_, record, grade, text) => {
    const labels = record === undefined ? {} : { _dmarc: [['txt', record] as const] }
    expect((await survey(labels)).of('DMARC')).toMatchObject({ grade, text: expect.stringMatching(text) })
  })

  test('the walk is shown, step by step', async () => {
    const found = (
      await survey({ _dmarc: [['txt', 'v=DMARC1; p=reject; sp=none']] }, { domain: 'a.origin.example' })
    ).of('DMARC')
    expect(found).toMatchObject({ name: '_dmarc.origin.example', text: expect.stringContaining('sp=none') })
    expect(found?.details).toEqual([
      '_dmarc.a.origin.example: none',
      '_dmarc.origin.example: v=DMARC1; p=reject; sp=none',
      '_dmarc.example: none',
    ])
  })

  test('a receiver of reports elsewhere has to say that it takes them (RFC 9990 section 4)', async () => {
    const record: ZoneEntry = [
      'txt',
      'v=DMARC1; p=reject; rua=mailto:d@reports.example,mailto:d@origin.example',
    ]
    const found = await survey({ _dmarc: [record] })
    expect(found.of('DMARC', 'origin.example._report._dmarc.reports.example')).toMatchObject({
      grade: 'weak',
    })
    expect(found.of('DMARC', 'origin.example._report._dmarc.origin.example')).toBeUndefined()
  })
})

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps" viewBox="0 0 1 1"><title>A</title></svg>'

describe('BIMI', () => {
  const labels = (record: string) => ({
    '@': [mx],
    _dmarc: [['txt', 'v=DMARC1; p=reject'] as const],
    'default._bimi': [['txt', record] as const],
  })
  const image = 'https://origin.example/logo.svg'
  const files = (type: string, text: string): Record<string, [string, string]> => ({ [image]: [type, text] })

  test('an image of the profile, without a certificate', async () => {
    const found = (await survey(labels(`v=BIMI1; l=${image}`), { files: files('image/svg+xml', svg) })).of(
      'BIMI',
    )
    expect(found).toMatchObject({
      grade: 'weak',
      text: expect.stringMatching(/^the image is SVG Tiny PS; no certificate/),
    })
  })

  test('an image that is not of the profile', async () => {
    const wrong = svg.replace('<title>A</title>', '<script>1</script><title>A</title>')
    const found = (await survey(labels(`v=BIMI1; l=${image}`), { files: files('image/svg+xml', wrong) })).of(
      'BIMI',
    )
    expect(found?.text).toMatch(/not of the profile SVG Tiny PS: Unallowed element/)
  })

  test('a certificate of an authority that nobody knows does not hold', async () => {
    const own = Issued.root({ names: [domain] }).x509.toString()
    const both = {
      ...files('image/svg+xml', svg),
      'https://origin.example/vmc.pem': ['application/x-pem-file', own] as [string, string],
    }
    const found = (
      await survey(labels(`v=BIMI1; l=${image}; a=https://origin.example/vmc.pem`), { files: both })
    ).of('BIMI')
    expect(found).toMatchObject({
      grade: 'weak',
      text: expect.stringMatching(/the certificate does not hold: /),
    })
  })

  test('a policy that is not enforced shows no image', async () => {
    const lax = { ...labels(`v=BIMI1; l=${image}`), _dmarc: [['txt', 'v=DMARC1; p=none'] as const] }
    expect((await survey(lax)).of('BIMI')?.text).toMatch(/^DMARC must be quarantine or reject/)
  })

  test('declined, and not there', async () => {
    expect((await survey(labels('v=BIMI1; l=; a='))).of('BIMI')).toMatchObject({
      grade: 'good',
      text: expect.stringMatching(/declines/),
    })
    expect((await survey({})).of('BIMI')).toMatchObject({ grade: 'absent' })
  })
})

describe('MTA-STS and TLSRPT', () => {
  const labels = { '@': [mx], '_mta-sts': [['txt', 'v=STSv1; id=1'] as const] }
  const url = 'https://mta-sts.origin.example/.well-known/mta-sts.txt'

  test.each<[string, [string, string] | undefined, string, RegExp]>([
    ['enforced', ['text/plain', policyFile('enforce', ['*.origin.example'])], 'good', /insist on TLS/],
    [
      'a policy that does not name the host',
      ['text/plain', policyFile('enforce', ['x.example'])],
      'bad',
      /does not name mx\.origin\.example/,
    ],
    ['in test', ['text/plain', policyFile('testing', ['mx.origin.example'])], 'weak', /reported only/],
    ['a policy that is HTML', ['text/html', '<p>'], 'weak', /not text\/plain/],
    ['a policy that is none', ['text/plain', 'mode: maybe'], 'weak', /ignored/],
    ['no policy', undefined, 'weak', /cannot be fetched: there is no such file/],
  ])('%s', async (_, file, grade, text) => {
    const found = await survey(labels, file === undefined ? {} : { files: { [url]: file } })
    expect(found.of('MTA-STS')).toMatchObject({ grade, text: expect.stringMatching(text) })
  })

  test('TLSRPT with an address, without, and not there', async () => {
    const of = async (text: string) => (await survey({ '_smtp._tls': [['txt', text]] })).of('TLSRPT')?.grade
    expect(await of('v=TLSRPTv1; rua=mailto:t@origin.example')).toBe('good')
    expect(await of('v=TLSRPTv1;')).toBe('weak')
    expect((await survey({})).of('TLSRPT')).toMatchObject({
      grade: 'absent',
      zoneLines: ['_smtp._tls.origin.example. IN TXT "v=TLSRPTv1; rua=mailto:postmaster@origin.example"'],
    })
  })
})

describe('keys of a person', () => {
  const address = 'Hugh@origin.example'

  test('the name is the hash of the local part as it is written (RFC 8162 section 3, RFC 7929 section 3)', () => {
    // The example of RFC 7929 section 3.
    expect(personalName('hugh@example.com', '_openpgpkey')).toBe(
      'c93f1e400f26708f98cb19d936620da35eec8f72e57f9eec01c1afd6._openpgpkey.example.com',
    )
    expect(personalName('Hugh@example.com', '_smimecert')).not.toContain('c93f1e400f26708f98cb19d9')
  })

  test('a certificate says whose it is; without DNSSEC it is worth nothing', async () => {
    const { raw } = Issued.root({ title: 'Hugh' }).x509
    const label = personalName(address, '_smimecert').replace(/\.origin\.example$/, '')
    const labels = { [label]: [['smimea', `030000${raw.toString('hex')}`] as const] }
    const found = async (authentic: boolean) => (await survey(labels, { address, authentic })).of('SMIMEA')
    expect(await found(true)).toMatchObject({
      grade: 'good',
      text: expect.stringMatching(/^the certificate of CN=Hugh, until /),
    })
    expect(await found(false)).toMatchObject({ grade: 'weak', text: expect.stringMatching(/DNSSEC/) })
  })

  test.each([
    ['of another length than its hash has', '0300010102'],
    ['of a usage that does not exist', '090000'],
    ['that holds no certificate', '030000ffff'],
  ])('a record %s is bad', async (_, hexadecimal) => {
    const label = personalName(address, '_smimecert').replace(/\.origin\.example$/, '')
    expect((await survey({ [label]: [['smimea', hexadecimal]] }, { address })).of('SMIMEA')).toMatchObject({
      grade: 'bad',
    })
  })

  test('nobody is asked for where no address is named', async () => {
    expect((await survey({})).of('SMIMEA')).toBeUndefined()
    expect((await survey({}, { address })).of('OPENPGPKEY')).toMatchObject({ grade: 'absent' })
  })
})
