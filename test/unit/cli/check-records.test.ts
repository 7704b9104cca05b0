/** check: the records of the relay and its domains beside the keys. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../../src/config/schema.ts'
import { reverseName } from '../../../src/dns/reverse-name.ts'
import type { Zone } from '../../../src/dns/zone-resolver.ts'
import type { OwnRecord } from '../../../src/service/own-records/own-record.ts'
import { certificateFor } from '../../support/certificates.ts'
import { relay } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

// A module is read once only: every configuration has a file of its own.
let files = 0

function file(name: string, text: string): string {
  const path = join(folder, `${++files}-${name}`)
  writeFileSync(path, text)
  return path
}

const shown = certificateFor(['relay.example'], { days: 10_000, agoDays: 9_000 })
const pair = { certificateFile: file('cert.pem', shown.cert), keyFile: file('key.pem', shown.key) }
const keyHash = createHash('sha256')
  .update(new X509Certificate(shown.cert).publicKey.export({ type: 'spki', format: 'der' }))
  .digest('hex')

const both: RelayConfigInput['listeners'] = [
  { name: 'mx', port: 25, tls: 'starttls', certificate: pair },
  { name: 'smtps', port: 842, tls: 'implicit', certificate: pair },
]

interface Checked {
  readonly status: number
  readonly records: readonly OwnRecord[]
  of(kind: string, name?: string): OwnRecord | undefined
}

async function check(
  zone: Zone,
  listeners = both,
  changes: Partial<RelayConfigInput> = {},
): Promise<Checked> {
  const config: RelayConfigInput = {
    hostname: 'relay.example',
    keysDirectory: join(folder, 'none'),
    postmaster: 'p@alias.example',
    listeners,
    domains: { 'alias.example': { aliases: { p: ['p@origin.example'] } } },
    ...changes,
  }
  const args = ['--config', file('config.ts', `export default ${JSON.stringify(config)}`)]
  const { status, out } = await relay([
    'check',
    '--json',
    '--dns',
    file('zone.json', JSON.stringify(zone)),
    ...args,
  ])
  const { records } = JSON.parse(out) as { records: OwnRecord[] }
  return {
    status,
    records,
    of: (kind, name) => records.find(one => one.kind === kind && (name ?? one.name) === one.name),
  }
}

const reachable: Zone = {
  'relay.example': {
    '@': [
      ['a', '192.0.2.1'],
      ['aaaa', '2001:db8::1'],
    ],
  },
  'alias.example': { '@': [['mx', '10 relay.example']] },
}

/** The name at both addresses of the relay. */
function named(name: string): Zone {
  return {
    [reverseName('192.0.2.1')]: { '@': [['ptr', name]] },
    [reverseName('2001:db8::1')]: { '@': [['ptr', name]] },
  }
}

function withRecords(labels: Zone[string]): Zone {
  return { ...reachable, 'alias.example': { ...reachable['alias.example'], ...labels } }
}

test('without anything: addresses and MX break mail, the rest is worth having; every zone line is there', async () => {
  const { status, records } = await check({})
  expect(status).toBe(1)
  expect(records.filter(({ breaksMail }) => breaksMail).map(({ kind }) => kind)).toEqual(['addresses', 'MX'])
  expect(
    records.flatMap(({ zoneLines }) => zoneLines).map(line => line.replace(/id=\d{14}/, 'id=TIME')),
  ).toEqual([
    'relay.example. IN A ADDRESS',
    'relay.example. IN AAAA ADDRESS',
    `_25._tcp.relay.example. IN TLSA 3 1 1 ${keyHash}`,
    `_842._tcp.relay.example. IN TLSA 3 1 1 ${keyHash}`,
    'relay.example. IN TXT "v=spf1 a -all"',
    'alias.example. IN MX 10 relay.example.',
    '_smtp-tls._tcp.alias.example. IN SRV 10 1 25 relay.example.',
    '_smtp-tls._tcp.alias.example. IN SRV 0 1 842 relay.example.',
    'alias.example. IN TXT "v=spf1 a:relay.example mx -all"',
    '_dmarc.alias.example. IN TXT "v=DMARC1; p=none; rua=mailto:p@alias.example"',
    '_mta-sts.alias.example. IN TXT "v=STSv1; id=TIME"',
    '_smtp._tls.alias.example. IN TXT "v=TLSRPTv1; rua=mailto:p@alias.example"',
  ])
})

test('what is only worth having is no error', async () => {
  expect((await check(reachable)).status).toBe(0)
})

