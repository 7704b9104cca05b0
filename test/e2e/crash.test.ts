import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import type { RelayProcess } from '../support/relay-process.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

/** Deliveries that can be under way at the moment of the kill: each of them, and no other, may arrive twice. */
const perDestination = 10
const burst = 400
const sessions = 10

interface Killable {
  readonly folder: string
  start(): Promise<RelayProcess>
}

function killable(on: Stage): Killable {
  const folder = temporaryFolder()
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
        delivery: { perDestination },
      },
    },
    folder,
  )
  afterTest(() => rm(folder, { recursive: true, force: true }))
  return {
    folder,
    async start() {
      const relay = await startRelayProcess(config, folder, on.zone)
      afterTest(() => relay.end('SIGKILL'))
      return relay
    },
  }
}

/** Sends from several sessions until all are sent or the relay is gone; tells of each 250 at once. */
async function sendBurst(port: number, on: Stage, acknowledged: (id: string) => void): Promise<void> {
  let next = 0
  async function session(): Promise<void> {
    while (next < burst) {
      const id = `m${next++}`
      const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
      const octets = await on.origin.sign(plainMessage({ subject: id }), envelope)
      const { data } = await send(port, { ...envelope, octets })
      if (data.startsWith('250')) acknowledged(id)
    }
  }
  await Promise.allSettled(Array.from({ length: sessions }, session))
}

function subjects(on: Stage): string[] {
  return on.sink.messages.map(
    message => /^Subject: (\S+)/m.exec(message.octets.toString('latin1'))?.[1] ?? '',
  )
}

describe('kill -9 in the middle of a burst', () => {
  test('every message that got its 250 arrives; only what was under way at that moment may arrive twice', async () => {
    const on = await stage()
    const relay = killable(on)
    const first = await relay.start()
    const acknowledged = new Set<string>()
    const { promise: killed, resolve } = Promise.withResolvers<void>()
    const sent = sendBurst(first.port, on, id => {
      acknowledged.add(id)
      if (acknowledged.size === 300) void first.end('SIGKILL').then(() => resolve())
    })
    await killed
    await sent
    expect(acknowledged.size).toBeGreaterThanOrEqual(300)

    const second = await relay.start()
    await on.sink.until(() => {
      const arrived = new Set(subjects(on))
      return [...acknowledged].every(id => arrived.has(id))
    })
    // Copies are counted when nothing more can come: what was under way at the kill is tried again after a second.
    const reader = openReader(`${relay.folder}/data/relay.sqlite`)
    await expect.poll(() => reader.counts(), { timeout: 20_000 }).toMatchObject({ spooled: 0, queued: 0 })
    reader.close()
    expect(await second.end('SIGTERM')).toBe(0)
    const arrived = subjects(on)
    const duplicates = arrived.length - new Set(arrived).size
    process.stdout.write(
      `kill -9: ${acknowledged.size} acknowledged, ${new Set(arrived).size} arrived, ${duplicates} of them twice; at most ${perDestination} can be (a delivery whose reply was not recorded)\n`,
    )
    expect(duplicates).toBeLessThanOrEqual(perDestination)
  })
})

test('SIGTERM ends the relay with status 0, and what waits is there after the next start', async () => {
  const on = await stage()
  const relay = killable(on)
  on.sink.always('rcpt', '451 4.7.1 later')
  const first = await relay.start()
  const { queueId } = await send(first.port, {
    from: 'a@origin.example',
    to: ['team@alias.example'],
    octets: plainMessage(),
  })
  await on.sink.until(sink => sink.commands.some(line => line.startsWith('RCPT')))
  expect(await first.end('SIGTERM')).toBe(0)
  on.sink.always('rcpt', undefined)
  const second = await relay.start()
  const [message] = await on.sink.received(1)
  expect(message?.octets.toString('latin1')).toContain(queueId)
  expect(await second.end('SIGTERM')).toBe(0)
})
