/** Files whose place follows from the configuration. */
import { join } from 'node:path'
import type { RelayConfig } from './schema.ts'

/** The database of the relay: queue, messages and hop log. */
export function databaseFile(config: Pick<RelayConfig, 'dataDirectory'>): string {
  return join(config.dataDirectory, 'relay.sqlite')
}

/** The socket by which commands reach the running relay. */
export function controlSocket(config: Pick<RelayConfig, 'dataDirectory'>): string {
  return join(config.dataDirectory, 'control.sock')
}
