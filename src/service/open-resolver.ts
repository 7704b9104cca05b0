/** The resolver of a relay: that of the configuration, with a memory. */
import type { RelayConfig } from '../config/schema.ts'
import { cachingResolver } from '../dns/caching-resolver.ts'
import type { Resolver } from '../dns/resolver.ts'
import { stubResolver } from '../dns/stub-resolver.ts'
import * as limits from '../limits.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import { farValidators, resolverSettings } from './settings.ts'

export function openResolver(config: RelayConfig, dependencies: RelayDependencies): Resolver {
  const settings = resolverSettings(config.resolver, octets => dependencies.random(octets))
  const far = farValidators(config)
  if (far.length > 0)
    dependencies.log.warn(
      { servers: far },
      'DNSSEC validation is left to servers elsewhere: is the way there safe?',
    )
  const resolver = dependencies.resolver ?? stubResolver(settings)
  return cachingResolver(resolver, { clock: () => dependencies.clock(), ...limits.resolverCache })
}
