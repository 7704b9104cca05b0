/**
 * The health of destinations as wholes. One of which no host can be reached rests, and then gets one delivery as a probe instead of an
 * attempt for each message; one that is not known yet gets a few at a time; one that takes mail gets all its places.
 */
import { RecentMap } from '../bounded/recent-map.ts'

export interface HealthSettings {
  /** How long a destination rests after it failed once, twice, …; the last one repeats. At least one. */
  readonly restMilliseconds: readonly number[]
  /** Places of a destination that has not been reached yet. */
  readonly initialPlaces: number
  /** Destinations that are remembered; the one of which nothing was heard the longest is forgotten first. */
  readonly maxDestinations: number
}

/** A destination as people are told of it. */
export interface Health {
  /** `reached`: it takes mail; `resting`: no host was reached lately; `unknown`: nothing was heard of it since the start. */
  readonly state: 'reached' | 'resting' | 'unknown'
  /** When it is tried again; Unix milliseconds; null unless it rests. */
  readonly restsUntil: number | null
}

interface Known {
  /** In a row. */
  readonly failures: number
  /** It rests from then on; Unix milliseconds. */
  readonly since: number
  /** It rests until then; Unix milliseconds. */
  readonly until: number
  /** Unix milliseconds; 0: never. */
  readonly reachedAt: number
}

const unknown: Known = { failures: 0, since: 0, until: 0, reachedAt: 0 }

/** What is known of destinations. It is forgotten at the end of the process: the times of next attempts are in the store. */
export class DestinationHealth {
  readonly #settings: HealthSettings
  readonly #health: RecentMap<string, Known>

  constructor(settings: HealthSettings) {
    this.#settings = settings
    this.#health = new RecentMap({ maxEntries: settings.maxDestinations })
  }

  /** A host of the destination has talked about a message. */
  reached(destination: string, now: number): void {
    this.#health.set(destination, { ...unknown, reachedAt: now })
  }

  /**
   * No host of the destination could be reached, or none would talk about any message.
   *
   * @param attempt when that attempt began and ended
   * @param stretch at least 1: makes the rest longer, so that destinations that failed together do not come back together
   * @returns when its rest ends, if one begins now
   */
  failed(
    destination: string,
    attempt: { readonly startedAt: number; readonly endedAt: number },
    stretch = 1,
  ): number | undefined {
    const { failures, until, reachedAt } = this.#health.peek(destination) ?? unknown
    // Others got through meanwhile: too many connections, perhaps, but not a dead destination.
    if (reachedAt >= attempt.startedAt) return undefined
    // Attempts that were under way when the rest began say nothing new.
    if (attempt.startedAt < until) return undefined
    const { restMilliseconds } = this.#settings
    const rest = restMilliseconds[Math.min(failures, restMilliseconds.length - 1)] ?? 0
    const end = Math.ceil(attempt.endedAt + rest * stretch)
    const since = attempt.endedAt
    this.#health.set(destination, { failures: failures + 1, since, until: end, reachedAt })
    return end
  }

  /**
   * The next hop says itself when it can be reached again.
   *
   * @returns `until`, if that is news
   */
  restsUntil(destination: string, since: number, until: number): number | undefined {
    const known = this.#health.peek(destination) ?? unknown
    if (until <= known.until) return undefined
    this.#health.set(destination, { ...known, since, until })
    return until
  }

  /** When the rest of a destination ends, if it rests at this time. */
  restingUntil(destination: string, now: number): number | undefined {
    const until = this.#health.peek(destination)?.until ?? 0
    return now < until ? until : undefined
  }

  /**
   * Whether a delivery that is due has to wait for the end of the rest. One that became due since then was asked for by the
   * operator: everything else was put off.
   */
  isPutOff(delivery: { readonly destination: string; readonly nextAttemptAt: number }, now: number): boolean {
    if (this.restingUntil(delivery.destination, now) === undefined) return false
    return delivery.nextAttemptAt <= (this.#health.peek(delivery.destination)?.since ?? 0)
  }

  /** What is known of a destination. */
  of(destination: string, now: number): Health {
    const restsUntil = this.restingUntil(destination, now) ?? null
    const { reachedAt } = this.#health.peek(destination) ?? unknown
    return { state: restsUntil !== null ? 'resting' : reachedAt === 0 ? 'unknown' : 'reached', restsUntil }
  }

  /** How many of its places a destination may use. */
  places(destination: string, all: number): number {
    const { failures, reachedAt } = this.#health.peek(destination) ?? unknown
    if (failures > 0) return 1
    return reachedAt === 0 ? Math.min(all, this.#settings.initialPlaces) : all
  }
}
