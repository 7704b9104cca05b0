import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Relays, peers and name servers of a test run in its own process: forks keep native modules and workers apart.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
