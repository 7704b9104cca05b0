/** The tree of SPF records and what it costs (RFC 7208 section 4.6.4). */
import { describe, expect, test } from 'vitest'
import { type SpfTree, spfTree } from '../../../../src/cli/domain/spf-tree.ts'
import { type Zone, type ZoneEntry, zoneResolver } from '../../../../src/dns/zone-resolver.ts'

const addresses: readonly ZoneEntry[] = [
  ['a', '198.52.100.1'],
  ['mx', '10 mail.origin.example'],
]

/** Each of the records at a name of its own, and a few hosts. */
async function tree(records: Readonly<Record<string, string>>, domain = 'origin.example'): Promise<SpfTree> {
  const zone: Record<string, Record<string, ZoneEntry[]>> = { 'mail.origin.example': { '@': [...addresses] } }
  for (const [name, text] of Object.entries(records)) {
    zone[name] = { '@': [...(name === 'origin.example' ? addresses : []), ['txt', text]] }
  }
  return spfTree(domain, zoneResolver(zone as Zone))
}

describe('look-ups', () => {
  test('include, a, mx, ptr, exists and redirect cost one each; addresses, all and exp cost none', async () => {
    const found = await tree({
      'origin.example':
        'v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx/24//64 a:mail.origin.example include:o.example ~all exp=e.example',
      'o.example': 'v=spf1 exists:%{i}.o.example ptr redirect=r.example',
      'r.example': 'v=spf1 -all',
    })
    expect(found).toMatchObject({ lookUps: 7, voids: 0, problems: [], all: 'softfail', usesPtr: true })
  })

  test('those of included records count with those of the record itself', async () => {
    const records = Object.fromEntries(
      Array.from({ length: 11 }, (_, at) => [`s${at}.example`, `v=spf1 include:s${at + 1}.example -all`]),
    )
    const found = await tree({ ...records, 's11.example': 'v=spf1 -all' }, 's0.example')
    expect(found).toMatchObject({ lookUps: 11, problems: [] })
  })

  test('what finds nothing is counted apart', async () => {
    const found = await tree({ 'origin.example': 'v=spf1 a:no.example mx:no.example -all' })
    expect(found).toMatchObject({ lookUps: 2, voids: 2 })
  })

  test('a tree without end is not followed to its end', async () => {
    const records = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [`s${at}.example`, `v=spf1 include:s${at + 1}.example -all`]),
    )
    expect((await tree(records, 's0.example')).lookUps).toBe(31)
  })

  test('a record of includes alone is not followed beyond the bound either', async () => {
    const includes = Array.from({ length: 5_000 }, (_, at) => `include:s${at}.example`).join(' ')
    const found = await tree({ 'origin.example': `v=spf1 ${includes}` })
    expect(found.problems.length).toBeLessThanOrEqual(30)
  })
})

describe('what makes receivers give up', () => {
  test.each([
    [
      'an include that leads back',
      { 'origin.example': 'v=spf1 include:origin.example -all' },
      /leads back to itself/,
    ],
    [
      'an include without a record',
      { 'origin.example': 'v=spf1 include:no.example -all' },
      /no\.example has no SPF record/,
    ],
    [
      'a term that does not exist',
      { 'origin.example': 'v=spf1 ip:192.0.2.1 -all' },
      /ip:192\.0\.2\.1 is no term of SPF/,
    ],
    ['an address that is not there', { 'origin.example': 'v=spf1 ip4 -all' }, /ip4 says nothing/],
    ['an include of no domain', { 'origin.example': 'v=spf1 include:-x -all' }, /leads to no domain/],
  ])('%s', async (_, records, problem) => {
    expect((await tree(records)).problems.join()).toMatch(problem)
  })

  test('two records at one name', async () => {
    const zone: Zone = {
      'origin.example': {
        '@': [
          ['txt', 'v=spf1 -all'],
          ['txt', 'v=spf1 ~all'],
          ['txt', 'v=spf10 is another thing'],
        ],
      },
    }
    expect((await spfTree('origin.example', zoneResolver(zone))).problems).toEqual([
      'origin.example has 2 SPF records, of which one may be',
    ])
  })
})

test('what is said of everybody else may stand in the record that is redirected to', async () => {
  const records = { 'origin.example': 'v=spf1 mx redirect=r.example', 'r.example': 'v=spf1 ?all' }
  expect((await tree(records)).all).toBe('neutral')
  expect((await tree({ 'origin.example': 'v=spf1 mx' })).all).toBeUndefined()
})
