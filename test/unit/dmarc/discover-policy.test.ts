import { describe, expect, test } from 'vitest'
import { type DmarcDiscovery, discoverDmarcPolicy } from '../../../src/dmarc/discover-policy.ts'
import { dmarcLookUps } from '../../../src/dmarc/look-ups.ts'
import { walkedDomains } from '../../../src/dmarc/tree-walk.ts'
import { type Zone, type ZoneEntry, zoneResolver } from '../../../src/dns/zone-resolver.ts'

/** `records`: domain to its DMARC record; `exists`: names that exist without one. */
function zoneOf(records: Readonly<Record<string, string>>, exists: readonly string[] = []): Zone {
  const entries: [string, Record<string, ZoneEntry[]>][] = Object.entries(records).map(([domain, text]) => [
    domain,
    { _dmarc: [['txt', text]] },
  ])
  const hosts: [string, Record<string, ZoneEntry[]>][] = exists.map(name => [
    name,
    { '@': [['a', '192.0.2.1']] },
  ])
  return Object.fromEntries([...entries, ...hosts])
}

function discover(domain: string, zone: Zone): Promise<DmarcDiscovery> {
  return discoverDmarcPolicy(domain, dmarcLookUps(zoneResolver(zone)))
}

const asked = (found: DmarcDiscovery) => found.steps.map(({ domain }) => domain)

describe('the policy of a subdomain (RFC 9989 section 4.7 sp, np; section 4.10.1)', () => {
  const own = { 'sub.d.example': 'v=DMARC1; p=none' }
  const here = ['sub.d.example']
  const rows: readonly [
    string,
    string,
    Readonly<Record<string, string>>,
    readonly string[],
    string,
    string,
    string,
  ][] = [
    // parent's record, the subdomain's own record, does it exist, policy, tag, where the record stands
    ['p alone, no record below', 'p=reject', {}, here, 'reject', 'p', 'd.example'],
    ['p alone, no such name', 'p=reject', {}, [], 'reject', 'p', 'd.example'],
    ['p alone, a record below', 'p=reject', own, [], 'none', 'p', 'sub.d.example'],
    ['sp, no record below', 'p=reject; sp=quarantine', {}, here, 'quarantine', 'sp', 'd.example'],
    ['sp, no such name', 'p=reject; sp=quarantine', {}, [], 'quarantine', 'sp', 'd.example'],
    ['sp, a record below', 'p=reject; sp=quarantine', own, [], 'none', 'p', 'sub.d.example'],
    ['sp milder than p', 'p=reject; sp=none', {}, here, 'none', 'sp', 'd.example'],
    ['sp stricter than p', 'p=none; sp=reject', {}, here, 'reject', 'sp', 'd.example'],
    ['np, no such name', 'p=none; np=reject', {}, [], 'reject', 'np', 'd.example'],
    ['np, it exists', 'p=none; np=reject', {}, here, 'none', 'p', 'd.example'],
    ['np, a record below', 'p=reject; np=quarantine', own, [], 'none', 'p', 'sub.d.example'],
    ['sp and np, no such name', 'p=none; sp=quarantine; np=reject', {}, [], 'reject', 'np', 'd.example'],
    ['sp and np, it exists', 'p=none; sp=quarantine; np=reject', {}, here, 'quarantine', 'sp', 'd.example'],
    [
      'sp and np, a record below',
      'p=reject; sp=quarantine; np=reject',
      own,
      [],
      'none',
      'p',
      'sub.d.example',
    ],
    ['np milder than sp, no such name', 'p=reject; sp=reject; np=none', {}, [], 'none', 'np', 'd.example'],
  ]
  test.each(rows)('%s: %s', async (_, record, records, exists, policy, tag, policyDomain) => {
    const zone = zoneOf({ 'd.example': `v=DMARC1; ${record}`, ...records }, exists)
    const found = await discover('sub.d.example', zone)
    expect(found).toMatchObject({
      kind: 'policy',
      policy,
      tag,
      policyDomain,
      organizationalDomain: 'd.example',
    })
  })

  test('the domain of the record itself has p, whatever sp and np say', async () => {
    const zone = zoneOf({ 'd.example': 'v=DMARC1; p=quarantine; sp=reject; np=reject' })
    expect(await discover('d.example', zone)).toMatchObject({ policy: 'quarantine', tag: 'p' })
  })

  test('a name that has only names below it exists', async () => {
    const zone = zoneOf({ 'd.example': 'v=DMARC1; p=none; np=reject' }, ['host.sub.d.example'])
    expect(await discover('sub.d.example', zone)).toMatchObject({ policy: 'none', exists: true })
  })

  test('an alias exists, even if what it leads to does not', async () => {
    const zone: Zone = {
      'd.example': {
        _dmarc: [['txt', 'v=DMARC1; p=none; np=reject']],
        sub: [['cname', 'gone.other.example']],
      },
    }
    expect(await discover('sub.d.example', zone)).toMatchObject({ policy: 'none', exists: true })
  })

  test('where nobody can tell whether it exists, the milder policy is named, with the doubt', async () => {
    const broken = (record: string): Zone => ({
      'd.example': { _dmarc: [['txt', record]], sub: [['temporary', 'no server answers']] },
      'sub.d.example': { _dmarc: [] },
    })
    const stricter = await discover('sub.d.example', broken('v=DMARC1; p=none; np=reject'))
    expect(stricter).toMatchObject({ policy: 'none', tag: 'p', doubt: expect.stringContaining('no server') })
    const milder = await discover('sub.d.example', broken('v=DMARC1; p=reject; np=none'))
    expect(milder).toMatchObject({ policy: 'none', tag: 'np', doubt: expect.stringContaining('no server') })
  })
})