test('all records as the lines say are all well', async () => {
  const zone = {
    'relay.example': {
      '@': [...(reachable['relay.example']?.['@'] ?? []), ['txt', 'v=spf1 a -all']],
      '_25._tcp': [['tlsa', `3 1 1 ${keyHash}`]],
      '_842._tcp': [['tlsa', `3 1 1 ${keyHash}`]],
    },
    'alias.example': {
      '@': [
        ['mx', '10 relay.example'],
        ['txt', 'v=spf1 a:relay.example mx -all'],
      ],
      _dmarc: [['txt', 'v=DMARC1; p=none; rua=mailto:p@alias.example']],
      '_mta-sts': [['txt', 'v=STSv1; id=20261122']],
      '_smtp._tls': [['txt', 'v=TLSRPTv1; rua=mailto:p@alias.example']],
    },
    ...named('relay.example'),
  } as Zone
  const { status, records } = await check(zone)
  expect(records.filter(({ state }) => state !== 'ok').map(({ kind }) => kind)).toEqual(['SRV'])
  expect(status).toBe(0)
})

describe('MX', () => {
  test('that leads elsewhere is told, a null MX breaks mail, DNS that fails is unknown', async () => {
    const elsewhere = await check(withRecords({ '@': [['mx', '10 other.example']] }))
    expect(elsewhere.of('MX')).toMatchObject({
      state: 'different',
      breaksMail: false,
      found: ['10 other.example'],
    })
    expect((await check(withRecords({ '@': [['mx', '0 .']] }))).of('MX')).toMatchObject({ breaksMail: true })
    expect((await check(withRecords({ '@': [['temporary', 'down']] }))).of('MX')).toMatchObject({
      state: 'unknown',
    })
  })
})

describe('SRV', () => {
  const service = (...records: readonly string[]) =>
    withRecords({
      '@': [['mx', '10 relay.example']],
      '_smtp-tls._tcp': records.map(record => ['srv', record]),
    })

  test.each([
    ['a port without a listener', '0 1 843 relay.example', 'no listener has port 843'],
    ['a certificate that no authority vouches for', '0 1 842 relay.example', 'self-signed'],
  ])('%s keeps mail away', async (_name, record, text) => {
    const { status, of } = await check(service(record))
    expect(of('SRV')).toMatchObject({
      state: 'different',
      breaksMail: true,
      text: expect.stringContaining(text),
    })
    expect(status).toBe(1)
  })

  test('a listener without TLS on that port keeps mail away', async () => {
    const { of } = await check(service('0 1 842 relay.example'), [{ name: 'mx', port: 842, tls: 'none' }])
    expect(of('SRV')).toMatchObject({ breaksMail: true, text: expect.stringContaining("tls: 'none'") })
  })

  test('one that leads elsewhere is told; the target . breaks mail', async () => {
    expect((await check(service('0 1 842 other.example'))).of('SRV')).toMatchObject({ breaksMail: false })
    expect((await check(service('0 0 0 .'))).of('SRV')).toMatchObject({ breaksMail: true })
  })
})

test('SPF that refuses an address of the relay breaks mail, and the addresses are named', async () => {
  const { of } = await check(
    withRecords({
      '@': [
        ['mx', '10 relay.example'],
        ['txt', 'v=spf1 ip4:192.0.2.1 -all'],
      ],
    }),
  )
  expect(of('SPF', 'alias.example')).toMatchObject({
    state: 'different',
    breaksMail: true,
    text: expect.stringContaining('2001:db8::1 (fail)'),
  })
})

test('SPF of the name in EHLO is asked for by those who get reports (RFC 7208 section 2.4)', async () => {
  const zone: Zone = {
    ...reachable,
    'relay.example': {
      '@': [
        ['a', '192.0.2.1'],
        ['txt', 'v=spf1 ip4:192.0.2.7 -all'],
      ],
    },
  }
  expect((await check(zone)).of('SPF', 'relay.example')).toMatchObject({
    state: 'different',
    breaksMail: true,
  })
})

describe('names of the addresses that the relay sends from', () => {
  const state = async (zone: Zone) => (await check({ ...reachable, ...zone })).of('PTR')

  test('its own name is good, none is missing, and each address has a record of its own', async () => {
    const name = '1.2.0.192.in-addr.arpa'
    expect(await state(named('relay.example'))).toMatchObject({ name, state: 'ok' })
    expect(await state({})).toMatchObject({
      name,
      state: 'missing',
      zoneLines: [`${name}. IN PTR relay.example.`],
    })
    expect((await check(reachable)).records.filter(({ kind }) => kind === 'PTR')).toHaveLength(2)
  })

  test('another name will do if it leads back, and one that does not is told', async () => {
    const host: Zone = { 'h.isp.example': { '@': [['a', '192.0.2.1']] } }
    expect(await state({ ...named('h.isp.example'), ...host })).toMatchObject({
      state: 'different',
      text: expect.stringContaining('it will do'),
    })
    expect(await state(named('h.isp.example'))).toMatchObject({
      state: 'different',
      text: expect.stringContaining('does not lead back'),
    })
  })
})

