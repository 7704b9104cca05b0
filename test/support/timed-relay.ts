/** A relay whose clock the test sets, and which it can start again on what it left. */
import { rm } from 'node:fs/promises'
import type { Stage } from './stage.ts'
import { afterTest, stage } from './stage.ts'
import type { TestRelay } from './test-relay.ts'
import { startTestRelay, temporaryFolder } from './test-relay.ts'

const day = 86_400_000

export interface Timed {
  readonly on: Stage
  relay: TestRelay
  /** Lets days pass. */
  later(days: number): void
  /** Starts again: what is due by now is done. */
  restart(): Promise<void>
}

/** @param routed domains whose mail goes to the sink */
export async function startTimedRelay(
  config: Parameters<typeof startTestRelay>[0]['config'],
  routed: readonly string[],
): Promise<Timed> {
  const on = await stage()
  const folder = temporaryFolder()
  let passed = 0
  const start = () => {
    const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
    return startTestRelay({
      dns: on.dns,
      zone: on.zone,
      folder,
      clock: () => Date.now() + passed,
      config: {
        routes: Object.fromEntries(routed.map(domain => [domain, sink])),
        queue: { retrySeconds: [1], thenEverySeconds: 1, lifetimeSeconds: 3_600 },
        ...config,
      },
    })
  }
  const timed: Timed = {
    on,
    relay: await start(),
    later: days => {
      passed += days * day
    },
    async restart() {
      await timed.relay.stop()
      timed.relay = await start()
    },
  }
  afterTest(async () => {
    await timed.relay.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return timed
}
