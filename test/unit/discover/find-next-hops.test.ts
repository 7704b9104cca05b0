import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNextHops } from '../../../src/discover/find-next-hops.ts'
import type { Zone } from '../../../src/dns/zone-resolver.ts'
import { contextOf, find, hopsOf, seededRandom } from './settings.ts'

const mx: Zone = {
  'd.example': {
    '@': [
      ['mx', '20 backup.d.example'],
      ['mx', '10 mail.d.example'],
      ['a', '198.52.100.9'],
    ],
    mail: [['a', '198.52.100.1']],
    backup: [['a', '198.52.100.2']],
  },
}

function domainWith(...entries: readonly (readonly [string, string])[]): Zone {
  return { 'd.example': { '@': entries, mail: [['a', '198.52.100.1']], backup: [['a', '198.52.100.2']] } }
}

describe('step 1, a configured route', () => {
  const route = { kind: 'smtp', host: '127.0.0.1', port: 2525, tls: 'none' } as const

  test('wins over DNS, and may name a private address', async () => {
    const found = await find('d.example', mx, { routes: { 'd.example': route } })
    expect(found).toEqual({
      kind: 'hops',
      hops: [{ ...route, address: '127.0.0.1', family: 4, source: 'route' }],
    })
  })

  test('counts for its domain only, and names of Object.prototype are no routes', async () => {
    const routes = { 'e.example': route }
    expect(hopsOf(await find('d.example', mx, { routes }))[0]).toContain('mail.d.example')
    expect(await find('constructor', mx, { routes })).toMatchObject({ kind: 'permanent', status: '5.1.2' })
  })

  test('with a host name goes to its addresses; localhost is not asked of DNS', async () => {
    const named = {
      'e.example': { ...route, host: 'mail.d.example' },
      'f.example': { ...route, host: 'localhost' },
    }
    expect(hopsOf(await find('e.example', mx, { routes: named }))).toEqual([
      'mail.d.example 198.52.100.1:2525 none',
    ])
    expect(hopsOf(await find('f.example', mx, { routes: named }))).toEqual([
      'localhost ::1:2525 none',
      'localhost 127.0.0.1:2525 none',
    ])
  })

  test('whose host has no address is a permanent failure, one that cannot be looked up a temporary one', async () => {
    const routes = {
      'e.example': { ...route, host: 'gone.example' },
      'f.example': { ...route, host: 'down.example' },
    }
    const zone: Zone = { 'down.example': { '@': [['temporary', 'down']] } }
    expect(await find('e.example', zone, { routes })).toMatchObject({ kind: 'permanent', status: '5.4.4' })
    expect(await find('f.example', zone, { routes })).toMatchObject({ kind: 'temporary' })
  })

  test('to a folder is a file hop', async () => {
    const routes = { 'd.example': { kind: 'file', folder: '/inbox' } } as const
    expect(hopsOf(await find('d.example', mx, { routes }))).toEqual(['file:/inbox'])
  })

  test('keeps the names that its certificate must show', async () => {
    const routes = { 'd.example': { ...route, tls: 'implicit', certificateNames: ['mx.example'] } } as const
    expect(await find('d.example', mx, { routes })).toMatchObject({
      hops: [{ certificateNames: ['mx.example'] }],
    })
  })
})

describe('step 2, SRV of _smtp-tls._tcp', () => {
  function service(...records: readonly string[]): Zone {
    return {
      'd.example': {
        '@': [['mx', '10 mail.d.example']],
        '_smtp-tls._tcp': records.map(record => ['srv', record] as const),
        mail: [['a', '198.52.100.1']],
        tls: [['a', '198.52.100.3']],
      },
    }
  }

  test('wins over MX; port 25 means STARTTLS, every other port implicit TLS', async () => {
    const zone = service('20 0 25 mail.d.example', '10 0 842 tls.d.example')
    expect(hopsOf(await find('d.example', zone))).toEqual([
      'tls.d.example 198.52.100.3:842 implicit',
      'mail.d.example 198.52.100.1:25 starttls-required',
    ])
  })

  test('demands a certificate for the target or the domain, unless a setting relaxes it', async () => {
    const zone = service('10 0 842 tls.d.example')
    expect(await find('d.example', zone)).toMatchObject({
      hops: [{ source: 'srv', preference: 10, certificateNames: ['tls.d.example', 'd.example'] }],
    })
    const relaxed = await find('d.example', zone, { serviceCertificates: 'encrypt-only' })
    expect(relaxed).not.toHaveProperty('hops.0.certificateNames')
  })

  test("a single target '.' is a permanent failure, MX is not asked", async () => {
    expect(await find('d.example', service('0 0 0 .'))).toMatchObject({ kind: 'permanent', status: '5.1.10' })
  })

  test('that cannot be looked up is a temporary failure, MX is not asked', async () => {
    const zone: Zone = {
      'd.example': { '@': [['mx', '10 mail.d.example']], '_smtp-tls._tcp': [['temporary', 'down']] },
    }
    expect(await find('d.example', zone)).toEqual({
      kind: 'temporary',
      reason: 'DNS SRV _smtp-tls._tcp.d.example: down',
    })
  })

  test('can be left out by a setting', async () => {
    const zone = service('10 0 842 tls.d.example')
    expect(hopsOf(await find('d.example', zone, { useServiceRecords: false }))[0]).toContain('mail.d.example')
  })
})

