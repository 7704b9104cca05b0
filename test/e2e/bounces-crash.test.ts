/** kill -9 while bounces pass through: none is lost, and the previous hop hears of each failure once, unless a reply was lost. */
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainReport } from '../support/reports.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { Sink } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

/** Deliveries to the origin that can be under way at the moment of a kill: each of them, and no other, may arrive twice. */
const perDestination = 5
const messages = 60
const killsAfter = [15, 30, 45]
const sessions = 6

interface Cast {
  readonly on: Stage
  /** Where reports to origin.example arrive. */
  readonly home: Sink
  readonly folder: string
  start(): ReturnType<typeof startRelayProcess>
}

async function cast(): Promise<Cast> {
  const on = await stage()
  const home = await Sink.start({ extensions: ['8BITMIME', 'SMTPUTF8'] })
  afterTest(() => home.close())
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const route = (port: number) => ({ host: '127.0.0.1', port, tls: 'none' as const })
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': route(on.sink.port), 'origin.example': route(home.port) },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
        delivery: { perDestination },
      },
    },
    folder,
  )
  return {
    on,
    home,
    folder,
    async start() {
      const relay = await startRelayProcess(config, folder, on.zone)
      afterTest(() => relay.end('SIGKILL'))
      return relay
    },
  }
}

/** The copies that went out, one a message; their bounce addresses are where the reports go. */
async function copies({ on }: Cast, port: number): Promise<readonly SinkMessage[]> {
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  for (let number = 0; number < messages; number++) {
    const octets = await on.origin.sign(plainMessage({ subject: `m${number}` }), envelope)
    await send(port, { ...envelope, octets })
  }
  return on.sink.received(messages)
}

/** What a peer does: it sends what is in its queue until each report has its 250. Resolves when the relay is gone or all are taken. */
async function sendReports(port: number, waiting: Set<SinkMessage>, acknowledged: () => void): Promise<void> {
  const queue = [...waiting]
  async function session(): Promise<void> {
    for (let copy = queue.shift(); copy !== undefined; copy = queue.shift()) {
      const { data } = await send(port, { from: '', to: [copy.reversePath], octets: plainReport(copy) })
      if (!data.startsWith('250')) throw new Error(data)
      waiting.delete(copy)
      acknowledged()
    }
  }
  await Promise.allSettled(Array.from({ length: sessions }, session))
}

function subjects(home: Sink): string[] {
  return home.messages.map(({ octets }) => /^Subject: (m\d+)\r$/m.exec(octets.toString('latin1'))?.[1] ?? '')
}

test('kill -9 while bounces are on their way back loses none of them', async () => {
  const all = await cast()
  let relay = await all.start()
  const waiting = new Set(await copies(all, relay.port))
  let taken = 0
  for (const killAfter of [...killsAfter, Number.POSITIVE_INFINITY]) {
    const killed = Promise.withResolvers<void>()
    const running = relay
    await sendReports(running.port, waiting, () => {
      taken += 1
      if (taken === killAfter) void running.end('SIGKILL').then(() => killed.resolve())
    })
    if (killAfter === Number.POSITIVE_INFINITY) break
    await killed.promise
    relay = await all.start()
  }
  expect(waiting.size).toBe(0)
  // What was under way at two kills in a row is held, and an operator releases it.
  const released = async () => {
    await runCommandProcess(['queue', 'release', '--all'], all.folder)
    return new Set(subjects(all.home)).size
  }
  await expect.poll(released, { timeout: 60_000, interval: 1_000 }).toBe(messages)
  // Copies are counted when nothing more can come: what was under way at a kill is tried again after a second.
  const reader = openReader(`${all.folder}/data/relay.sqlite`)
  await expect
    .poll(() => reader.counts(), { timeout: 20_000 })
    .toMatchObject({ spooled: 0, queued: 0, reportsDue: 0 })
  reader.close()
  const arrived = subjects(all.home)
  const twice = arrived.length - new Set(arrived).size
  const most = killsAfter.length * perDestination
  process.stdout.write(
    `kill -9, ${killsAfter.length} times: ${messages} bounces taken, ${new Set(arrived).size} reports arrived at the origin, ${twice} of them twice; at most ${most} can be (deliveries whose reply was not recorded)\n`,
  )
  expect(twice).toBeLessThanOrEqual(most)
  expect(await relay.end('SIGTERM')).toBe(0)
}, 150_000)
