/** What must stand in DNS for the keys, and whether it does. */
import type { KeyRecord } from '../dkim2/key-record.ts'
import { parseKeyRecord } from '../dkim2/key-record.ts'
import type { Answer } from '../dns/resolver.ts'
import type { SigningKey } from './signing-key.ts'

/** The records of a set of keys in the form that `verify --dns` reads: domain, label, then `["txt", text]` each. */
export type KeyZone = Record<string, Record<string, [type: 'txt', text: string][]>>

/**
 * The zone of these keys.
 *
 * @param readers domains whose readers' programs look for keys (`bimi`)
 */
export function keyZone(keys: readonly SigningKey[], readers: readonly string[] = []): KeyZone {
  const zone: KeyZone = {}
  for (const key of keys) {
    const records = zone[key.domain] ?? {}
    for (const name of recordNames(key, readers))
      records[name.slice(0, -key.domain.length - 1)] = [['txt', key.record]]
    zone[key.domain] = records
  }
  return zone
}

/** The names of the records of a key: where readers' programs look for it too, when it signs what they show (draft-brotman-bimi-mua-00). */
export function recordNames(
  { recordName, domain, selector, algorithm }: SigningKey,
  readers: readonly string[],
) {
  const isShown = readers.includes(domain) && algorithm !== 'mldsa44'
  return isShown ? [recordName, `${selector}._local._bimi.${domain}`] : [recordName]
}

/** How the published record of one key compares with the key. */
export interface PublishedKey {
  readonly key: SigningKey
  readonly state: 'ok' | 'missing' | 'different' | 'unknown'
  /** What was found instead, or why it is unknown. */
  readonly found?: string
}

/**
 * Compares the record of a key with what DNS answers.
 *
 * @param answer what was found at `key.recordName`
 */
export function comparePublished(key: SigningKey, answer: Answer<string>): PublishedKey {
  if (answer.kind === 'absent') return { key, state: 'missing' }
  if (answer.kind === 'temporary') return { key, state: 'unknown', found: answer.reason }
  const [record, ...others] = answer.records
  if (record === undefined) return { key, state: 'missing' }
  if (others.length > 0)
    return { key, state: 'different', found: `${answer.records.length} records; there must be one` }
  const published = parseKeyRecord(record)
  const same = published.kind === 'key' && published.key.equals(key.publicKey)
  return same ? { key, state: 'ok' } : { key, state: 'different', found: foundText(record, published) }
}

/** What a verifier makes of the record, where it is no key for it. */
function foundText(record: string, published: KeyRecord): string {
  return published.kind === 'key' ? record : `${record} (${published.kind}: ${published.reason})`
}
