/** What a message that requires TLS, or waives the policies, makes of next hops (RFC 8689 section 4.2). */
import { describe, expect, test } from 'vitest'
import { findNextHops } from '../../../src/discover/find-next-hops.ts'
import type { Discovery, SmtpHop } from '../../../src/discover/next-hop.ts'
import { requiringTls } from '../../../src/discover/require-tls.ts'
import { type Zone, zoneResolver } from '../../../src/dns/zone-resolver.ts'
import { contextOf } from './settings.ts'

const digest = '00'.repeat(32)
const hop: SmtpHop = {
  kind: 'smtp',
  host: 'mx.d.example',
  address: '198.52.100.1',
  family: 4,
  port: 25,
  tls: 'starttls-if-offered',
  source: 'mx',
}

function secured(changes: Partial<SmtpHop>): Discovery {
  return requiringTls('d.example', { kind: 'hops', hops: [{ ...hop, ...changes }] })
}

describe('a message that requires TLS goes to a host whose name is known', () => {
  test.each([
    ['by DNSSEC', { isNameAuthentic: true } as const, ['mx.d.example']],
    ['as the domain itself', { source: 'address', host: 'd.example' } as const, ['d.example']],
    ['by a route', { source: 'route' } as const, ['mx.d.example']],
    [
      'by SRV, for the domain',
      { source: 'srv', certificateNames: ['mx.d.example', 'd.example'] } as const,
      ['d.example'],
    ],
  ])('%s: TLS and a certificate for that name', (_how, changes, certificateNames) => {
    expect(secured(changes)).toMatchObject({
      hops: [{ tls: 'starttls-required', certificateNames }],
    })
  })

  test.each([
    ['a name that only MX says', {}],
    ['a route without TLS', { source: 'route', tls: 'none' } as const],
    [
      'a name that an MTA-STS policy does not know',
      {
        policy: {
          kind: 'mta-sts',
          mode: 'testing',
          domain: 'd.example',
          id: '1',
          lines: [],
          mx: ['other.d.example'],
          namesHost: false,
        },
      } as const,
    ],
  ])('%s is not enough', (_what, changes) => {
    expect(secured(changes)).toMatchObject({ kind: 'permanent', status: '5.7.10' })
  })
})

describe('DANE', () => {
  const zone = (tlsa: readonly [string, string]): Zone => ({
    'd.example': {
      '@': [['mx', '10 mail.d.example']],
      mail: [['a', '198.52.100.1']],
      '_25._tcp.mail': [tlsa],
    },
  })
  const context = (tlsa: readonly [string, string]) => ({
    ...contextOf({}),
    resolver: zoneResolver(zone(tlsa), { authentic: true }),
  })

  test('says which certificate it is: no name is asked for besides', async () => {
    const found = requiringTls(
      'd.example',
      await findNextHops('d.example', context(['tlsa', `3 1 1 ${digest}`])),
    )
    const [first] = found.kind === 'hops' ? found.hops : []
    expect(first).toMatchObject({ tls: 'starttls-required', policy: { kind: 'dane' } })
    expect(first).not.toHaveProperty('certificateNames')
  })

  test('is left aside for a message that waives the policies', async () => {
    const waiving = { ...context(['tlsa', `3 1 1 ${digest}`]), waivesPolicies: true }
    expect(await findNextHops('d.example', waiving)).toMatchObject({
      hops: [{ tls: 'starttls-if-offered', policy: { kind: 'none' } }],
    })
  })

  test('whose records cannot be found out is told, to be counted as dnssec-invalid (RFC 8460 section 4.3.2.1)', async () => {
    const told: object[] = []
    const watched = { ...context(['temporary', 'bogus']), daneUnknown: (failed: object) => told.push(failed) }
    await findNextHops('d.example', watched)
    expect(told).toEqual([{ domain: 'd.example', host: 'mail.d.example' }])
  })
})
