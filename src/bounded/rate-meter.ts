/**
 * How often something may happen for each of many keys: so many times within a period that begins with the first. Bounded: of the
 * keys that were counted the longest ago nothing is known any more.
 */
import { RecentMap } from './recent-map.ts'

export interface Rate {
  /** Times within the period. */
  readonly most: number
  readonly periodMilliseconds: number
}

/** What was counted for one key. */
export interface RateCount {
  readonly count: number
  /** When the period is over and the count begins anew; Unix milliseconds. */
  readonly endsAt: number
}

export class RateMeter {
  readonly #rate: Rate
  readonly #counts: RecentMap<string, RateCount>

  /** @param maxKeys keys that are remembered */
  constructor(rate: Rate, maxKeys: number) {
    this.#rate = rate
    this.#counts = new RecentMap({ maxEntries: maxKeys })
  }

  /** How long this key has to wait until once more is allowed, in milliseconds; 0: not at all. Counts nothing. */
  wait(key: string, nowMilliseconds: number): number {
    const current = this.#current(key, nowMilliseconds)
    return current === undefined || current.count < this.#rate.most ? 0 : current.endsAt - nowMilliseconds
  }

  /** Counts once more, and answers what there is now. */
  add(key: string, nowMilliseconds: number): RateCount {
    const current = this.#current(key, nowMilliseconds)
    const next: RateCount = {
      count: (current?.count ?? 0) + 1,
      endsAt: current?.endsAt ?? nowMilliseconds + this.#rate.periodMilliseconds,
    }
    this.#counts.set(key, next)
    return next
  }

  /** Takes over what an earlier run had counted. */
  restore(key: string, count: RateCount): void {
    this.#counts.set(key, count)
  }

  /** A clock that was set back, or a period that was made shorter, must not lock anybody out for longer than a period. */
  #current(key: string, nowMilliseconds: number): RateCount | undefined {
    const found = this.#counts.get(key)
    const left = (found?.endsAt ?? 0) - nowMilliseconds
    return left > 0 && left <= this.#rate.periodMilliseconds ? found : undefined
  }
}
