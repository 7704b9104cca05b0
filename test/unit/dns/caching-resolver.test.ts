import { beforeEach, describe, expect, test } from 'vitest'
import { type CachingSettings, cachingResolver } from '../../../src/dns/caching-resolver.ts'
import type { Answer, Resolver } from '../../../src/dns/resolver.ts'

let now = 0
let asked: string[] = []
let answer: (name: string) => Answer<never> | Answer<string> | Promise<Answer<string>>

const source: Resolver = {
  txt: async name => {
    asked.push(name)
    return answer(name)
  },
  mx: async name => {
    asked.push(name)
    return { kind: 'absent' }
  },
  srv: async () => ({ kind: 'absent' }),
  addresses: async () => ({ kind: 'absent' }),
  alias: async () => ({ kind: 'absent' }),
  pointers: async () => ({ kind: 'absent' }),
  tlsa: async () => ({ kind: 'absent' }),
  uri: async () => ({ kind: 'absent' }),
}

function resolver(changes: Partial<CachingSettings> = {}): Resolver {
  return cachingResolver(source, {
    clock: () => now,
    maxEntries: 100,
    maxOctets: 100_000,
    defaultTtlSeconds: 300,
    negativeTtlSeconds: 30,
    maxNegativeTtlSeconds: 200,
    minTtlSeconds: 5,
    maxTtlSeconds: 1_000,
    ...changes,
  })
}

function records(ttlSeconds?: number): Answer<string> {
  return { kind: 'records', records: ['text'], ...(ttlSeconds !== undefined && { ttlSeconds }) }
}

beforeEach(() => {
  now = 0
  asked = []
  answer = () => records()
})

/** Seconds after which the name is asked for again. */
async function lifetime(given: Answer<string>): Promise<number> {
  const cache = resolver()
  answer = () => given
  await cache.txt('a.example')
  for (now = 0; asked.length === 1; now += 1000) await cache.txt('a.example')
  return now / 1000 - 1
}

describe('how long an answer is kept', () => {
  test('for its TTL', async () => expect(await lifetime(records(60))).toBe(60))
  test('for the default time when the TTL is not known', async () =>
    expect(await lifetime(records())).toBe(300))
  test('not shorter than the least', async () => expect(await lifetime(records(0))).toBe(5))
  test('not longer than the most', async () => expect(await lifetime(records(1e9))).toBe(1_000))
  test('shorter when it is absent', async () => expect(await lifetime({ kind: 'absent' })).toBe(30))
  test('not at all when it is temporary', async () =>
    expect(await lifetime({ kind: 'temporary', reason: 'down' })).toBe(0))
})

test('look-ups of one name at the same time share one question, whatever the case of the letters', async () => {
  const held = Promise.withResolvers<Answer<string>>()
  answer = () => held.promise
  const cache = resolver()
  const answers = [cache.txt('a.example'), cache.txt('A.Example'), cache.txt('a.example')]
  held.resolve(records())
  expect(await Promise.all(answers)).toEqual([records(), records(), records()])
  expect(asked).toEqual(['a.example'])
})

test('a question that failed with an exception is asked again', async () => {
  const cache = resolver()
  answer = () => Promise.reject(new Error('broken'))
  await expect(cache.txt('a.example')).rejects.toThrow('broken')
  answer = () => records()
  expect(await cache.txt('a.example')).toEqual(records())
})

test('types of one name are kept apart', async () => {
  const cache = resolver()
  await cache.txt('a.example')
  expect(await cache.mx('a.example')).toEqual({ kind: 'absent' })
})

describe('bounds', () => {
  test('beyond the number of entries the one that was not asked for the longest goes', async () => {
    const cache = resolver({ maxEntries: 2 })
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.txt(name)
    expect(asked).toEqual(['a', 'b', 'c', 'b'])
  })

  test('long answers make room for themselves', async () => {
    const cache = resolver({ maxOctets: 3_000 })
    answer = () => ({ kind: 'records', records: ['x'.repeat(2_000)] })
    for (const name of ['a', 'b', 'b', 'a']) await cache.txt(name)
    expect(asked).toEqual(['a', 'b', 'a'])
  })

  test('an answer that is longer than everything is not kept', async () => {
    const cache = resolver({ maxOctets: 1_000 })
    answer = () => ({ kind: 'records', records: ['x'.repeat(2_000)] })
    for (const name of ['a', 'a']) await cache.txt(name)
    expect(asked).toEqual(['a', 'a'])
  })
})
