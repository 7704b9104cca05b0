/** Whole relays on PostgreSQL: a few telling files of the others, on a server of their own. All of them: test/README.md. */
import { afterAll, test } from 'vitest'
import { PostgresServer, postgresMissing } from '../support/postgres.ts'
import { useServer } from '../support/store-of-tests.ts'

if (postgresMissing !== undefined) test.skip(`on PostgreSQL: ${postgresMissing}`, () => {})
else {
  const server = await PostgresServer.start()
  useServer(server.place)
  afterAll(() => server.stop())
  for (const name of ['alias', 'bounces']) await import(`./${name}.test.ts`)
}
