/** The resolver of a relay: that of the configuration, with a memory. */
import type { RelayConfig } from '../config/schema.ts'
import { cachingResolver } from '../dns/caching-resolver.ts'
import type { Resolver } from '../dns/resolver.ts'
import { stubResolver } from '../dns/stub-resolver.ts'
import * as limits from '../limits.ts'
import { farValidators, resolverSettings } from './settings.ts'
import type { World } from './world.ts'

export function openResolver(config: RelayConfig, world: World): Resolver {
  const settings = resolverSettings(config.resolver, octets => world.random(octets))
  const far = farValidators(config)
  if (far.length > 0)
    world.log.warn({ servers: far }, 'DNSSEC validation is left to servers elsewhere: is the way there safe?')
  const resolver = world.resolver ?? stubResolver(settings)
  return cachingResolver(resolver, { clock: () => world.clock(), ...limits.resolverCache })
}
