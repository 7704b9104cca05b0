/** The limits of rates of a running relay: what an earlier run had counted for accounts, the store that keeps it, and the log. */
import type { RelayConfig } from '../../config/schema.ts'
import * as limits from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import type { Store } from '../../store/store.ts'
import { Rates } from './rates.ts'

export interface RateDependencies {
  readonly store: Pick<Store, 'accountRates' | 'keepAccountRates'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
}

/** Takes over what an earlier run had counted; at the end of this one what is counted is kept. */
export async function openRates(
  config: Pick<RelayConfig, 'rates'>,
  dependencies: RateDependencies,
  closing: AsyncDisposableStack,
): Promise<Rates> {
  const { store, clock } = dependencies
  const rates = new Rates(config.rates, clock, limits.rates.maxKeys)
  rates.restore(await store.accountRates(clock()))
  closing.defer(() => keepAccountRates(rates, dependencies))
  return rates
}

/** Puts into the store what was counted for accounts since the last time. Never rejects: a count that is lost must not hold up mail. */
export async function keepAccountRates(rates: Rates, { store, log, clock }: RateDependencies): Promise<void> {
  const unkept = rates.takeUnkept()
  if (unkept.length === 0) return
  try {
    await store.keepAccountRates(unkept, clock())
  } catch (error) {
    log.warn({ error }, 'counts of accounts could not be kept')
  }
}

/** One line for each limit that refused something since the last time. */
export function tellOfRefusals({ counts }: Rates, log: Logger): void {
  for (const summary of counts.summary()) log.warn({ ...summary }, 'beyond a limit')
}
