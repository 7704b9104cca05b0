/** Routes to gateways that a change of the configuration changes: what waits for the old one's next contact may go by the new one at once. */
import { isDeepStrictEqual } from 'node:util'
import type { RelayConfig } from '../../config/schema.ts'
import type { Logger } from '../../log/log.ts'
import type { Store } from '../../store/store.ts'

interface ChangedGatewaysDependencies {
  readonly config: Pick<RelayConfig, 'routes'>
  readonly store: Pick<Store, 'retryDeliveries'>
  readonly clock: () => number
  readonly log: Pick<Logger, 'error'>
}

/** Makes all deliveries due whose route leads to a gateway, or did, and is another one now. Never rejects. */
export async function retryChangedGateways(
  before: Pick<RelayConfig, 'routes'>,
  { config, store, clock, log }: ChangedGatewaysDependencies,
): Promise<void> {
  try {
    for (const destination of changedGateways(before.routes, config.routes))
      await store.retryDeliveries({ kind: 'destination', destination }, clock())
  } catch (error) {
    log.error({ error }, 'what waits for gateways that have changed waits for the contacts of before')
  }
}

function changedGateways(before: RelayConfig['routes'], after: RelayConfig['routes']): string[] {
  const isGateway = (domain: string) => [before[domain], after[domain]].some(route => route?.kind === 'batch')
  const domains = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...domains].filter(domain => isGateway(domain) && !isDeepStrictEqual(before[domain], after[domain]))
}
