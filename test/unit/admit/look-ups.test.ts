import { describe, expect, test } from 'vitest'
import { boundedLookUps } from '../../../src/admit/look-ups.ts'

const never = new AbortController().signal
const silent = { lookup: () => new Promise<never>(() => {}), resolver: () => new Promise<never>(() => {}) }

/** A DNS that has everything, and counts what it is asked. */
function counting() {
  const asked: string[] = []
  return {
    asked,
    lookup: async (name: string) => {
      asked.push(name)
      return { kind: 'records' as const, records: ['x'] }
    },
    resolver: async (name: string, type: string) => {
      asked.push(`${type} ${name}`)
      return [['x']]
    },
  }
}

describe('the look-ups of one message', () => {
  test('ask each name once, whatever its letter case', async () => {
    const dns = counting()
    const { lookup, resolver } = boundedLookUps(dns, { maxNames: 30, ends: never })
    await Promise.all([lookup('a.example'), lookup('A.example')])
    await Promise.all([resolver('b.example', 'TXT'), resolver('B.example', 'TXT')])
    expect(dns.asked).toEqual(['a.example', 'TXT b.example'])
  })

  test('end with so many names, whoever asks; an address counts for its two families', async () => {
    const dns = counting()
    const { lookup, resolver, hasUnknown } = boundedLookUps(dns, { maxNames: 4, ends: never })
    await lookup('a.example')
    await resolver('b.example', 'MX')
    await resolver('c.example', 'A')
    expect(await lookup('d.example')).toEqual({ kind: 'absent' })
    await expect(resolver('e.example', 'TXT')).rejects.toMatchObject({ code: 'EBADNAME' })
    expect(dns.asked).toHaveLength(3)
    expect(hasUnknown()).toBe(false)
  })

  test('are temporary failures at once when the judgement ends, those under way and those to come', async () => {
    const over = new AbortController()
    const { lookup, resolver, hasUnknown } = boundedLookUps(silent, { maxNames: 30, ends: over.signal })
    const underWay = [lookup('a.example'), resolver('b.example', 'TXT').catch((error: unknown) => error)]
    over.abort()
    expect(await Promise.all(underWay)).toMatchObject([{ kind: 'temporary' }, { code: 'ETIMEOUT' }])
    expect(await lookup('c.example')).toMatchObject({ kind: 'temporary' })
    await expect(resolver('d.example', 'TXT')).rejects.toMatchObject({ code: 'ETIMEOUT' })
    expect(hasUnknown()).toBe(true)
  })
})
