/** What an operator's desk stands on: a store and a configuration, in the running relay or beside it. */
import type { RelayConfig } from '../../config/schema.ts'
import type { Resolver } from '../../dns/resolver.ts'
import type { Answer } from '../../operator/operations.ts'
import type { Health } from '../../queue/destination-health.ts'
import type { Access } from '../../store/settings.ts'
import type { Store } from '../../store/store.ts'
import type { Outside } from '../outside/outside.ts'

/** A page of the keys, by the names of their records. */
export interface WantedKeys {
  readonly domain: string | undefined
  readonly limit: number
  readonly after: string | undefined
}

/** What only a running relay can tell or do. */
export interface RelayAtWork {
  status(): Promise<Answer<'status'>>
  /** @throws OperationFailed that says why everything stays as it is */
  reload(): Promise<Answer<'reload'>>
  /** @throws OperationFailed where it is not this process that knows */
  healthOf(destination: string): Health
  keys(wanted: WantedKeys): Promise<{ readonly keys: Answer<'keys'>['keys']; readonly isLast: boolean }>
}

export interface DeskDependencies {
  /** @throws UsageError where there is none to read */
  store(access: Access): Promise<Store>
  config(): Promise<RelayConfig>
  /** Aliases that do not stand in the configuration, as they are now. */
  outside(): Promise<Pick<Outside, 'sources'>>
  /** For messages that are looked at. */
  resolver(): Promise<Resolver>
  readonly relay: RelayAtWork
  /** Unix milliseconds. */
  clock(): number
  random(octets: number): Buffer
  /** One line for a person who waits; '' takes it away. */
  progress(text: string): void
  /** The store has been changed: whoever works by it looks again. */
  changed(): void
}
