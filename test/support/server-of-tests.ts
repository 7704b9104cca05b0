/** One PostgreSQL server for all test files of a run, where `RELAY_TEST_STORE=postgres` asks for it. */
import { PostgresServer, postgresMissing } from './postgres.ts'
import { serverVariable } from './store-of-tests.ts'

/** Called by vitest before the first file; what it answers is called after the last one. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.RELAY_TEST_STORE !== 'postgres') return undefined
  if (postgresMissing !== undefined) throw new Error(postgresMissing)
  const server = await PostgresServer.start({ settings: { max_connections: 400 } })
  process.env[serverVariable] = JSON.stringify(server.place)
  return () => server.stop()
}
