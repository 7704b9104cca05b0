/** Lists of a running relay, which the command line makes and changes meanwhile in a process of its own. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openReader, openWriter } from '../support/database-beside.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelaySettings } from '../support/test-relay.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

const owners = ['owner@owners.example']

test('a list that is made beside a running relay is known at RCPT TO as soon as the log says so', async () => {
  const on = await stage()
  const relay = await relayOn(on, { domains: { 'lists.example': { aliases: {} } } })
  const post = { from: 'a@origin.example', to: ['news@lists.example'], octets: plainMessage() }
  expect((await send(relay.port, post)).rcpt).toEqual([expect.stringMatching(/^550 5\.1\.1 /)])
  const writer = openWriter(relay.database)
  writer.createList({ address: 'news@lists.example', settings: { owners }, createdAt: 0 })
  writer.close()
  await relay.log.count('lists have changed', 1)
  expect((await send(relay.port, post)).rcpt).not.toEqual([expect.stringMatching(/^5/)])
})

// Seconds on a machine of its own; the others of a whole test run take theirs.
test('100,000 addresses are imported beside a relay that goes on taking and delivering mail', {
  timeout: 120_000,
}, async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const config: TestRelaySettings['config'] = {
    domains: { 'lists.example': { aliases: { team: ['one@destination.example'] } } },
    routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
  }
  const relay = await startRelayProcess(testConfig({ dns: on.dns, config }, folder), folder, on.zone)
  afterTest(() => relay.end('SIGKILL'))
  const lists = (...args: string[]) => runCommandProcess(['lists', ...args], folder)

  const made = await lists('create', 'news@lists.example', '--owner', 'owner@owners.example')
  expect(made).toMatchObject({ status: 0, notes: '' })
  // Scattered, as real lists are, so that the index has to work.
  const addresses = Array.from(
    { length: 100_000 },
    (_, at) => `p${(at * 7919) % 100_000}@d${at % 977}.example\n`,
  )
  await writeFile(join(folder, 'people.csv'), addresses.join(''))
  const importing = lists('import', 'news@lists.example', 'people.csv', '--json')
  const ended = importing.then(() => true)
  let sent = 0
  for (let isOver = false; !isOver; sent++) {
    const mail = { from: 'a@origin.example', to: ['team@lists.example'] }
    const octets = await on.origin.sign(plainMessage({ subject: `m${sent}` }), mail)
    expect((await send(relay.port, { ...mail, octets })).data).toMatch(/^250 /)
    isOver = await Promise.race([ended, new Promise<false>(resolve => setImmediate(resolve, false))])
  }
  const { status, out } = await importing
  expect({ status, ...JSON.parse(out) }).toMatchObject({ status: 0, added: 100_000, present: 0, bad: [] })
  await on.sink.received(sent)
  expect((await lists('list')).out).toMatch(/news@lists\.example +100000 +0/)
  const exported = await lists('export', 'news@lists.example')
  expect(exported.out.split('\r\n').length).toBe(100_002)

  expect(await lists('delete', 'news@lists.example', '--yes')).toMatchObject({ status: 0 })
  expect(await relay.end('SIGTERM')).toBe(0)
  const reader = openReader(join(folder, 'data', 'relay.sqlite'))
  expect(reader.lists()).toEqual([])
  reader.close()
})