describe('t=y lowers by one step (RFC 9989 section 4.7 t)', () => {
  test.each([
    ['reject', 'quarantine'],
    ['quarantine', 'none'],
    ['none', 'none'],
  ])('%s becomes %s', async (p, policy) => {
    const found = await discover('d.example', zoneOf({ 'd.example': `v=DMARC1; p=${p}; t=y` }))
    expect(found).toMatchObject({ policy, published: p })
  })

  test('also where the policy is that of subdomains', async () => {
    const zone = zoneOf({ 'd.example': 'v=DMARC1; p=none; sp=reject; t=y' }, ['sub.d.example'])
    expect(await discover('sub.d.example', zone)).toMatchObject({ policy: 'quarantine', tag: 'sp' })
  })

  test('t=n and any other value leave it as it is', async () => {
    for (const t of ['n', 'yes', '']) {
      const found = await discover('d.example', zoneOf({ 'd.example': `v=DMARC1; p=reject; t=${t}` }))
      expect(found).toMatchObject({ policy: 'reject' })
    }
  })
})

describe('the tree walk (RFC 9989 section 4.10)', () => {
  test.each([
    ['example', ['example']],
    ['d.example', ['d.example', 'example']],
    [
      'f.e.d.c.b.a.example',
      [
        'f.e.d.c.b.a.example',
        'e.d.c.b.a.example',
        'd.c.b.a.example',
        'c.b.a.example',
        'b.a.example',
        'a.example',
        'example',
      ],
    ],
    [
      'g.f.e.d.c.b.a.example',
      [
        'g.f.e.d.c.b.a.example',
        'f.e.d.c.b.a.example',
        'e.d.c.b.a.example',
        'd.c.b.a.example',
        'c.b.a.example',
        'b.a.example',
        'a.example',
        'example',
      ],
    ],
    [
      'i.h.g.f.e.d.c.b.a.example',
      [
        'i.h.g.f.e.d.c.b.a.example',
        'f.e.d.c.b.a.example',
        'e.d.c.b.a.example',
        'd.c.b.a.example',
        'c.b.a.example',
        'b.a.example',
        'a.example',
        'example',
      ],
    ],
  ])('of %s asks for %j', (domain, domains) => {
    expect(walkedDomains(domain)).toEqual(domains)
  })

  test('never takes more than eight questions', () => {
    for (let labels = 1; labels <= 100; labels++) {
      const walked = walkedDomains(Array.from({ length: labels }, (_, index) => `l${index}`).join('.'))
      expect(walked.length).toBe(Math.min(labels, 8))
      expect(walked.at(-1)).toBe(`l${labels - 1}`)
    }
  })

  test('goes on above a record that says nothing of psd, and the shortest name is the organization', async () => {
    const zone = zoneOf({
      'mail.shop.example': 'v=DMARC1; p=none',
      'shop.example': 'v=DMARC1; p=reject',
    })
    const found = await discover('a.mail.shop.example', zone)
    expect(found).toMatchObject({
      policyDomain: 'shop.example',
      organizationalDomain: 'shop.example',
      policy: 'reject',
    })
    expect(asked(found)).toEqual(['a.mail.shop.example', 'mail.shop.example', 'shop.example', 'example'])
  })

  test('the own record is the policy, the organization lies above it', async () => {
    const zone = zoneOf({ 'mail.shop.example': 'v=DMARC1; p=none', 'shop.example': 'v=DMARC1; p=reject' })
    const found = await discover('mail.shop.example', zone)
    expect(found).toMatchObject({ policyDomain: 'mail.shop.example', organizationalDomain: 'shop.example' })
  })

  test('psd=n ends it: the record of an organization below a suffix without psd=y', async () => {
    const zone = zoneOf({
      'mail.shop.example': 'v=DMARC1; p=quarantine; psd=n',
      'shop.example': 'v=DMARC1; p=reject',
    })
    const found = await discover('a.mail.shop.example', zone)
    expect(found).toMatchObject({
      policyDomain: 'mail.shop.example',
      organizationalDomain: 'mail.shop.example',
    })
    expect(asked(found)).toEqual(['a.mail.shop.example', 'mail.shop.example'])
  })

  test('several records at one name are none, and a text that is no record is passed over', async () => {
    const found = await discover('two.shop.example', {
      'two.shop.example': {
        _dmarc: [
          ['txt', 'v=DMARC1; p=none'],
          ['txt', 'v=DMARC1; p=none'],
        ],
      },
      'shop.example': {
        _dmarc: [
          ['txt', 'v=spf1 -all'],
          ['txt', 'v=DMARC1; p=reject'],
        ],
      },
    })
    expect(found).toMatchObject({ policy: 'reject', policyDomain: 'shop.example' })
    expect(found.steps[0]?.found).toEqual({ kind: 'discarded', reason: '2 records' })
  })

  test('no record at all is no policy; no answer is not known', async () => {
    expect(await discover('d.example', {})).toMatchObject({ kind: 'none', reason: 'no record' })
    const down: Zone = { example: { _dmarc: [['temporary', 'no server answers']] } }
    expect(await discover('d.example', down)).toMatchObject({ kind: 'unknown' })
  })

  test('an own record is the policy although DNS fails above it; what the organization is, is not known', async () => {
    const zone: Zone = {
      ...zoneOf({ 'd.example': 'v=DMARC1; p=reject' }),
      example: { _dmarc: [['temporary', 'down']] },
    }
    expect(await discover('d.example', zone)).toMatchObject({
      kind: 'policy',
      policy: 'reject',
      organizationalDomain: undefined,
    })
  })

  test.each(['', '[192.0.2.1]', 'a..example', '-'])(
    '%j has no policy, and nothing is asked',
    async domain => {
      expect(await discover(domain, {})).toMatchObject({ kind: 'none', steps: [] })
    },
  )
})

