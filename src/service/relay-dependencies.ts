/** What the relay takes from outside: everything that differs between a running daemon, a test and a demo. */
import type { Resolver } from '../dns/resolver.ts'
import type { Logger } from '../log/log.ts'

export interface RelayRunner {
  readonly version: string
  /** Reads the configuration, certificates and keys again. @throws Error that says why everything stays as it is */
  reload(): Promise<{ readonly onlyAtStart: readonly string[] }>
}

export interface RelayDependencies {
  /** Unix milliseconds. */
  readonly clock: () => number
  /** That many random octets, fit for keys. */
  readonly random: (octets: number) => Buffer
  readonly log: Logger
  /** Its place among the relays of this machine that share the store; undefined: it is alone. */
  readonly place?: number
  /** What whoever runs the relay can do for the operator; absent where a relay is part of another program. */
  readonly runner?: RelayRunner
  /** Replaces the resolver of the configuration. */
  readonly resolver?: Resolver
}

/** Unix seconds of the clock. */
export function nowSeconds(dependencies: Pick<RelayDependencies, 'clock'>): number {
  return Math.floor(dependencies.clock() / 1000)
}
