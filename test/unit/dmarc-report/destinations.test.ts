import { describe, expect, test } from 'vitest'
import { dmarcLookUps } from '../../../src/dmarc/look-ups.ts'
import { reportAddress, verifyDestination, wantedPlaces } from '../../../src/dmarc-report/destinations.ts'
import { type Zone, type ZoneEntry, zoneResolver } from '../../../src/dns/zone-resolver.ts'

const policy: Zone = { 'shop.example': { _dmarc: [['txt', 'v=DMARC1; p=none']] } }

/** What reports.other.example says about reports of shop.example. */
function says(...entries: ZoneEntry[]): Zone {
  return { ...policy, 'other.example': { 'shop.example._report._dmarc.reports': entries } }
}

const there = 'mailto:d@reports.other.example'

describe('an external destination (RFC 9990 section 4)', () => {
  test.each<[string, string, Zone, string]>([
    ['the domain itself', 'mailto:d@shop.example', policy, 'mailto:d@shop.example'],
    ['a name below it', 'mailto:d@mail.shop.example', policy, 'mailto:d@mail.shop.example'],
    ['another organization that says nothing', there, policy, 'refused'],
    ['one that takes them', there, says(['txt', 'v=DMARC1;']), there],
    ['one whose record lacks the semicolon', there, says(['txt', 'v=DMARC1']), 'refused'],
    ['one that says it with white space', there, says(['txt', 'v = DMARC1 ;']), there],
    ['a version in other letters', there, says(['txt', 'v=dmarc1;']), 'refused'],
    ['a version that is not first', there, says(['txt', 'p=none; v=DMARC1;']), 'refused'],
    ['a record of something else', there, says(['txt', 'v=spf1 -all']), 'refused'],
    ['a tag that stands twice', there, says(['txt', 'v=DMARC1; p=none; p=none']), 'refused'],
    ['two records of which one counts', there, says(['txt', 'v=spf1 -all'], ['txt', 'v=DMARC1;']), there],
    [
      'one that names another address of its own',
      there,
      says(['txt', 'v=DMARC1; rua=mailto:new@reports.other.example']),
      'mailto:new@reports.other.example',
    ],
    [
      'one that points to a third host',
      there,
      says(['txt', 'v=DMARC1; rua=mailto:v@victim.example']),
      'refused',
    ],
    [
      'one that points to itself and to a third host',
      there,
      says(['txt', 'v=DMARC1; rua=mailto:new@reports.other.example,mailto:v@victim.example']),
      'refused',
    ],
    [
      'one that points to a name above it',
      there,
      says(['txt', 'v=DMARC1; rua=mailto:d@other.example']),
      'refused',
    ],
    ['one that DNS does not answer for', there, says(['temporary', 'no answer']), 'temporary'],
    ['a URI of another kind', 'https://shop.example/dmarc', policy, 'refused'],
    ['a name that DNS cannot hold', `mailto:d@${'a.'.repeat(115)}example`, policy, 'refused'],
  ])('%s', async (_, uri, zone, expected) => {
    const found = await verifyDestination(uri, 'shop.example', dmarcLookUps(zoneResolver(zone)))
    expect(found.kind === 'accepted' ? found.uris.join() : found.kind).toBe(expected)
  })
})

test.each<[string, ZoneEntry, string]>([
  ['one that takes them', ['txt', 'v=DMARC1;'], there],
  [
    'one that names another address for aggregate reports alone',
    ['txt', 'v=DMARC1; rua=mailto:new@reports.other.example'],
    there,
  ],
  [
    'one that names another address of its own',
    ['txt', 'v=DMARC1; ruf=mailto:new@reports.other.example'],
    'mailto:new@reports.other.example',
  ],
  ['one that points to a third host', ['txt', 'v=DMARC1; ruf=mailto:v@victim.example'], 'refused'],
])('failure reports go by the same rules: %s', async (_, entry, expected) => {
  const found = await verifyDestination(there, 'shop.example', dmarcLookUps(zoneResolver(says(entry))), 'ruf')
  expect(found.kind === 'accepted' ? found.uris.join() : found.kind).toBe(expected)
})

test.each<[string, string | undefined]>([
  ['mailto:a@b.example', 'a@b.example'],
  ['MAILTO:a%2Bdmarc@b.example?subject=x', 'a+dmarc@b.example'],
  ['mailto:a@b.example%0d%0aBcc:c@d.example', undefined],
  ['mailto:a@b.example,c@d.example', undefined],
  ['mailto:%zz@b.example', undefined],
  ['mailto:b.example', undefined],
])('the mailbox of %s', (uri, address) => {
  expect(reportAddress(uri)).toBe(address)
})

test('the places of a record stand in its order, with the sizes that RFC 7489 let them have', () => {
  const record =
    'v=DMARC1; p=none; ruf=mailto:f@b.example; rua=mailto:a@b.example!10m, https://x.example, mailto:c@d.example'
  expect(wantedPlaces(record)).toEqual([
    { uri: 'mailto:a@b.example', maxOctets: 10 * 2 ** 20 },
    { uri: 'mailto:c@d.example', maxOctets: Number.POSITIVE_INFINITY },
  ])
  expect(wantedPlaces(record, 'ruf').map(({ uri }) => uri)).toEqual(['mailto:f@b.example'])
})
