/**
 * Remembers answers, and lets look-ups of one name at the same time share one question (RFC 2308 for absent ones).
 * Temporary failures are not remembered: the next question asks again.
 */
import { RecentMap } from '../bounded/recent-map.ts'
import type { Answer, Resolver } from './resolver.ts'

export interface CachingSettings {
  /** Unix time in milliseconds. */
  readonly clock: () => number
  /** Answers kept, over all types; the one that was not asked for the longest goes first. */
  readonly maxEntries: number
  /** Octets of all answers kept, roughly: strangers choose how long their records are. */
  readonly maxOctets: number
  /** For records whose TTL is not known. */
  readonly defaultTtlSeconds: number
  /** For names and types that are absent where the answer does not tell how long (RFC 2308 section 5). */
  readonly negativeTtlSeconds: number
  /** Bound of what it tells then. */
  readonly maxNegativeTtlSeconds: number
  /** Bounds of a TTL that is known: no storm of questions for a TTL of 0, no answer that lasts for weeks. */
  readonly minTtlSeconds: number
  readonly maxTtlSeconds: number
}

interface Entry {
  readonly answer: Answer<unknown>
  readonly expiresAtMilliseconds: number
  readonly octets: number
}

/** A resolver in front of another one. */
export function cachingResolver(resolver: Resolver, settings: CachingSettings): Resolver {
  const entries = new RecentMap<string, Entry>({
    maxEntries: settings.maxEntries,
    sizes: { max: settings.maxOctets, of: ({ octets }) => octets },
  })
  const underWay = new Map<string, Promise<Answer<unknown>>>()

  function remember(key: string, answer: Answer<unknown>): void {
    const seconds = lifetimeSeconds(answer, settings)
    if (seconds === 0) return
    const expiresAtMilliseconds = settings.clock() + seconds * 1000
    entries.set(key, { answer, expiresAtMilliseconds, octets: octetsOf(key, answer) })
  }

  /** The answer that is still good. */
  function remembered(key: string): Answer<unknown> | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAtMilliseconds > settings.clock()) return entry.answer
    entries.delete(key)
    return undefined
  }

  async function ask<T>(type: string, name: string, query: () => Promise<Answer<T>>): Promise<Answer<T>> {
    const key = `${type} ${name.toLowerCase()}`
    // The type is part of the key, so what is found under it holds records of that type.
    const known = (remembered(key) ?? underWay.get(key)) as Answer<T> | Promise<Answer<T>> | undefined
    if (known !== undefined) return known
    const answering = query()
      .then(answer => {
        remember(key, answer)
        return answer
      })
      .finally(() => underWay.delete(key))
    underWay.set(key, answering)
    return answering
  }

  return {
    txt: name => ask('txt', name, () => resolver.txt(name)),
    mx: name => ask('mx', name, () => resolver.mx(name)),
    srv: name => ask('srv', name, () => resolver.srv(name)),
    uri: name => ask('uri', name, () => resolver.uri(name)),
    addresses: name => ask('addresses', name, () => resolver.addresses(name)),
    alias: name => ask('alias', name, () => resolver.alias(name)),
    pointers: name => ask('pointers', name, () => resolver.pointers(name)),
    tlsa: name => ask('tlsa', name, () => resolver.tlsa(name)),
  }
}

/** How long an answer is good for; 0 is not to be kept. */
function lifetimeSeconds(answer: Answer<unknown>, settings: CachingSettings): number {
  if (answer.kind === 'temporary') return 0
  const { kind, ttlSeconds: ttl } = answer
  const isAbsent = kind === 'absent'
  if (ttl === undefined) return isAbsent ? settings.negativeTtlSeconds : settings.defaultTtlSeconds
  const most = isAbsent ? settings.maxNegativeTtlSeconds : settings.maxTtlSeconds
  return Math.min(Math.max(ttl, settings.minTtlSeconds), most)
}

/** What an answer takes in memory, roughly: the text of its records and a flat amount for the rest. */
function octetsOf(key: string, answer: Answer<unknown>): number {
  const records = answer.kind === 'records' ? answer.records : []
  return records.reduce<number>((sum, record) => sum + recordOctets(record), key.length + 64)
}

function recordOctets(record: unknown): number {
  if (typeof record === 'string') return record.length
  const isTlsa = typeof record === 'object' && record !== null && 'association' in record
  return 64 + (isTlsa && record.association instanceof Uint8Array ? record.association.length : 0)
}
