/** kill -9 between the 250 to a command and what follows from it. */
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openReader, openWriter } from '../support/database-beside.ts'
import { commandText } from '../support/list.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const people = 60
const subscribe = 'news-subscribe@lists.example'

function configFor(on: Stage, folder: string) {
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const config = {
    domains: { 'lists.example': { aliases: {} } },
    routes: { 'origin.example': sink },
    queue: { retrySeconds: [1], thenEverySeconds: 1 },
    // Each commit takes so long that the kill comes between a 250 and what follows.
    store: { commitDelayMilliseconds: 20 },
  }
  return testConfig({ dns: on.dns, config }, folder)
}

async function ask(on: Stage, port: number, who: string): Promise<boolean> {
  const envelope = { from: who, to: [subscribe] }
  const octets = await on.origin.sign(commandText({ to: subscribe, reversePath: who }), envelope)
  const { data } = await send(port, { ...envelope, octets })
  return data.startsWith('250')
}

test('everybody whose request got its 250 is asked to confirm; nobody is asked by two different mails', async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const config = configFor(on, folder)
  const first = await startRelayProcess(config, folder, on.zone)
  afterTest(() => first.end('SIGKILL'))
  const database = `${folder}/data/relay.sqlite`
  const writer = openWriter(database)
  const settings = { owners: ['owner@owners.example'] }
  writer.createList({ address: 'news@lists.example', settings, createdAt: 0 })
  writer.close()
  await expect.poll(() => first.log(), { timeout: 10_000 }).toContain('lists have changed')

  const acknowledged = new Set<string>()
  const { promise: killed, resolve } = Promise.withResolvers<void>()
  const asked = Array.from({ length: people }, async (_, at) => {
    const who = `p${at}@origin.example`
    if (!(await ask(on, first.port, who))) return
    acknowledged.add(who)
    if (acknowledged.size === people / 2) void first.end('SIGKILL').then(() => resolve())
  })
  await Promise.allSettled(asked)
  await killed
  const second = await startRelayProcess(config, folder, on.zone)
  afterTest(() => second.end('SIGKILL'))
  await on.sink.until(() => {
    const arrived = new Set(on.sink.messages.map(message => message.forwardPaths[0]))
    return [...acknowledged].every(who => arrived.has(who))
  })
  const reader = openReader(database)
  await expect.poll(() => reader.counts(), { timeout: 20_000 }).toMatchObject({ spooled: 0, queued: 0 })
  reader.close()
  const mails = on.sink.messages.map(
    ({ forwardPaths, octets }) =>
      `${forwardPaths[0]} ${/^Reply-To: (\S+)/m.exec(octets.toString('latin1'))?.[1]}`,
  )
  expect(new Set(mails).size).toBe(new Set(mails.map(mail => mail.split(' ')[0])).size)
})
