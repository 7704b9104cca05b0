import { describe, expect, test } from 'vitest'
import { isUsable } from '../../../src/discover/dane.ts'
import { findNextHops } from '../../../src/discover/find-next-hops.ts'
import type { DiscoverSettings, Discovery, SmtpHop } from '../../../src/discover/next-hop.ts'
import type { Answer, Resolver, TlsaRecord } from '../../../src/dns/resolver.ts'
import { type Zone, zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { Issued } from '../../support/authority.ts'
import { tlsaOf } from '../../support/tlsa.ts'
import { contextOf } from './settings.ts'

const digest = '00'.repeat(32)
const longDigest = '00'.repeat(64)

type Entry = readonly [string, string]

/** d.example with the MX mail.d.example, and TLSA records for it. */
function zoneWith(tlsa: readonly Entry[], mail: readonly Entry[] = [['a', '198.52.100.1']]): Zone {
  return {
    'd.example': { '@': [['mx', '10 mail.d.example']], mail, '_25._tcp.mail': tlsa },
    'host.example': { '@': [['a', '198.52.100.7']] },
  }
}

/** Answers of the zone, validated but for those of the types named. */
function resolverOf(zone: Zone, insecure: readonly (keyof Resolver)[] = []): Resolver {
  const plain = zoneResolver(zone)
  const overrides = insecure.map(type => [type, plain[type]])
  return { ...zoneResolver(zone, { authentic: true }), ...Object.fromEntries(overrides) }
}

function find(
  zone: Zone,
  { insecure, ...settings }: Partial<DiscoverSettings> & { insecure?: readonly (keyof Resolver)[] } = {},
): Promise<Discovery> {
  return findNextHops('d.example', { ...contextOf(zone, settings), resolver: resolverOf(zone, insecure) })
}

function first(found: Discovery): SmtpHop {
  const hop = found.kind === 'hops' ? found.hops[0] : undefined
  if (hop?.kind !== 'smtp') throw new Error(`no SMTP hop: ${JSON.stringify(found)}`)
  return hop
}

const endEntity: Entry = ['tlsa', `3 1 1 ${digest}`]

describe('TLSA records of a host that MX names', () => {
  test('make TLS mandatory, and tell the names and the records', async () => {
    expect(first(await find(zoneWith([endEntity])))).toMatchObject({
      tls: 'starttls-required',
      policy: {
        kind: 'dane',
        name: '_25._tcp.mail.d.example',
        baseDomain: 'mail.d.example',
        records: [{ usage: 3, selector: 1, matchingType: 1 }],
        certificateNames: ['mail.d.example', 'd.example'],
      },
    })
  })

  test.each(['mx', 'addresses', 'tlsa'] as const)('do not count where %s is not validated', async type => {
    const hop = first(await find(zoneWith([endEntity]), { insecure: [type] }))
    expect(hop).toMatchObject({ tls: 'starttls-if-offered', policy: { kind: 'none' } })
  })

  test('that nobody publishes change nothing, and the reason is told', async () => {
    expect(first(await find(zoneWith([])))).toMatchObject({
      tls: 'starttls-if-offered',
      policy: { kind: 'none', reason: 'no DANE: no TLSA records at _25._tcp.mail.d.example' },
    })
  })

  test('that cannot be looked up keep the host from being used; another host is used', async () => {
    const broken = zoneWith([['temporary', 'bogus']])
    expect(await find(broken)).toEqual({
      kind: 'temporary',
      reason: 'DNS TLSA _25._tcp.mail.d.example: bogus',
    })
    const backup: Zone = {
      'd.example': {
        ...broken['d.example'],
        '@': [
          ['mx', '10 mail.d.example'],
          ['mx', '20 host.example'],
        ],
      },
      'host.example': { '@': [['a', '198.52.100.7']] },
    }
    expect(await find(backup)).toMatchObject({ kind: 'hops', hops: [{ host: 'host.example' }] })
  })

  test('that cannot be looked up do not hide that the host is this relay, and that what is worse leads back', async () => {
    const zone = zoneWith([['temporary', 'bogus']], [['a', '193.0.2.250']])
    const worse: Zone = {
      'd.example': {
        ...zone['d.example'],
        '@': [
          ['mx', '10 mail.d.example'],
          ['mx', '20 host.example'],
        ],
      },
      'host.example': { '@': [['a', '198.52.100.7']] },
    }
    expect(await find(worse)).toMatchObject({ kind: 'permanent', status: '5.4.6' })
  })

  test('none of which can be used demand TLS without authentication (RFC 7672 section 2.2)', async () => {
    const unusable: readonly Entry[] = [
      ['tlsa', `0 1 1 ${digest}`],
      ['tlsa', `1 1 1 ${digest}`],
      ['tlsa', `3 2 1 ${digest}`],
      ['tlsa', `3 1 3 ${digest}`],
      ['tlsa', '3 1 1 0011'],
    ]
    const hop = first(await find(zoneWith(unusable)))
    expect(hop).toMatchObject({ tls: 'starttls-required', policy: { kind: 'dane', records: [] } })
    expect(hop).not.toHaveProperty('certificateNames')
  })

  test('with two digests of the same: the stronger counts (RFC 7671 section 9)', async () => {
    const both: readonly Entry[] = [
      ['tlsa', `3 1 1 ${digest}`],
      ['tlsa', `3 1 2 ${longDigest}`],
      ['tlsa', `2 1 1 ${digest}`],
    ]
    const { policy } = first(await find(zoneWith(both)))
    const kept = policy?.kind === 'dane' ? policy.records : []
    expect(kept.map(record => [record.usage, record.matchingType])).toEqual([
      [3, 2],
      [2, 1],
    ])
  })
})

describe('a host that is an alias (RFC 7672 section 2.2.3)', () => {
  const alias: readonly Entry[] = [['cname', 'host.example']]

  test('has its records at the end of the alias', async () => {
    const zone: Zone = {
      ...zoneWith([['tlsa', `3 0 1 ${digest}`]], alias),
      'host.example': { '@': [['a', '198.52.100.7']], '_25._tcp': [endEntity] },
    }
    expect(first(await find(zone))).toMatchObject({
      policy: {
        baseDomain: 'host.example',
        records: [{ selector: 1 }],
        certificateNames: ['host.example', 'mail.d.example', 'd.example'],
      },
    })
  })

  test('has them at its own name where there are none', async () => {
    expect(first(await find(zoneWith([endEntity], alias)))).toMatchObject({
      policy: { kind: 'dane', baseDomain: 'mail.d.example' },
    })
  })
})

describe('a host that is an alias out of signed zones (RFC 7672 section 2.1.3)', () => {
  const alias: readonly Entry[] = [['cname', 'host.example']]

  test('has its records at its own name, if the alias itself is validated', async () => {
    const zone: Zone = {
      ...zoneWith([endEntity], alias),
      'host.example': { '@': [['a', '198.52.100.7']], '_25._tcp': [['tlsa', `3 0 1 ${digest}`]] },
    }
    expect(first(await find(zone, { insecure: ['addresses'] }))).toMatchObject({
      policy: { kind: 'dane', baseDomain: 'mail.d.example', records: [{ selector: 1 }] },
    })
    expect(first(await find(zone, { insecure: ['addresses', 'alias'] }))).toMatchObject({
      policy: { kind: 'none' },
    })
  })
})

describe('a host that SRV names (RFC 7673)', () => {
  function service(port: number, tlsa: readonly Entry[]): Zone {
    return {
      'd.example': { '_smtp-tls._tcp': [['srv', `0 0 ${port} mail.d.example`]] },
      'mail.d.example': { '@': [['a', '198.52.100.1']], [`_${port}._tcp`]: tlsa },
    }
  }

  test.each([
    [842, 'implicit'],
    [25, 'starttls-required'],
  ] as const)('has its records at port %d, and they take the place of authorities', async (port, tls) => {
    const hop = first(await find(service(port, [endEntity])))
    expect(hop).toMatchObject({ tls, policy: { kind: 'dane', name: `_${port}._tcp.mail.d.example` } })
    expect(hop).not.toHaveProperty('certificateNames')
  })

  test('keeps the demands of SRV where SRV is not validated, or no record can be used', async () => {
    const names = { certificateNames: ['mail.d.example', 'd.example'], policy: { kind: 'none' } }
    expect(first(await find(service(842, [endEntity]), { insecure: ['srv'] }))).toMatchObject(names)
    expect(first(await find(service(842, [['tlsa', `1 1 1 ${digest}`]])))).toMatchObject(names)
  })
})

test('a domain that is its own host has its records there', async () => {
  const zone: Zone = { 'd.example': { '@': [['a', '198.52.100.1']], '_25._tcp': [endEntity] } }
  expect(first(await find(zone))).toMatchObject({
    source: 'address',
    tls: 'starttls-required',
    policy: { kind: 'dane', certificateNames: ['d.example'] },
  })
})

test('the records are looked for at the port that is connected to', async () => {
  const zone: Zone = { 'd.example': { '@': [['a', '198.52.100.1']], '_2525._tcp': [endEntity] } }
  expect(first(await find(zone, { smtpPort: 2525 })).policy?.kind).toBe('dane')
})

test('without a validating resolver TLSA is not even asked for', async () => {
  const zone = zoneWith([endEntity])
  const asked: string[] = []
  const resolver: Resolver = {
    ...zoneResolver(zone),
    tlsa: async (name): Promise<Answer<TlsaRecord>> => {
      asked.push(name)
      return { kind: 'absent' }
    },
  }
  const found = await findNextHops('d.example', { ...contextOf(zone), resolver })
  expect([first(found).tls, asked]).toEqual(['starttls-if-offered', []])
})

describe('records that can be used', () => {
  const { x509 } = Issued.root()
  const numbers = [0, 1, 2, 3].flatMap(usage =>
    [0, 1, 2].flatMap(selector => [0, 1, 2, 3].map(matching => [usage, selector, matching] as const)),
  )

  test.each(numbers)('%d %d %d', (usage, selector, matchingType) => {
    const record = { ...tlsaOf(x509, usage, selector === 0 ? 0 : 1, matchingType), selector }
    const expected = usage >= 2 && selector <= 1 && matchingType <= 2
    expect(isUsable(record)).toBe(expected)
  })

  test('hold a certificate or a public key where they hold the whole', () => {
    for (const selector of [0, 1]) {
      expect(isUsable({ usage: 3, selector, matchingType: 0, association: Buffer.from('no DER') })).toBe(
        false,
      )
    }
  })
})