describe('step 3, MX', () => {
  test('hosts come by preference, with STARTTLS when offered', async () => {
    expect(hopsOf(await find('d.example', mx))).toEqual([
      'mail.d.example 198.52.100.1:25 starttls-if-offered',
      'backup.d.example 198.52.100.2:25 starttls-if-offered',
    ])
  })

  test('STARTTLS is required when the settings say so', async () => {
    expect(hopsOf(await find('d.example', mx, { requireTls: true }))[0]).toContain('starttls-required')
  })

  test('hosts of equal preference are shuffled, both orders equally often', async () => {
    const zone = domainWith(['mx', '10 mail.d.example'], ['mx', '10 backup.d.example'])
    const context = { ...contextOf(zone), random: seededRandom(7) }
    const firsts = await Promise.all(Array.from({ length: 1_000 }, () => findNextHops('d.example', context)))
    const mails = firsts.filter(found => hopsOf(found)[0]?.startsWith('mail')).length
    expect(mails).toBeGreaterThan(450)
    expect(mails).toBeLessThan(550)
  })

  test('null MX is a permanent failure, although the domain has an address', async () => {
    const found = await find('d.example', domainWith(['mx', '0 .'], ['a', '198.52.100.9']))
    expect(found).toMatchObject({ kind: 'permanent', status: '5.1.10' })
  })

  test("beside other hosts '.' is no host", async () => {
    expect(
      hopsOf(await find('d.example', domainWith(['mx', '0 .'], ['mx', '10 mail.d.example']))),
    ).toHaveLength(1)
  })

  test('hosts without address and malformed names are skipped', async () => {
    const zone = domainWith(['mx', '1 193.0.2.7'], ['mx', '2 gone.example'], ['mx', '3 mail.d.example'])
    expect(hopsOf(await find('d.example', zone))).toHaveLength(1)
  })

  test('without any usable host the failure is permanent; the address of the domain is not used', async () => {
    const found = await find('d.example', domainWith(['mx', '1 gone.example'], ['a', '198.52.100.9']))
    expect(found).toMatchObject({ kind: 'permanent', status: '5.4.4' })
  })

  test('a host that cannot be looked up makes it temporary only when no other host is left', async () => {
    const down = { 'down.example': { '@': [['temporary', 'down']] } } as const
    const both = { ...domainWith(['mx', '1 down.example'], ['mx', '2 mail.d.example']), ...down }
    expect(hopsOf(await find('d.example', both))).toHaveLength(1)
    const alone = { ...domainWith(['mx', '1 down.example'], ['mx', '2 gone.example']), ...down }
    expect(await find('d.example', alone)).toMatchObject({ kind: 'temporary' })
  })

  test('that cannot be looked up is a temporary failure with a reason', async () => {
    const found = await find(
      'd.example',
      { 'd.example': { '@': [['temporary', 'server failure']] } },
      {
        useServiceRecords: false,
      },
    )
    expect(found).toEqual({ kind: 'temporary', reason: 'DNS MX d.example: server failure' })
  })

  test('hosts, addresses of a host and next hops are bounded', async () => {
    const addresses = Array.from({ length: 20 }, (_, at) => ['a', `198.52.100.${at}`] as const)
    const hosts = Array.from({ length: 30 }, (_, at) => `h${at}`)
    const zone: Zone = {
      'd.example': {
        '@': hosts.map((host, at) => ['mx', `${at} ${host}.d.example`] as const),
        ...Object.fromEntries(hosts.map(host => [host, addresses])),
      },
    }
    expect(
      hopsOf(await find('d.example', zone, { maxHosts: 2, maxAddressesPerHost: 3, maxHops: 100 })),
    ).toHaveLength(6)
    expect(hopsOf(await find('d.example', zone))).toHaveLength(8)
  })

  test('a host that is listed twice is tried once', async () => {
    const zone = domainWith(
      ['mx', '10 mail.d.example'],
      ['mx', '5 backup.d.example'],
      ['mx', '20 Backup.d.example'],
    )
    expect(hopsOf(await find('d.example', zone)).map(hop => hop.split('.')[0])).toEqual(['backup', 'mail'])
  })
})

