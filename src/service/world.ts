/** What the relay takes from outside: everything that differs between a running daemon, a test and a demo. */
import type { Resolver } from '../dns/resolver.ts'
import type { Logger } from '../log/log.ts'

export interface World {
  /** Unix milliseconds. */
  clock(): number
  /** That many random octets, fit for keys. */
  random(octets: number): Buffer
  readonly log: Logger
  /** Replaces the resolver of the configuration. */
  readonly resolver?: Resolver
}

/** Unix seconds of a world's clock. */
export function nowSeconds(world: Pick<World, 'clock'>): number {
  return Math.floor(world.clock() / 1000)
}
