import { describe, expect, test } from 'vitest'
import { decide, defaultAdmitPolicy } from '../../../src/admit/policy.ts'
import type { State, Verdict } from '../../../src/dkim2/index.ts'

function verdictOf(state: State): Verdict {
  return state === 'pass' || state === 'none'
    ? { state, hops: [] }
    : { state, hops: [], error: 'DKIM2-Signature i=1 is wrong' }
}

describe('by the rule of the drafts', () => {
  test.each(['pass', 'none'] as const)('%s is accepted and gets a hop', state => {
    expect(decide(verdictOf(state), defaultAdmitPolicy)).toEqual({ kind: 'accept', addHop: true })
  })

  test.each(['fail', 'permerror'] as const)(
    '%s is refused with 550 5.7.1 and the words of the draft',
    state => {
      const decision = decide(verdictOf(state), defaultAdmitPolicy)
      expect(decision).toMatchObject({ kind: 'refuse', reply: { code: 550, enhanced: '5.7.1' } })
      expect(decision.kind === 'refuse' && decision.reply.text).toBe(
        `${state.toUpperCase()} DKIM2-Signature i=1 is wrong`,
      )
    },
  )

  test('temperror is deferred with 451 4.7.5', () => {
    expect(decide(verdictOf('temperror'), defaultAdmitPolicy)).toMatchObject({
      kind: 'refuse',
      reply: { code: 451, enhanced: '4.7.5' },
    })
  })
})

test('a domain may take broken chains, and then no hop of ours vouches for them', () => {
  const policy = { ...defaultAdmitPolicy, fail: 'accept-without-hop' } as const
  expect(decide(verdictOf('fail'), policy)).toEqual({ kind: 'accept', addHop: false })
})

test('a domain may take signed mail only', () => {
  const policy = { ...defaultAdmitPolicy, none: 'reject' } as const
  expect(decide(verdictOf('none'), policy)).toMatchObject({
    kind: 'refuse',
    reply: { code: 550, enhanced: '5.7.1' },
  })
})
