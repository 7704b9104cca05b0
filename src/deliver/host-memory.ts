/**
 * Remembers for a while which addresses could not be connected to, so that a dead host of a domain does not cost every message
 * the time until it is given up: such an address is tried last, not never.
 */
import { RecentMap } from '../bounded/recent-map.ts'
import type { SmtpHop } from '../discover/next-hop.ts'

export interface HostMemorySettings {
  /** How long an address is tried last after it failed. */
  readonly restMilliseconds: number
  /** Addresses that are remembered; the one that failed the longest ago is forgotten first. */
  readonly maxAddresses: number
}

export class HostMemory {
  readonly #settings: HostMemorySettings
  /** Unix milliseconds of the failure, by address and port. */
  readonly #failedAt: RecentMap<string, number>

  constructor(settings: HostMemorySettings) {
    this.#settings = settings
    this.#failedAt = new RecentMap({ maxEntries: settings.maxAddresses })
  }

  /** @param now Unix milliseconds */
  failed(hop: SmtpHop, now: number): void {
    this.#failedAt.set(keyOf(hop), now)
  }

  reached(hop: SmtpHop): void {
    this.#failedAt.delete(keyOf(hop))
  }

  /** Those that did not just fail in their order, then those that did. */
  order(hops: readonly SmtpHop[], now: number): SmtpHop[] {
    if (this.#failedAt.count === 0) return [...hops]
    const { fresh = [], resting = [] } = Object.groupBy(hops, hop =>
      this.#isResting(hop, now) ? 'resting' : 'fresh',
    )
    return [...fresh, ...resting]
  }

  #isResting(hop: SmtpHop, now: number): boolean {
    const failedAt = this.#failedAt.peek(keyOf(hop))
    return failedAt !== undefined && now < failedAt + this.#settings.restMilliseconds
  }
}

function keyOf({ address, port }: SmtpHop): string {
  return `${address} ${port}`
}
