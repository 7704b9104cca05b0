/** A store on PostgreSQL is saved and brought back by the programs of PostgreSQL, which know how to do that beside others that use it. */
import type { RelayConfig } from '../../config/schema.ts'
import { masked } from '../../message/printable.ts'
import { UsageError } from '../terminal.ts'

const advice = {
  save: (url: string) =>
    `save it with pg_dump --format=custom --file=relay.dump '${url}', beside running relays, and the keys folder with it`,
  restore: (url: string) =>
    `stop every relay and bring it back with pg_restore --clean --if-exists --dbname='${url}' relay.dump; a database file out of a backup goes there by store copy`,
} as const

/** @throws UsageError that says what is right, where the configuration keeps everything on a server */
export function refuseServer({ store: { postgres } }: RelayConfig, what: keyof typeof advice): void {
  if (postgres === undefined) return
  throw new UsageError(`store.postgres: the database is on a server: ${advice[what](masked(postgres))}`)
}
