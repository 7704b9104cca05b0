/** postmaster and abuse of every own domain reach somebody (RFC 5321 section 4.5.1, RFC 2142), or it is told. */
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../src/config/load.ts'
import { roleAddresses, unreadRoles } from '../../../src/service/role-addresses.ts'

function config(aliases: Record<string, string[]>, more: object = {}) {
  const input = {
    hostname: 'relay.example',
    listeners: [{ name: 'mx', port: 25 }],
    domains: { 'alias.example': { aliases } },
    ...more,
  }
  return parseConfig(input, { file: 'test', folder: '/' })
}

const goes = (...given: Parameters<typeof config>) =>
  Object.fromEntries(
    roleAddresses(config(...given)).map(({ address, targets }) => [address.split('@')[0], targets]),
  )

describe('mail for the roles goes', () => {
  const p = { postmaster: 'p@x.example' }
  test.each([
    ['to the postmaster of the relay', {}, p, ['p@x.example'], ['p@x.example']],
    ['to who is named for abuse', {}, { ...p, abuse: 'a@x.example' }, ['p@x.example'], ['a@x.example']],
    ['to the postmaster of the domain', { postmaster: ['d@x.example'] }, p, ['d@x.example'], ['d@x.example']],
    ['to aliases of these names first', { Abuse: ['b@x.example'] }, p, ['p@x.example'], ['b@x.example']],
    ['to a catch-all', { '*': ['c@x.example'] }, {}, ['c@x.example'], ['c@x.example']],
  ])('%s', (_, aliases, more, postmaster, abuse) => {
    expect(goes(aliases, more)).toEqual({ postmaster, abuse })
    expect(unreadRoles(config(aliases, more))).toEqual([])
  })
})

test('a role that nobody reads is told with what to set', () => {
  expect(unreadRoles(config({ team: ['a@x.example'] }))).toEqual([
    expect.stringMatching(/^postmaster@alias\.example reaches nobody.*set postmaster/),
    expect.stringMatching(/^abuse@alias\.example reaches nobody/),
  ])
  expect(unreadRoles(config({ abuse: ['a@x.example'] }))).toHaveLength(1)
})
