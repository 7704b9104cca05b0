/** How long messages for gateways live: longer than others, since contacts are rare and light takes its time. */
import type { RelayConfig } from '../config/schema.ts'
import type { GatewayLife } from './forward/sign-copies.ts'

/** What is different for copies to a destination with a route to a gateway. */
export function gatewayLife(
  { routes }: Pick<RelayConfig, 'routes'>,
  destination: string,
): GatewayLife | undefined {
  const route = Object.hasOwn(routes, destination) ? routes[destination] : undefined
  if (route?.kind !== 'batch') return undefined
  return {
    lifetimeMilliseconds: route.lifetimeSeconds * 1000,
    roundTripMilliseconds: 2 * route.lightTimeSeconds * 1000,
  }
}
