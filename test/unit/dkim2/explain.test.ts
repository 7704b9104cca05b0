import { describe, expect, test } from 'vitest'
import { explain, explanationText } from '../../../src/dkim2/explain.ts'
import type { Verdict } from '../../../src/dkim2/verify.ts'
import {
  alias,
  check,
  list,
  message,
  origin,
  pass,
  plain,
  tamper,
  threeHops,
} from '../../support/dkim2-parties.ts'

describe('an explanation', () => {
  test('tells who had the message and what each did to it', async () => {
    const sent = await threeHops()
    const explanation = explain(sent, await check(sent, alias))
    expect(explanation).toMatchObject({
      verdict: 'PASS',
      profile: 'mailversion',
      hops: [
        { sequence: 1, versions: [{ number: 1, headers: [], body: false, unrecoverable: false }] },
        { sequence: 2, versions: [{ number: 2, body: true }] },
        { sequence: 3, versions: [{ number: 3, headers: [], body: false }] },
      ],
    })
    expect(explanation.hops[1]?.versions[0]?.headers.toSorted()).toEqual(['Comments', 'List-Id', 'Subject'])
  })

  test('reads as text', async () => {
    const sent = await threeHops()
    expect(explanationText(explain(sent, await check(sent, alias))).split('\n')).toEqual([
      'PASS (mailversion, 3 hops)',
      'i=1 origin.example: pass',
      '    sent at 2025-11-13T02:13:20Z from <a@origin.example> to <team@list.example>',
      '    signed with ed (ed25519-sha256)',
      '    version 1: nothing changed',
      'i=2 list.example: pass',
      '    sent at 2025-11-13T02:13:30Z from <bounce@list.example> to <friend@alias.example>',
      '    signed with ed (ed25519-sha256), flags modifiedbody, modifiedheader',
      '    version 2: changed header fields Subject, Comments, List-Id and the body',
      'i=3 alias.example: pass',
      '    sent at 2025-11-13T02:13:40Z from <b+1@alias.example> to <box@destination.example>',
      '    signed with ed (ed25519-sha256)',
      '    version 3: nothing changed',
      '',
    ])
  })

  test('says what failed and where', async () => {
    const sent = tamper(await threeHops(), '[team] Plans', '[team] plans')
    const text = explanationText(explain(sent, await check(sent, alias)))
    expect(text).toContain('FAIL DKIM2-Signature i=3 ed incorrect signature (mailversion, 3 hops)\n')
    expect(text).toContain('i=1 origin.example: pass\n')
    expect(text).toContain('i=2 list.example: fail - DKIM2-Signature i=2 ed incorrect signature\n')
  })

  test('says what is lost and what was not added', async () => {
    const recipe = { headers: [], body: 'unrecoverable' as const }
    const second = await pass(await pass(message(plain), origin), { ...list, recipe })
    const third = await pass(second, { ...alias, alwaysVersion: false })
    const text = explanationText(explain(third, await check(third, alias)))
    expect(text).toContain('version 2: changed the body; what was before cannot be recreated')
    expect(text).toContain('i=1 origin.example: unverifiable')
    expect(text).toContain('    added no version\n')
  })

  test('names both keys of a hop and the null reverse-path', async () => {
    const passage = { ...origin, from: '', selectors: ['ed', 'rsa'] as const }
    const sent = await pass(message(plain), passage)
    const text = explanationText(explain(sent, await check(sent, passage)))
    expect(text).toContain('(mailversion, 1 hop)')
    expect(text).toContain('from <> to <team@list.example>')
    expect(text).toContain('signed with ed (ed25519-sha256) and rsa (rsa-sha256)')
  })

  test('of a message without DKIM2 is short', async () => {
    const whole = message(plain)
    expect(explanationText(explain(whole, await check(whole, origin)))).toBe('NONE\n')
  })

  test('lets no control character of a message through to a terminal', () => {
    const verdict: Verdict = {
      state: 'pass',
      profile: 'mailversion',
      hops: [
        {
          sequence: 1,
          domain: 'a.example',
          reversePath: 'a\x1b[2J@a.example',
          forwardPaths: ['b\u202e@b.example'],
          timestampSeconds: 0,
          selectors: ['s'],
          algorithms: ['x'],
          flags: ['f\nPASS'],
          state: 'pass',
        },
      ],
    }
    const text = explanationText(explain(message(plain), verdict))
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/)
    expect(text.split('\n')).toHaveLength(6)
  })
})
