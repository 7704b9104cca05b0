/** Signing in against accounts: what is believed, what it costs, and that nobody learns or slows anything by guessing. */
import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Credentials } from '../../../../src/accounts/credentials.ts'
import { credentialsOf } from '../../../../src/accounts/credentials.ts'
import { GuessLimits } from '../../../../src/accounts/guess-limits.ts'
import { judgeClientFinal, readClientFirst, serverFirst } from '../../../../src/accounts/scram.ts'
import { Lanes } from '../../../../src/bounded/lanes.ts'
import { AccountsAtWork } from '../../../../src/service/submission/accounts-at-work.ts'
import { delayMilliseconds } from '../../../../src/service/submission/open-submission.ts'
import type { StoredAccount } from '../../../../src/store/account-records.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { scramClient } from '../../../support/scram-client.ts'

const cost = { scrypt: { cost: 16, blockSize: 8, parallelization: 1 }, scramIterations: 4096 }
const right = 'correct horse'
let credentials: Credentials
beforeAll(async () => {
  credentials = await credentialsOf(right, randomBytes, cost)
})

const here = { address: '192.0.2.1', clientKey: undefined, gone: new AbortController().signal }

function work(changes: Partial<StoredAccount> = {}, allowed: readonly string[] = []) {
  const ann: StoredAccount = {
    id: 7,
    name: 'Ann',
    nameKey: 'ann',
    credentials,
    senders: ['@alias.example'],
    dailyLimit: null,
    clients: 'observe',
    createdAt: 1,
    state: 'active',
    changedAt: 1,
    ...changes,
  }
  const asked: string[] = []
  const noted: string[] = []
  const delays: number[] = []
  const log = new RecordingLog()
  const lanes = new Lanes(2, 50)
  const accounts = new AccountsAtWork({
    store: {
      async account(nameKey) {
        asked.push(nameKey)
        return nameKey === 'ann' ? ann : undefined
      },
      accountById: async id => (id === 7 ? ann : undefined),
      async noteClient(_, clientKey) {
        noted.push(clientKey)
        return allowed.includes(clientKey)
      },
    },
    log,
    limits: new GuessLimits({ perNetwork: 3, perAccount: 100, windowMilliseconds: 60_000, remembered: 100 }),
    lanes,
    secret: randomBytes(32),
    offersClientId: true,
    maxClients: 10,
    cost,
    clock: () => 1_000,
    random: randomBytes,
    delay: async wrong => void delays.push(wrong),
  })
  return { accounts, asked, noted, delays, log, lanes, ann }
}

describe('a name and a password', () => {
  test('that fit sign in, however the name is spelled', async () => {
    const { accounts } = work()
    expect(await accounts.checkPassword('ANN', right, here)).toEqual({
      kind: 'signed-in',
      submitter: { accountId: 7, name: 'Ann', senders: ['@alias.example'], dailyLimit: null, changedAt: 1 },
    })
  })

  test('that do not fit, of a name that nobody has and of a disabled account get the same reply and delay', async () => {
    const wrong = work()
    const disabled = work({ state: 'disabled' })
    const replies = [
      await wrong.accounts.checkPassword('ann', 'wrong horse', here),
      await wrong.accounts.checkPassword('nobody', 'wrong horse', here),
      await disabled.accounts.checkPassword('ann', right, here),
    ]
    expect(new Set(replies.map(reply => JSON.stringify(reply))).size).toBe(1)
    expect(replies[0]).toMatchObject({ kind: 'refused', reply: { code: 535, enhanced: '5.7.8' } })
    expect([wrong.delays, disabled.delays]).toEqual([[1, 2], [1]])
  })

  test('are never logged; the name only where it is that of an account', async () => {
    const { accounts, log } = work()
    await accounts.checkPassword('my secret typed as a name', 'wrong horse', here)
    await accounts.checkPassword('ann', 'wrong horse', here)
    await accounts.checkPassword('ann', right, here)
    const lines = JSON.stringify(log.lines)
    expect(lines).not.toMatch(/horse|my secret/)
    expect(lines).toContain('Ann')
  })
})

