/** What the limits of rates did: totals for whoever shows them, and a summary for the log, which says it once a minute. */
import { RecentMap } from '../../bounded/recent-map.ts'

export type RateKind =
  | 'connections of networks'
  | 'messages of networks'
  | 'recipients of networks'
  | 'messages of accounts'
  | 'recipients of accounts'
  | 'messages of sender domains'
  | 'recipients of sender domains'
  | 'messages to aliases'

/** What one limit refused since the last summary. */
export interface RefusalSummary {
  readonly limit: RateKind
  readonly refused: number
  /** The network, account, domain or address that was refused most, as far as that is remembered, and how often. */
  readonly mostRefused: string
  readonly times: number
}

/** Of those that are refused the log names one: a few are enough to tell which. */
const maxRemembered = 1_000

interface Recent {
  refused: number
  readonly keys: RecentMap<string, number>
}

export class RateCounts {
  readonly #totals = new Map<RateKind, number>()
  #recent = new Map<RateKind, Recent>()

  /** Refusals since the start by limit. */
  get totals(): ReadonlyMap<RateKind, number> {
    return this.#totals
  }

  refused(limit: RateKind, key: string): void {
    this.#totals.set(limit, (this.#totals.get(limit) ?? 0) + 1)
    const recent = this.#recent.get(limit) ?? {
      refused: 0,
      keys: new RecentMap({ maxEntries: maxRemembered }),
    }
    this.#recent.set(limit, recent)
    recent.refused++
    recent.keys.set(key, (recent.keys.get(key) ?? 0) + 1)
  }

  /** What was refused since this was asked last. */
  summary(): RefusalSummary[] {
    const recent = this.#recent
    this.#recent = new Map()
    return [...recent].map(([limit, { refused, keys }]) => ({ limit, refused, ...most(keys) }))
  }
}

function most(keys: RecentMap<string, number>): Pick<RefusalSummary, 'mostRefused' | 'times'> {
  let found = { mostRefused: '', times: 0 }
  for (const [key, times] of keys.entries()) if (times > found.times) found = { mostRefused: key, times }
  return found
}