describe('an address that mail leaves from', () => {
  const leaving = { delivery: { outgoing: { ipv4: '127.0.0.2', families: 'ipv4-only' } } } as const
  const spf = (text: string): Zone =>
    withRecords({
      '@': [
        ['mx', '10 relay.example'],
        ['txt', text],
      ],
    })
  const pointing = (name: string): Zone => ({
    '127.in-addr.arpa': { '2.0.0': [['ptr', `${name}.`]] },
    'out.example': { '@': [['a', '127.0.0.2']] },
  })

  test('is what SPF is held against, and not the name of the relay', async () => {
    const refused = await check(spf('v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all'), both, leaving)
    expect(refused.of('SPF', 'alias.example')?.text).toContain('does not speak for 127.0.0.2 (fail):')
    const fine = await check(spf('v=spf1 ip4:127.0.0.2 -all'), both, leaving)
    expect(fine.of('SPF', 'alias.example')?.state).toBe('ok')
  })

  test.each([
    ['ok', 'out.example', 'out.example', 'lead to each other'],
    ['different', 'out.example', 'other.example', '127.0.0.2 has another name than other.example'],
    ['different', 'nowhere.example', 'nowhere.example', 'nowhere.example does not lead back to 127.0.0.2'],
  ])('has a name: %s where PTR says %s and EHLO %s', async (state, pointer, ehloName, text) => {
    const outgoing = { ...leaving.delivery.outgoing, ehloName }
    const { of } = await check({ ...reachable, ...pointing(pointer) }, both, { delivery: { outgoing } })
    expect(of('PTR')).toMatchObject({
      name: '2.0.0.127.in-addr.arpa',
      state,
      breaksMail: false,
      text: expect.stringContaining(text),
    })
  })

  test('without a name is told, with the line to publish', async () => {
    const { of } = await check(reachable, both, leaving)
    expect(of('PTR')).toMatchObject({
      state: 'missing',
      zoneLines: ['2.0.0.127.in-addr.arpa. IN PTR relay.example.'],
    })
  })
})

describe('DMARC', () => {
  const found = async (text: string) => (await check(withRecords({ _dmarc: [['txt', text]] }))).of('DMARC')

  test('a policy is told as it is applied', async () => {
    expect(await found('v=DMARC1; p=reject')).toMatchObject({ state: 'ok', text: 'p=reject for what fails' })
    expect((await found('v=DMARC1; p=reject; t=y'))?.text).toContain('applied as quarantine')
    expect((await found('v=DMARC1; p=none'))?.text).toContain('reported only')
  })

  test('a record that asks for nothing is not one', async () => {
    expect(await found('v=DMARC1; p=maybe')).toMatchObject({
      state: 'different',
      found: ['v=DMARC1; p=maybe'],
    })
  })

  test('that of the domain above counts, and where it stands is said', async () => {
    const zone: Zone = { ...reachable, example: { _dmarc: [['txt', 'v=DMARC1; p=quarantine']] } }
    expect((await check(zone)).of('DMARC')).toMatchObject({ name: '_dmarc.example', state: 'ok' })
  })
})

test('TLSA that the certificate does not match breaks mail', async () => {
  const zone: Zone = {
    ...reachable,
    'relay.example': { ...reachable['relay.example'], '_25._tcp': [['tlsa', `3 1 1 ${'ab'.repeat(32)}`]] },
  }
  const { status, of } = await check(zone)
  expect(of('TLSA')).toMatchObject({ name: '_25._tcp.relay.example', state: 'different', breaksMail: true })
  expect(status).toBe(1)
})

test('as text, the lines stand under what they are good for', async () => {
  const config = {
    hostname: 'relay.example',
    listeners: both,
    domains: { 'alias.example': { aliases: { p: ['p@origin.example'] } } },
    keysDirectory: folder,
  }
  const args = ['--config', file('config.ts', `export default ${JSON.stringify(config)}`)]
  const { out } = await relay(['check', '--dns', file('zone.json', '{}'), ...args])
  expect(out).toContain('Mail breaks without these; publish:\nrelay.example. IN A ADDRESS\n')
  expect(out).toMatch(/Worth publishing:\n_25\._tcp\.relay\.example\. IN TLSA 3 1 1 /)
  expect(out).toMatch(/^MX +alias\.example +missing, breaks mail: /m)
})
