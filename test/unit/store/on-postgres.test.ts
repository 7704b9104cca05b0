/** The tests of the store once more, on a real PostgreSQL; those of SQLite's files, thread and migrations are not about the store. */
import { afterAll, test } from 'vitest'
import { PostgresServer, postgresMissing } from '../../support/postgres.ts'
import { useServer } from './fixtures.ts'

if (postgresMissing !== undefined) test.skip(`on PostgreSQL: ${postgresMissing}`, () => {})
else {
  const server = await PostgresServer.start()
  useServer(server)
  afterAll(() => server.stop())
  for (const name of [
    ...[
      'store',
      'claims',
      'leases',
      'in-order',
      'open-store',
      'queue-changes',
      'pull-in',
      'prune',
      'shown-state',
    ],
    ...['message-identities', 'reports', 'failed-copies', 'list-requests', 'lists', 'posts', 'tls'],
    ...[
      'accounts',
      'account-rates',
      'aliases',
      'alias-targets',
      'digest',
      'dmarc',
      'forget',
      'search',
      'seldom-asked',
      'shed-bodies',
      'tokens',
    ],
  ])
    await import(`./${name}.test.ts`)
}
