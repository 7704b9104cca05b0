/** Tokens of the API: which are good, how often they may be used, and what wrong ones cost. */
import { expect, test } from 'vitest'
import { isSecret, newSecret, readToken, secretHash, tokenText } from '../../../../src/accounts/api-token.ts'
import { apiServer } from '../../../../src/limits-api.ts'
import { ApiAccess } from '../../../../src/service/api/api-access.ts'
import type { StoredToken } from '../../../../src/store/token-store.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const secret = newSecret(octets => Buffer.alloc(octets, 7))
const stored: StoredToken = {
  id: 3,
  name: 'dashboard',
  nameKey: 'dashboard',
  scopes: ['read'],
  secretHash: secretHash(secret),
  createdAt: 1,
  expiresAt: 1_000_000,
  usedAt: null,
}

function rig() {
  const log = new RecordingLog()
  const uses: number[] = []
  const clock = { now: 10_000 }
  const looked: number[] = []
  const store = {
    token: async (id: number) => {
      looked.push(id)
      return id === stored.id ? stored : undefined
    },
    noteTokenUse: async (_: number, at: number) => void uses.push(at),
  }
  const access = new ApiAccess()
  const judge = (authorization?: string, address = '192.0.2.1') =>
    access.judge(authorization, address, { store, log, clock: () => clock.now })
  return { access, judge, log, uses, clock, looked }
}

const good = `Bearer ${tokenText({ id: 3, secret })}`

test('a token is its number and 256 random bits; kept is the hash alone', () => {
  expect(readToken(tokenText({ id: 3, secret }))).toEqual({ id: 3, secret })
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  expect(isSecret(secret, secretHash(secret))).toBe(true)
  expect(isSecret(secret, secretHash('another'))).toBe(false)
  expect(isSecret(secret, undefined)).toBe(false)
  expect(isSecret(secret, 'abc')).toBe(false)
})

test.each(['', 'dkim2-relay-3-', 'dkim2-relay-0-x', `dkim2-relay-3-${'x'.repeat(44)}`, `${good}\n`])(
  '%j is no token, and the store is not asked',
  async text => {
    const { judge, looked } = rig()
    expect(await judge(`Bearer ${text}`)).toMatchObject({ kind: 'wrong' })
    expect(looked).toEqual([])
  },
)

test('the scheme is matched without regard to case', async () => {
  const { judge } = rig()
  expect(await judge(good.replace('Bearer', 'bearer'))).toMatchObject({ kind: 'token' })
})

test('a good token is let in, until its time is over; its use is written down once a minute', async () => {
  const { judge, uses, clock } = rig()
  expect(await judge(good)).toEqual({ kind: 'token', token: { id: 3, name: 'dashboard', scopes: ['read'] } })
  await judge(good)
  clock.now += apiServer.usedEveryMilliseconds
  await judge(good)
  expect(uses).toEqual([10_000, 70_000])
  clock.now = 1_000_000
  expect(await judge(good)).toEqual({ kind: 'wrong', reason: 'the time of the token is over' })
})

test('wrong ones are counted for each network: then they wait and are logged no more; others go on', async () => {
  const { judge, log } = rig()
  for (let guess = 0; guess < apiServer.guesses.perNetwork; guess++)
    expect(await judge('Bearer wrong', '2001:db8::1')).toMatchObject({ kind: 'wrong' })
  expect(await judge('Bearer wrong', '2001:db8::2')).toMatchObject({ kind: 'wait' })
  expect(await judge('Bearer wrong', '2001:db8:1::1')).toMatchObject({ kind: 'wrong' })
  expect(await judge(good, '2001:db8::1')).toMatchObject({ kind: 'token' })
  expect(log.lines).toHaveLength(apiServer.guesses.perNetwork + 1)
})

test('a token asks so often a minute, and is told how long it waits', () => {
  const { access } = rig()
  const token = { id: 3 }
  for (let request = 0; request < apiServer.requestsPerMinute; request++)
    expect(access.waitSeconds(token, 1_000)).toBe(0)
  expect(access.waitSeconds(token, 31_000)).toBe(30)
  expect(access.waitSeconds({ id: 4 }, 31_000)).toBe(0)
  expect(access.waitSeconds(token, 61_000)).toBe(0)
})