describe('too many wrong passwords of a network', () => {
  test('are refused with the time to wait before anything is looked at, also the right one', async () => {
    const { accounts, asked } = work()
    for (let n = 0; n < 3; n++) await accounts.checkPassword('ann', 'wrong horse', here)
    expect(await accounts.checkPassword('ann', right, here)).toMatchObject({
      reply: { code: 454, enhanced: '4.7.0', text: 'too many wrong passwords, try again in 60 seconds' },
    })
    expect(await accounts.beginScram('ann', here)).toMatchObject({ kind: 'refused', reply: { code: 454 } })
    expect(asked).toHaveLength(3)
  })

  test('ten thousand at once cost three looks, and somebody elsewhere signs in meanwhile', async () => {
    const { accounts, asked, lanes } = work()
    const guesses = Array.from({ length: 10_000 }, (_, n) => accounts.checkPassword(`name${n}`, 'x', here))
    const elsewhere = accounts.checkPassword('ann', right, { ...here, address: '198.51.100.9' })
    // The queue itself is bounded: what does not fit is refused at once, for a moment.
    const results = await Promise.all([...guesses, elsewhere])
    const codes = Map.groupBy(results, one => (one.kind === 'refused' ? one.reply.code : 235))
    expect(codes.get(535)).toHaveLength(3)
    expect(asked.length).toBeLessThanOrEqual(4)
    expect(lanes.laneCount).toBe(0)
    expect(await accounts.checkPassword('ann', right, { ...here, address: '198.51.100.9' })).toMatchObject({
      kind: 'signed-in',
    })
  })

  test('wait longer from one to the next, and never beyond what clients wait', () => {
    expect([1, 2, 3, 4, 5, 50].map(wrong => delayMilliseconds(wrong, 1_000))).toEqual([
      1_000, 2_000, 4_000, 8_000, 8_000, 8_000,
    ])
  })
})

describe('SCRAM', () => {
  async function exchange(accounts: AccountsAtWork, name: string, password: string) {
    const client = scramClient(name, password)
    const first = readClientFirst(client.first)
    const start = await accounts.beginScram(name, here)
    if (first === undefined || start.kind === 'refused') throw new Error('refused at once')
    const sent = serverFirst(first, start.nonce, start.verifier)
    const final = judgeClientFinal(client.final(sent), { first, serverFirst: sent, verifier: start.verifier })
    return { sent, signIn: await accounts.endScram(name, final !== undefined, here) }
  }

  test('signs in with the password, and not with another one', async () => {
    const { accounts } = work()
    expect((await exchange(accounts, 'ann', right)).signIn.kind).toBe('signed-in')
    expect((await exchange(accounts, 'ann', 'wrong horse')).signIn).toMatchObject({ reply: { code: 535 } })
  })

  test('a name that nobody has goes on like any other, with the same salt each time', async () => {
    const { accounts } = work()
    const [one, other] = [await exchange(accounts, 'ghost', 'x'), await exchange(accounts, 'ghost', 'x')]
    const saltOf = (sent: string) => /s=[^,]+,i=\d+$/.exec(sent)?.[0]
    expect(saltOf(one.sent)).toBe(saltOf(other.sent))
    expect(one.sent).not.toBe(other.sent)
    expect(one.signIn).toMatchObject({ reply: { code: 535 } })
  })
})

describe('clients of an account', () => {
  const from = (clientKey: string | undefined) => ({ ...here, clientKey })

  test('are noted where they are observed', async () => {
    const { accounts, noted } = work()
    expect((await accounts.checkPassword('ann', right, from('one'))).kind).toBe('signed-in')
    expect(noted).toEqual(['one'])
  })

  test('must be allowed ones where it is bound; the others get the reply of a wrong password and are noted', async () => {
    const { accounts, noted, log } = work({ clients: 'bind' }, ['mine'])
    expect((await accounts.checkPassword('ann', right, from('mine'))).kind).toBe('signed-in')
    expect(await accounts.checkPassword('ann', right, from('other'))).toMatchObject({ reply: { code: 535 } })
    expect(await accounts.checkPassword('ann', right, from(undefined))).toMatchObject({
      reply: { code: 535 },
    })
    expect(noted).toEqual(['mine', 'other'])
    expect(JSON.stringify(log.lines)).toContain('bound to other clients')
  })

  test('are not noted by somebody who does not know the password', async () => {
    const { accounts, noted } = work()
    await accounts.checkPassword('ann', 'wrong horse', from('one'))
    expect(noted).toEqual([])
  })
})

test('a session goes on as long as neither state nor password of its account are changed', async () => {
  const { accounts, ann } = work()
  const submitter = { accountId: 7, name: 'Ann', senders: [], dailyLimit: 1, changedAt: 1 }
  expect(await accounts.current(submitter)).toMatchObject({ senders: ann.senders, dailyLimit: null })
  expect(await accounts.current({ ...submitter, changedAt: 0 })).toBeUndefined()
  expect(await accounts.current({ ...submitter, accountId: 8 })).toBeUndefined()
  expect(await work({ state: 'disabled' }).accounts.current(submitter)).toBeUndefined()
})
