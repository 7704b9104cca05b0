/** The resolver of a relay: that of the configuration, with a memory; or a zone file. */
import { ConfigError } from '../config/problem.ts'
import type { RelayConfig } from '../config/schema.ts'
import { cachingResolver } from '../dns/caching-resolver.ts'
import type { Resolver } from '../dns/resolver.ts'
import { stubResolver } from '../dns/stub-resolver.ts'
import { zoneFileResolver } from '../dns/zone-file-resolver.ts'
import * as limits from '../limits.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import { farValidators, resolverSettings } from './settings.ts'

/** @throws ConfigError for a zone file that cannot be used */
export async function openResolver(config: RelayConfig, dependencies: RelayDependencies): Promise<Resolver> {
  const { zoneFile } = config.resolver
  if (zoneFile !== undefined && dependencies.resolver === undefined)
    return openZoneFile(zoneFile, dependencies)
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

/** Without a memory: it is one itself, and what somebody has just put there counts at once. */
async function openZoneFile(file: string, { clock, log }: RelayDependencies): Promise<Resolver> {
  const settings = {
    ...limits.zoneFile,
    file,
    clock: () => clock(),
    onProblem: (error: Error) =>
      log.error({ error }, 'the zone file cannot be used: the records before stay in force'),
  }
  return zoneFileResolver(settings).catch((cause: Error) => {
    throw new ConfigError(cause.message, { cause })
  })
}
