/** What a message has to pass in its session beside the judgement of its kind: the limits of rates, and the content filter. */
import type { RelayConfig } from '../config/schema.ts'
import type { MessageFilter } from './filter/open-filter.ts'
import { openFilter } from './filter/open-filter.ts'
import type { RateDependencies } from './rates/open-rates.ts'
import { openRates } from './rates/open-rates.ts'
import type { Rates } from './rates/rates.ts'

export interface SessionGates {
  readonly rates: Rates
  readonly filter: MessageFilter
}

export async function openSessionGates(
  config: RelayConfig,
  dependencies: RateDependencies,
  closing: AsyncDisposableStack,
): Promise<SessionGates> {
  return {
    rates: await openRates(config, dependencies, closing),
    filter: openFilter(config, dependencies.log),
  }
}
