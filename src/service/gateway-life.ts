/** How long messages for gateways live: longer than others, since contacts are rare and light takes its time. */
import type { RelayConfig } from '../config/schema.ts'
import { gatewayName } from '../discover/uri-records.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { GatewayLife } from './forward/sign-copies.ts'

export interface GatewayLifeDependencies {
  readonly config: Pick<RelayConfig, 'routes' | 'batchSmtp'>
  readonly resolver: Pick<Resolver, 'uri'>
}

/**
 * What is different for copies to a destination that goes by a gateway: there is a route to one, or a URI record where those are looked
 * for. Where nobody can say whether there is a record, it is taken for one: mail goes in order then, wherever it goes.
 */
export async function gatewayLife(
  destination: string,
  { config: { routes, batchSmtp }, resolver }: GatewayLifeDependencies,
): Promise<GatewayLife | undefined> {
  const route = Object.hasOwn(routes, destination) ? routes[destination] : undefined
  if (route !== undefined) return route.kind === 'batch' ? lifeOf(route) : undefined
  if (!batchSmtp.useUriRecords) return undefined
  const answer = await resolver.uri(gatewayName(destination))
  return answer.kind === 'absent' ? undefined : lifeOf(batchSmtp.found)
}

function lifeOf({ lifetimeSeconds, lightTimeSeconds }: RelayConfig['batchSmtp']['found']): GatewayLife {
  return {
    lifetimeMilliseconds: lifetimeSeconds * 1000,
    roundTripMilliseconds: 2 * lightTimeSeconds * 1000,
  }
}
