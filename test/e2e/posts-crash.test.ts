/** kill -9 while a post is on its way to its subscribers. */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { slowAttempts } from '../../src/limits.ts'
import { openReader } from '../support/database-beside.ts'
import type { RelayProcess } from '../support/relay-process.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { storeList } from '../support/stored-list.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

/**
 * What may arrive twice is what the sink had accepted without its being on disk here: copies under way at the moment of the
 * kill, slow ones that had left their place among them, and those whose outcome waited for the commit that others shared.
 */
const perDestination = 10
const total = 20
const maxTwice = perDestination + total + slowAttempts.perPlace * total
const subscribers = Array.from({ length: 700 }, (_, at) => `s${at}@destination.example`)
const envelope = { from: 'jane@origin.example', to: ['news@list.example'] }

async function killableList(on: Stage) {
  const folder = temporaryFolder()
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'list.example': { aliases: {} } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
        delivery: { perDestination, total },
        // Each plan and each page takes so long that kills hit the middle of them.
        store: { commitDelayMilliseconds: 5 },
      },
    },
    folder,
  )
  afterTest(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o700 })
  const database = join(folder, 'data', 'relay.sqlite')
  const settings = { subjectTag: '[news]', footer: { text: 'A footer' } }
  storeList(database, { address: 'news@list.example', subscribers, settings })
  return {
    database,
    async start(): Promise<RelayProcess> {
      const relay = await startRelayProcess(config, folder, on.zone)
      afterTest(() => relay.end('SIGKILL'))
      return relay
    },
  }
}

test.each([
  ['at once after the 250', 0],
  ['in the first pages', 30],
  ['in the middle', 350],
])(
  'every subscriber gets the post when the relay is killed %s',
  async (_when, killedAfter) => {
    const on = await stage()
    const list = await killableList(on)
    const first = await list.start()
    const octets = await on.origin.sign(plainMessage({ subject: 'Plans' }), envelope)
    expect((await send(first.port, { ...envelope, octets })).data).toMatch(/^250 /)
    await on.sink.until(sink => sink.messages.length >= killedAfter)
    await first.end('SIGKILL')
    const before = on.sink.messages.length

    const second = await list.start()
    const arrived = () => on.sink.messages.flatMap(message => message.forwardPaths)
    await on.sink.until(() => new Set(arrived()).size === subscribers.length)
    // Counted when nothing more can come: what was under way at the kill is tried again after a second.
    const reader = openReader(list.database)
    await expect.poll(() => reader.counts(), { timeout: 20_000 }).toMatchObject({ spooled: 0, queued: 0 })
    expect(reader.openPosts({ limit: 1 })).toEqual([])
    reader.close()
    expect(await second.end('SIGTERM')).toBe(0)

    expect(new Set(arrived())).toEqual(new Set(subscribers))
    const duplicates = arrived().length - subscribers.length
    process.stdout.write(
      `kill -9 after ${before} of ${subscribers.length} copies: each subscriber got the post, ${duplicates} of them twice; at most ${maxTwice} can (copies whose reply was not recorded yet)\n`,
    )
    expect(duplicates).toBeLessThanOrEqual(maxTwice)
    for (const copy of [on.sink.messages[0], on.sink.messages.at(-1)]) {
      expect(await verifyReceived(copy, on.zone)).toMatchObject({ state: 'pass', fullyVerified: true })
    }
  },
  60_000,
)
