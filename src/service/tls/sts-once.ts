/** MTA-STS for one look at a domain: policies are fetched as the relay does it, and nothing is kept. */
import type { RelayConfig } from '../../config/schema.ts'
import type { StsLookup } from '../../discover/discover-step.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { RelayDependencies } from '../relay-dependencies.ts'
import { openStsPolicies } from './sts.ts'
import { TlsCounting } from './tls-counting.ts'

/**
 * What discovery may ask of policies. One that cannot be fetched is a warning in the log.
 *
 * @param authorities of `authoritiesOf`
 */
export function stsOnce(
  config: RelayConfig,
  resolver: Resolver,
  authorities: readonly string[] | undefined,
  { clock, log }: Pick<RelayDependencies, 'clock' | 'log'>,
): StsLookup {
  const store = {
    stsPolicy: async () => undefined,
    keepStsPolicy: async () => undefined,
    stsPoliciesToRefresh: async () => [],
    countTlsSession: async () => undefined,
  }
  const counting = new TlsCounting({ store, log, clock })
  const policies = openStsPolicies({
    config,
    dependencies: { clock, log },
    store,
    resolver,
    counting,
    authorities,
  })
  return { policyFor: domain => policies.policyFor(domain), refused: () => undefined }
}
