/** The limits of rates, with a clock of the test. */
import { describe, expect, test } from 'vitest'
import { rates as section } from '../../../../src/config/rates-section.ts'
import { aliasDirectory } from '../../../../src/expand/alias-directory.ts'
import type { RecipientRole } from '../../../../src/record/recipient-role.ts'
import { aliasOf, networkName } from '../../../../src/service/rates/rate-keys.ts'
import { type RatedClient, Rates } from '../../../../src/service/rates/rates.ts'

let now = 0
function ratesOf(settings: Parameters<typeof section.parse>[0], maxKeys = 100): Rates {
  now = 1_000_000
  return new Rates(section.parse(settings), () => now, maxKeys)
}

const client: RatedClient = { address: '198.51.100.7', trusted: false }
const noAlias = () => undefined
const twoInAMinute = { most: 2, inSeconds: 60 }

describe('a limit', () => {
  test('of connections is for a network: 421 with the seconds to wait', () => {
    const rates = ratesOf({ networks: { connections: twoInAMinute } })
    expect(rates.connection(client)).toBeUndefined()
    expect(rates.connection({ ...client, address: '198.51.100.200' })).toBeUndefined()
    now += 15_001
    expect(rates.connection(client)).toEqual({
      code: 421,
      enhanced: '4.7.1',
      text: 'too many connections from 198.51.100.0/24, try again in 45 seconds',
    })
    expect(rates.connection({ ...client, address: '203.0.113.1' })).toBeUndefined()
    now += 45_000
    expect(rates.connection(client)).toBeUndefined()
  })

  test.each([
    ['networks', { networks: { messages: twoInAMinute } }, 'messages from 198.51.100.0/24'],
    ['sender domains', { senderDomains: { messages: twoInAMinute } }, 'messages from origin.example'],
  ])('of messages of %s refuses MAIL', (_whose, settings, words) => {
    const rates = ratesOf(settings)
    expect(rates.mail(client, 'a@origin.example')).toBeUndefined()
    expect(rates.mail(client, 'b@ORIGIN.example')).toBeUndefined()
    expect(rates.mail(client, 'c@origin.example')).toEqual({
      code: 450,
      enhanced: '4.7.1',
      text: `too many ${words}, try again in 60 seconds`,
    })
  })

  test.each([
    ['networks', { networks: { recipients: twoInAMinute } }],
    ['sender domains', { senderDomains: { recipients: twoInAMinute } }],
  ])('of recipients of %s refuses RCPT', (_whose, settings) => {
    const rates = ratesOf(settings)
    const asked = [1, 2, 3].map(() => rates.recipient(client, 'a@origin.example', noAlias)?.code)
    expect(asked).toEqual([undefined, undefined, 450])
  })

  test('of an alias is for everybody who sends to it, and says nothing of the others', () => {
    const rates = ratesOf({ aliases: { messages: twoInAMinute } })
    const to = (alias: string, address: string) =>
      rates.recipient({ ...client, address }, '', () => alias)?.text
    expect([to('team@a.example', '192.0.2.1'), to('team@a.example', '203.0.113.1')]).toEqual([
      undefined,
      undefined,
    ])
    expect(to('team@a.example', '198.51.100.1')).toBe(
      'too many messages to this address, try again in 60 seconds',
    )
    expect(to('other@a.example', '198.51.100.1')).toBeUndefined()
  })

  test('of an account stands in the place of that of its network, wherever it comes from', () => {
    const rates = ratesOf({
      networks: { messages: { most: 1, inSeconds: 60 } },
      accounts: { messages: twoInAMinute },
    })
    const jane = { ...client, account: 'jane' }
    expect(rates.mail(jane, 'a@alias.example')).toBeUndefined()
    expect(rates.mail({ ...jane, address: '203.0.113.1' }, 'a@alias.example')).toBeUndefined()
    expect(rates.mail(jane, 'a@alias.example')?.text).toContain('too many messages of this account')
    expect(rates.mail(client, 'a@alias.example')).toBeUndefined()
  })

  test('is not for trusted clients and exempt networks', () => {
    const rates = ratesOf({ networks: { messages: { most: 1, inSeconds: 60 } }, exempt: ['203.0.113.0/24'] })
    for (const one of [
      { ...client, trusted: true },
      { ...client, address: '203.0.113.9' },
    ])
      for (let times = 0; times < 3; times++) expect(rates.mail(one, '')).toBeUndefined()
    expect(rates.mail(client, '')).toBeUndefined()
    expect(rates.mail(client, '')).toBeDefined()
  })

  test('that is reached uses up no other one', () => {
    const rates = ratesOf({
      networks: { messages: { most: 3, inSeconds: 60 } },
      senderDomains: { messages: { most: 1, inSeconds: 60 } },
    })
    for (let times = 0; times < 5; times++) rates.mail(client, 'a@origin.example')
    expect(rates.mail(client, 'a@other.example')).toBeUndefined()
    expect(rates.mail(client, 'a@third.example')).toBeUndefined()
    expect(rates.mail(client, 'a@fourth.example')?.text).toContain('198.51.100.0/24')
  })

  test('that makes wait the longest is the one that the reply names', () => {
    const rates = ratesOf({
      networks: { messages: { most: 1, inSeconds: 60 } },
      senderDomains: { messages: { most: 1, inSeconds: 3_600 } },
    })
    rates.mail(client, 'a@origin.example')
    expect(rates.mail(client, 'a@origin.example')?.text).toContain('from origin.example, try again in 3600')
  })
})

