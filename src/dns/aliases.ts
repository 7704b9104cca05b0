/** Follows aliases (CNAME) through the records of an answer. */
import type { Answer } from 'dns-packet'
import { normalName } from './name.ts'
import type { QueryType } from './query.ts'
import { lifetimeSeconds } from './reply.ts'

export interface Followed {
  /** Every name on the way, the one that was asked for first. */
  readonly names: readonly string[]
  /** The records of the last name, of the type that was asked for. */
  readonly records: readonly Answer[]
  /** Lives of all records that led here, in seconds. */
  readonly lives: readonly number[]
  /** The aliases lead in a circle. */
  readonly isLoop: boolean
}

/**
 * From a name to the records of that type, by as many aliases as the answer holds.
 *
 * @param way what earlier answers led to; only its last name is looked for
 */
export function followAliases(way: Followed, type: QueryType, answers: readonly Answer[]): Followed {
  const byOwner = Map.groupBy(answers, record => normalName(record.name))
  const names = [...way.names]
  const lives = [...way.lives]
  for (;;) {
    const owned = byOwner.get(names.at(-1) ?? '') ?? []
    const records = owned.filter(record => record.type === type)
    lives.push(...records.map(lifetimeSeconds))
    const alias = owned.find(record => record.type === 'CNAME')
    if (records.length > 0 || alias?.type !== 'CNAME') return { names, records, lives, isLoop: false }
    lives.push(lifetimeSeconds(alias))
    const target = normalName(alias.data)
    if (names.includes(target)) return { names, records, lives, isLoop: true }
    names.push(target)
  }
}