describe('public suffix domains (RFC 9989 sections 4.10.2 and B.4.3)', () => {
  /** A suffix for shops only, which has a policy for the names below it. */
  const suffix = { 'shops.example': 'v=DMARC1; p=reject; sp=quarantine; psd=y' }

  test('the organization is one label below the suffix, with a record of its own', async () => {
    const zone = zoneOf({ ...suffix, 'big.shops.example': 'v=DMARC1; p=none' })
    const found = await discover('big.shops.example', zone)
    expect(found).toMatchObject({
      policyDomain: 'big.shops.example',
      organizationalDomain: 'big.shops.example',
      policy: 'none',
    })
    expect(asked(found)).toEqual(['big.shops.example', 'shops.example'])
    const below = await discover('mail.big.shops.example', zone)
    expect(below).toMatchObject({
      policyDomain: 'big.shops.example',
      organizationalDomain: 'big.shops.example',
    })
  })

  test('the record of the suffix is for organizations without one', async () => {
    const found = await discover('mail.huge.shops.example', zoneOf(suffix, ['mail.huge.shops.example']))
    expect(found).toMatchObject({
      policyDomain: 'shops.example',
      organizationalDomain: 'huge.shops.example',
      policy: 'quarantine',
      tag: 'sp',
    })
  })

  test('np of a suffix is for organizations that nobody registered', async () => {
    const zone = zoneOf({ 'shops.example': 'v=DMARC1; p=none; np=reject; psd=y' }, ['big.shops.example'])
    expect(await discover('nobody.shops.example', zone)).toMatchObject({ policy: 'reject', tag: 'np' })
    expect(await discover('big.shops.example', zone)).toMatchObject({ policy: 'none', tag: 'p' })
  })

  test('a suffix that sends mail itself is its own organization, with p', async () => {
    const found = await discover('shops.example', zoneOf(suffix))
    expect(found).toMatchObject({
      policyDomain: 'shops.example',
      organizationalDomain: 'shops.example',
      policy: 'reject',
    })
  })

  test('a record between the organization and the author is not asked for its sp', async () => {
    const zone = zoneOf({ ...suffix, 'mail.big.shops.example': 'v=DMARC1; p=none; sp=none' }, [
      'a.mail.big.shops.example',
    ])
    const found = await discover('a.mail.big.shops.example', zone)
    expect(found).toMatchObject({
      policyDomain: 'shops.example',
      organizationalDomain: 'big.shops.example',
      policy: 'quarantine',
    })
  })
})