test('without limits nothing is counted', () => {
  const rates = ratesOf({})
  for (let times = 0; times < 1_000; times++) expect(rates.mail(client, 'a@origin.example')).toBeUndefined()
  expect(rates.takeUnkept()).toEqual([])
})

test('what is counted for accounts goes on after a restart, and nothing else is kept', () => {
  const settings = { accounts: { messages: twoInAMinute }, networks: { messages: twoInAMinute } }
  const before = ratesOf(settings)
  const jane = { ...client, account: 'jane' }
  for (const one of [jane, jane, client]) before.mail(one, '')
  const kept = before.takeUnkept()
  expect(kept).toEqual([{ limit: 'messages of accounts', account: 'jane', count: 2, endsAt: now + 60_000 }])
  expect(before.takeUnkept()).toEqual([])
  const after = ratesOf(settings)
  after.restore(kept)
  expect(after.mail(jane, '')).toBeDefined()
})

test('what was refused is told in sum, and its replies are known', () => {
  const rates = ratesOf({ networks: { messages: { most: 1, inSeconds: 60 } } })
  const others = { ...client, address: '203.0.113.1' }
  const replies = [client, client, client, others, others].map(one => rates.mail(one, ''))
  expect(replies.map(reply => rates.isOwn(reply))).toEqual([false, true, true, false, true])
  const limit = 'messages of networks'
  expect(rates.counts.summary()).toEqual([{ limit, refused: 3, mostRefused: '198.51.100.0/24', times: 2 }])
  expect(rates.counts.summary()).toEqual([])
  expect(rates.counts.totals.get(limit)).toBe(3)
})

describe('a key', () => {
  test.each([
    ['198.51.100.7', 24, 64, '198.51.100.0/24'],
    ['::ffff:198.51.100.7', 24, 64, '198.51.100.0/24'],
    ['198.51.100.7', 32, 64, '198.51.100.7/32'],
    ['198.51.107.7', 20, 64, '198.51.96.0/20'],
    ['2001:db8:1:2:3::7', 24, 64, '2001:db8:1:2::/64'],
    ['2001:db8::7', 24, 64, '2001:db8:0:0::/64'],
    ['2001:db8:1:2ff::7', 24, 56, '2001:db8:1:200::/56'],
    ['2001:db8::7', 24, 128, '2001:db8:0:0:0:0:0:7/128'],
  ])('of %s is its network', (address, ipv4NetworkBits, ipv6NetworkBits, expected) => {
    expect(networkName(address, { ipv4NetworkBits, ipv6NetworkBits })).toBe(expected)
  })

  const aliases = aliasDirectory({
    'alias.example': { team: ['x@y.example'], 'a+b': ['x@y.example'], '*': ['x@y.example'] },
  })
  const role = { kind: 'alias', domain: 'alias.example' } as RecipientRole
  test.each([
    ['TEAM@Alias.example', 'team@alias.example'],
    ['team+tag@alias.example', 'team@alias.example'],
    ['a+b@alias.example', 'a+b@alias.example'],
    ['whoever@alias.example', '*@alias.example'],
    ['postmaster', 'postmaster@alias.example'],
  ])('of %s is the alias that takes it', (forwardPath, expected) => {
    expect(aliasOf(forwardPath, role, aliases)).toBe(expected)
  })
})
