/** Which address and name a copy leaves with, and all that there are. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import type { RelayConfigInput } from '../../../src/config/schema.ts'
import { leavesFrom } from '../../../src/service/leaves-from.ts'
import { leavingAddresses, leavingOf } from '../../../src/service/leaving-addresses.ts'
import { foreignAddresses } from '../../../src/service/own-machine.ts'

function configOf(changes: Partial<RelayConfigInput> = {}) {
  const minimal = { hostname: 'relay.example', listeners: [{ name: 'mx', port: 25 }], domains: {} }
  return parseConfig({ ...minimal, ...changes }, { file: 'test', folder: '/' })
}

const config = configOf({
  delivery: { outgoing: { ipv4: '192.0.2.1' } },
  domains: {
    'alias.example': { aliases: {} },
    'lists.example': {
      aliases: {},
      outgoing: { ipv6: '2001:db8::2', ehloName: 'lists-out.example', families: 'ipv6-only' },
    },
  },
  destinations: { 'xn--bcher-kva.example': { outgoing: { ipv4: '192.0.2.3', families: 'ipv4-first' } } },
})

const copy = { destination: 'destination.example', reversePath: 'b+1@alias.example', hop: null }
const ofRelay = { source: { ipv4: '192.0.2.1', ehloName: 'relay.example' }, addressOrder: 'ipv6-first' }
const ofLists = { source: { ipv6: '2001:db8::2', ehloName: 'lists-out.example' }, addressOrder: 'ipv6-only' }
const ofDestination = { source: { ipv4: '192.0.2.3', ehloName: 'relay.example' }, addressOrder: 'ipv4-first' }
const hop = { domain: 'lists.example' }

describe('a copy leaves as is said of', () => {
  test.each([
    ['all', copy, ofRelay],
    ['the own domain that sends it, as a whole', { ...copy, reversePath: 'b+1@LISTS.example' }, ofLists],
    ['the domain that signs it, where it has no reverse-path', { ...copy, reversePath: '', hop }, ofLists],
    [
      'its destination, whoever sends it',
      { ...copy, reversePath: 'a@lists.example', destination: 'bücher.example' },
      ofDestination,
    ],
    ['all, where a foreign domain sends it', { ...copy, reversePath: 'a@constructor' }, ofRelay],
  ])('%s', (_what, delivery, expected) => {
    expect(leavesFrom(delivery as Parameters<typeof leavesFrom>[0], config)).toEqual(expected)
  })

  test('nobody: the system chooses, and IPv6 is first', () => {
    expect(leavesFrom(copy, configOf())).toEqual({
      source: { ehloName: 'relay.example' },
      addressOrder: 'ipv6-first',
    })
  })
})

test('every address is known once, with its name', () => {
  expect(leavingAddresses(config)).toEqual([
    { address: '192.0.2.1', ehloName: 'relay.example' },
    { address: '192.0.2.3', ehloName: 'relay.example' },
    { address: '2001:db8::2', ehloName: 'lists-out.example' },
  ])
})

test('of a domain it is known which addresses its mail leaves from, and for which families the system chooses', () => {
  const only = configOf({
    domains: { 'lists.example': { aliases: {}, outgoing: { ipv6: '2001:db8::2', families: 'ipv6-only' } } },
  })
  expect(leavingOf('lists.example', only)).toEqual({ addresses: ['2001:db8::2'], families: new Set() })
  expect(leavingOf('alias.example', config)).toEqual({
    addresses: ['192.0.2.1', '192.0.2.3'],
    families: new Set([6]),
  })
  expect(leavingOf('alias.example', configOf())).toEqual({ addresses: [], families: new Set([4, 6]) })
})

test('an address of another machine is found out', async () => {
  expect(await foreignAddresses(['127.0.0.2', '192.0.2.25'])).toEqual([
    expect.stringMatching(/^no connection can leave from 192\.0\.2\.25: .*EADDRNOTAVAIL/),
  ])
})

test('an address of the wrong family is told', () => {
  expect(() => configOf({ delivery: { outgoing: { ipv4: '::1' } } })).toThrow(
    /delivery\.outgoing\.ipv4: expected an IPv4 address/,
  )
})
