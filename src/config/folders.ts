/** Files whose place follows from the configuration. */
import { join } from 'node:path'
import type { StorePlace } from '../store/settings.ts'
import type { RelayConfig } from './schema.ts'

/** The database of the relay: queue, messages and hop log. */
export function databaseFile(config: Pick<RelayConfig, 'dataDirectory'>): string {
  return join(config.dataDirectory, 'relay.sqlite')
}

/** The socket by which commands reach the running relay. */
export function controlSocket(config: Pick<RelayConfig, 'dataDirectory'>): string {
  return join(config.dataDirectory, 'control.sock')
}

/** Where the store of the relay is: the database file, or a server. */
export function storePlace(config: Pick<RelayConfig, 'dataDirectory' | 'store'>): StorePlace {
  const { postgres, connections, passwordFile, authorityFile } = config.store
  if (postgres === undefined) return databaseFile(config)
  return { url: postgres, connections, passwordFile, authorityFile }
}