describe('a loop (RFC 5321 section 5.1)', () => {
  const zone: Zone = {
    'd.example': {
      '@': [
        ['mx', '10 mail.d.example'],
        ['mx', '20 us.d.example'],
        ['mx', '20 backup.d.example'],
        ['mx', '30 last.d.example'],
      ],
      mail: [['a', '198.52.100.1']],
      us: [['a', '193.0.2.250']],
      backup: [['a', '198.52.100.2']],
      last: [['a', '198.52.100.4']],
    },
  }

  test('this relay among the hosts removes itself and all of equal or worse preference', async () => {
    expect(hopsOf(await find('d.example', zone))).toEqual([
      'mail.d.example 198.52.100.1:25 starttls-if-offered',
    ])
  })

  test('this relay is known by its name too', async () => {
    const found = await find('d.example', zone, { ownListeners: [], ownNames: ['backup.d.example'] })
    expect(hopsOf(found)).toHaveLength(1)
  })

  test('an own address at another port is not this relay when the port of the listener is given', async () => {
    const found = await find('d.example', zone, { ownListeners: [{ address: '193.0.2.250', port: 842 }] })
    expect(hopsOf(found)).toHaveLength(4)
  })

  test('nothing left is a permanent failure', async () => {
    const own = domainWith(['mx', '10 relay.example'], ['mx', '20 mail.d.example'])
    expect(await find('d.example', own)).toMatchObject({ kind: 'permanent', status: '5.4.6' })
    const implicit = domainWith(['a', '193.0.2.250'])
    expect(await find('d.example', implicit)).toMatchObject({ kind: 'permanent', status: '5.4.6' })
  })
})

describe('step 4, the domain itself', () => {
  test('without MX its own addresses are used, the families taking turns', async () => {
    const zone = domainWith(['a', '198.52.100.1'], ['a', '198.52.100.2'], ['aaaa', '2600:db8::1'])
    expect(hopsOf(await find('d.example', zone)).map(hop => hop.split(' ')[1])).toEqual([
      '2600:db8::1:25',
      '198.52.100.1:25',
      '198.52.100.2:25',
    ])
    expect(hopsOf(await find('d.example', zone, { addressOrder: 'ipv4-first' }))[0]).toContain('198.52.100.1')
    expect(hopsOf(await find('d.example', zone, { addressOrder: 'ipv6-only' }))).toHaveLength(1)
    expect(hopsOf(await find('d.example', zone, { addressOrder: 'ipv4-only' }))).toHaveLength(2)
  })

  test('a domain with neither MX nor address is a permanent failure', async () => {
    expect(await find('nowhere.example', {})).toEqual({
      kind: 'permanent',
      status: '5.1.2',
      reason: 'nowhere.example has neither MX nor address records',
    })
  })

  test('an address literal is nothing where none are configured', async () => {
    expect(await find('[198.52.100.1]', {}, { addressLiterals: false })).toMatchObject({
      kind: 'permanent',
      status: '5.1.2',
    })
  })

  test('an address literal is its own host', async () => {
    expect(hopsOf(await find('[198.52.100.1]', {}))).toEqual([
      '198.52.100.1 198.52.100.1:25 starttls-if-offered',
    ])
    expect(hopsOf(await find('[IPv6:2600:db8::1]', {}))).toEqual([
      '2600:db8::1 2600:db8::1:25 starttls-if-offered',
    ])
    expect(await find('[127.0.0.1]', {})).toMatchObject({ kind: 'permanent', status: '5.4.4' })
    expect(await find('[193.0.2.250]', {})).toMatchObject({ kind: 'permanent', status: '5.4.6' })
    expect(await find('[tag:x]', {})).toMatchObject({ kind: 'permanent', status: '5.1.2' })
  })

  test('a domain in U-labels is looked up in A-labels, the case of letters does not matter', async () => {
    const zone: Zone = { 'xn--bcher-kva.example': { '@': [['a', '198.52.100.1']] } }
    expect(hopsOf(await find('BÜCHER.example', zone))[0]).toContain('xn--bcher-kva.example')
  })
})

describe('addresses that strangers name', () => {
  test('are refused when they are inside: nothing left is a permanent failure that names them', async () => {
    expect(await find('d.example', domainWith(['a', '127.0.0.1'], ['a', '10.1.2.3']))).toEqual({
      kind: 'permanent',
      status: '5.4.4',
      reason: 'no mail host of d.example has an address that this relay may connect to (127.0.0.1, 10.1.2.3)',
    })
  })

  test('are used when the settings allow it', async () => {
    const found = await find('d.example', domainWith(['a', '127.0.0.1']), { allowPrivateAddresses: true })
    expect(hopsOf(found)).toHaveLength(1)
  })

  test('do not keep the others from being used', async () => {
    const found = await find('d.example', domainWith(['mx', '1 mail.d.example'], ['a', '127.0.0.1']))
    expect(hopsOf(found)).toHaveLength(1)
  })
})

test('discovery returns for every domain that a stranger can write', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.domain(),
        fc.string().map(text => `[${text}]`),
      ),
      async domain => {
        const found = await find(domain, mx)
        expect(found.kind).toMatch(/^(hops|permanent)$/)
      },
    ),
  )
})
