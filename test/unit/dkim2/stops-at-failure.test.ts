import { describe, expect, test } from 'vitest'
import { type TxtLookup, verdictText, verifyChain } from '../../../src/dkim2/verify.ts'
import type { Message } from '../../../src/message/message.ts'
import { alias, check, laterSeconds, lookup, tamper, threeHops } from '../../support/dkim2-parties.ts'

/** Verifies as a relay does, and says what it asked for. */
async function fromTheTop(of: Message, most = 30, answer: TxtLookup = lookup) {
  const asked: string[] = []
  const verdict = await verifyChain(of, {
    lookup: name => {
      asked.push(name)
      return answer(name)
    },
    nowSeconds: laterSeconds,
    envelope: { reversePath: alias.from, forwardPaths: alias.to },
    stopsAtFailure: true,
    bounds: { maxKeyNames: most },
  })
  return { asked, verdict }
}

describe('verification that stops at the first failure', () => {
  test('finds a chain that holds as good as ever, and asks from the highest hop down', async () => {
    const { asked, verdict } = await fromTheTop(await threeHops())
    expect(verdict).toEqual(await check(await threeHops(), alias))
    expect(asked).toEqual([
      'ed._domainkey.alias.example',
      'ed._domainkey.list.example',
      'ed._domainkey.origin.example',
    ])
  })

  test('asks for nothing where the newest version of the message does not fit its hash', async () => {
    const { asked, verdict } = await fromTheTop(tamper(await threeHops(), 'Hello everybody', 'Hello nobody'))
    expect(verdict.state).toBe('fail')
    expect(asked).toEqual([])
  })

  test.each(['absent', 'temporary'] as const)('asks for no older key once a newer one is %s', async kind => {
    const { asked, verdict } = await fromTheTop(await threeHops(), 30, async () =>
      kind === 'absent' ? { kind } : { kind, reason: 'no answer' },
    )
    expect(asked).toEqual(['ed._domainkey.alias.example'])
    expect(verdict).toMatchObject({ state: kind === 'absent' ? 'permerror' : 'temperror', failedAt: 3 })
    expect(verdict.hops.map(({ state }) => state).slice(0, 2)).toEqual(['none', 'none'])
  })

  test('asks for no older key once a newer signature is wrong', async () => {
    const forged: TxtLookup = name => lookup(name.replace('alias.example', 'list.example'))
    const { asked, verdict } = await fromTheTop(await threeHops(), 30, forged)
    expect(verdictText(verdict)).toBe('FAIL DKIM2-Signature i=3 ed incorrect signature')
    expect(asked).toEqual(['ed._domainkey.alias.example'])
  })

  test('asks for nothing, and says so, where the chain needs more keys than are looked up', async () => {
    const { asked, verdict } = await fromTheTop(await threeHops(), 2)
    expect(verdictText(verdict)).toBe('PERMERROR Message needs 3 public keys, and this verifier looks up 2')
    expect(asked).toEqual([])
    expect((await fromTheTop(await threeHops(), 3)).verdict.state).toBe('pass')
  })
})
