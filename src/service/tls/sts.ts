/** MTA-STS wired: where policies are fetched from and kept, and who hears what they forbid. */
import type { RelayConfig } from '../../config/schema.ts'
import type { StsLookup } from '../../discover/discover-step.ts'
import { fetchStsPolicy } from '../../discover/sts-fetch.ts'
import { StsPolicies } from '../../discover/sts-policies.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { stsPolicies } from '../../limits.ts'
import type { Store } from '../../store/store.ts'
import type { World } from '../world.ts'
import type { TlsCounting } from './tls-counting.ts'

export interface StsDependencies {
  readonly config: RelayConfig
  readonly world: World
  readonly store: Pick<Store, 'stsPolicy' | 'keepStsPolicy' | 'stsPoliciesToRefresh'>
  readonly resolver: Resolver
  readonly counting: TlsCounting
  /** PEM certificates of `authoritiesOf`, where the configuration names any. */
  readonly authorities: readonly string[] | undefined
}

export function openStsPolicies(parts: StsDependencies): StsPolicies {
  const { config, world, store, resolver, counting, authorities } = parts
  const { allowPrivateAddresses, stsPolicyPort: port } = config.delivery
  const https = {
    timeoutMilliseconds: stsPolicies.fetchMilliseconds,
    ...(authorities !== undefined && { certificateAuthorities: authorities }),
  }
  return new StsPolicies({
    store,
    resolver,
    clock: () => world.clock(),
    settings: stsPolicies,
    fetch: domain => fetchStsPolicy(domain, { resolver, allowPrivateAddresses, port, https }),
    fetched: ({ domain, id, mode }) => world.log.info({ domain, id, mode }, 'MTA-STS policy fetched'),
    failed(problem) {
      const { domain, failure, reason, kept } = problem
      world.log.warn({ domain, failure, reason, kept: kept?.id }, 'MTA-STS policy not fetched')
      counting.stsProblem(problem)
    },
  })
}

/** What discovery asks of policies. */
export function stsLookup(policies: StsPolicies, counting: TlsCounting, log: World['log']): StsLookup {
  return {
    policyFor: domain => policies.policyFor(domain),
    refused(hop) {
      log.warn({ host: hop.host, policy: hop.policy }, 'host left out: the MTA-STS policy does not name it')
      counting.refusedHost(hop)
    },
  }
}
