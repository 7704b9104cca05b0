import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Every relay of a test has a thread of its own, which compiles the whole store: the second time it is read from here.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Relays, peers and name servers of a test run in its own process: forks keep native modules and workers apart.
    pool: 'forks',
    globalSetup: ['test/support/server-of-tests.ts'],
    // End-to-end tests mostly wait for one another's sockets: twice as many files at a time as there are processors.
    maxWorkers: availableParallelism() * 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
