/** MTA-STS wired: where policies are fetched from and kept, and who hears what they forbid. */
import type { RelayConfig } from '../../config/schema.ts'
import type { StsLookup } from '../../discover/discover-step.ts'
import { fetchStsPolicy } from '../../discover/sts-fetch.ts'
import { StsPolicies } from '../../discover/sts-policies.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { stsPolicies } from '../../limits.ts'
import type { Store } from '../../store/store.ts'
import type { RelayDependencies } from '../relay-dependencies.ts'
import type { TlsCounting } from './tls-counting.ts'

export interface StsDependencies {
  readonly config: RelayConfig
  readonly dependencies: Pick<RelayDependencies, 'clock' | 'log'>
  readonly store: Pick<Store, 'stsPolicy' | 'keepStsPolicy' | 'stsPoliciesToRefresh'>
  readonly resolver: Resolver
  readonly counting: TlsCounting
  /** PEM certificates of `authoritiesOf`, where the configuration names any. */
  readonly authorities: readonly string[] | undefined
}

export function openStsPolicies(opened: StsDependencies): StsPolicies {
  const { config, dependencies, store, resolver, counting, authorities } = opened
  const { allowPrivateAddresses, stsPolicyPort: port } = config.delivery
  const https = {
    timeoutMilliseconds: stsPolicies.fetchMilliseconds,
    ...(authorities !== undefined && { certificateAuthorities: authorities }),
  }
  return new StsPolicies({
    store,
    resolver,
    clock: () => dependencies.clock(),
    settings: stsPolicies,
    fetch: domain => fetchStsPolicy(domain, { resolver, allowPrivateAddresses, port, https }),
    fetched: ({ domain, id, mode }) => dependencies.log.info({ domain, id, mode }, 'MTA-STS policy fetched'),
    failed(problem) {
      const { domain, failure, reason, kept } = problem
      dependencies.log.warn({ domain, failure, reason, kept: kept?.id }, 'MTA-STS policy not fetched')
      counting.stsProblem(problem)
    },
  })
}

/** What discovery asks of policies. */
export function stsLookup(
  policies: StsPolicies,
  counting: TlsCounting,
  log: RelayDependencies['log'],
): StsLookup {
  return {
    policyFor: domain => policies.policyFor(domain),
    refused(hop) {
      log.warn({ host: hop.host, policy: hop.policy }, 'host left out: the MTA-STS policy does not name it')
      counting.refusedHost(hop)
    },
  }
}
