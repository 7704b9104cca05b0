/**
 * Where relays of tests keep everything: in a file, as it is by default; or on PostgreSQL, each folder in a database of its own, where
 * `RELAY_TEST_STORE=postgres` says so (server-of-tests.ts starts the server) or a test file has called `useServer`.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { PostgresSettings } from '../../src/store/postgres/connection-settings.ts'
import { postgresProgram } from './postgres.ts'

/** How a server is reached: by the folder of its socket. */
export interface ServerPlace {
  readonly folder: string
  readonly port: number
}

/** What the server of the whole run is told by. */
export const serverVariable = 'RELAY_TEST_SERVER'

const given = process.env[serverVariable]
let server: ServerPlace | undefined = given === undefined ? undefined : (JSON.parse(given) as ServerPlace)

/** From now on every relay keeps what it has in a database of this server. */
export function useServer(started: ServerPlace): void {
  server = started
}

/** Whether relays keep everything on a server: what is about files is not tried then. */
export function isOnServer(): boolean {
  return server !== undefined
}

const databases = new Map<string, string>()

/** The database in place of a file, made when it is first asked for; undefined: it is the file. */
export function serverDatabase(file: string): PostgresSettings | undefined {
  if (server === undefined) return undefined
  const { folder, port } = server
  const known = databases.get(file)
  const name = known ?? `relay_${process.pid}_${databases.size}`
  databases.set(file, name)
  if (known === undefined)
    execFileSync(postgresProgram('createdb'), ['-h', folder, '-p', String(port), '-U', 'relay', name])
  const url = `postgres://relay@localhost:${port}/${name}?host=${encodeURIComponent(folder)}`
  return { url, connections: 4 }
}

/** The settings of the store of a relay in a folder. */
export function storeSettings(folder: string): { readonly postgres?: string; readonly connections?: number } {
  const database = serverDatabase(join(folder, 'data', 'relay.sqlite'))
  return database === undefined ? {} : { postgres: database.url, connections: database.connections }
}
