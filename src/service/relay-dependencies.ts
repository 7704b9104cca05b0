/** What the relay takes from outside: everything that differs between a running daemon, a test and a demo. */
import type { Resolver } from '../dns/resolver.ts'
import type { Logger } from '../log/log.ts'

export interface RelayDependencies {
  /** Unix milliseconds. */
  readonly clock: () => number
  /** That many random octets, fit for keys. */
  readonly random: (octets: number) => Buffer
  readonly log: Logger
  /** Its place among the relays of this machine that share the store; undefined: it is alone. */
  readonly place?: number
  /** Replaces the resolver of the configuration. */
  readonly resolver?: Resolver
}

/** Unix seconds of the clock. */
export function nowSeconds(dependencies: Pick<RelayDependencies, 'clock'>): number {
  return Math.floor(dependencies.clock() / 1000)
}
