import { closeSync, copyFileSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

async function healthOf(port = 0): Promise<[status: number, body: unknown]> {
  const answer = await fetch(`http://127.0.0.1:${port}/health`)
  return [answer.status, await answer.json()]
}

test('a database that vanishes under a running relay: no mail is accepted, /health says so, the log once; it is mended by bringing it back', async () => {
  const on = await stage()
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    http: { port: 0, publicUrl: 'https://relay.example' },
  })
  const health = () => healthOf(relay.relay.http?.port)
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  const replyTo = async (subject: string) => {
    const octets = await on.origin.sign(plainMessage({ subject }), envelope)
    return (await send(relay.port, { ...envelope, octets })).data
  }
  expect(await health()).toEqual([200, { status: 'ok' }])
  expect(await replyTo('before')).toMatch(/^250 /)
  await on.sink.received(1)

  renameSync(relay.database, `${relay.database}.away`)
  expect(await replyTo('one')).toMatch(/^451 4\.3\.0 /)
  expect(await replyTo('two')).toMatch(/^451 4\.3\.0 /)
  expect(await health()).toEqual([503, { status: 'failing', reason: 'damaged' }])
  const errors = relay.log.lines.filter(({ level }) => level === 'error').map(({ text }) => text)
  expect(errors).toEqual(['the database is damaged: no mail is accepted or sent'])

  renameSync(`${relay.database}.away`, relay.database)
  expect(await replyTo('after')).toMatch(/^250 /)
  expect(await health()).toEqual([200, { status: 'ok' }])
})

/** Another process commits: the relay reads the file again, in place of what it has in memory. */
function commitBeside(file: string): void {
  const other = new Database(file)
  other.exec('CREATE TABLE other (x); DROP TABLE other')
  other.pragma('wal_checkpoint(TRUNCATE)')
  other.close()
}

/** Everything behind the first page is overwritten, as by a disk that fails; nothing of it is left in memory or in the log. */
function corrupt(file: string): void {
  commitBeside(file)
  const descriptor = openSync(file, 'r+')
  const { size } = fstatSync(descriptor)
  writeSync(descriptor, Buffer.alloc(size - 4_096, 0xa5), 0, size - 4_096, 4_096)
  closeSync(descriptor)
}

test('a database that turns corrupt in its middle: nothing more is accepted, /health says why, and a restored copy goes on', async () => {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const database = join(folder, 'data', 'relay.sqlite')
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
        http: { port: 0, publicUrl: 'https://relay.example' },
      },
    },
    folder,
  )
  const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
  const replyOf = async (port: number, subject: string) => {
    const octets = await on.origin.sign(plainMessage({ subject }), envelope)
    return (await send(port, { ...envelope, octets })).data
  }
  const first = await startRelayProcess(config, folder, on.zone)
  expect(await replyOf(first.port, 'before')).toMatch(/^250 /)
  await on.sink.received(1)
  await first.end('SIGTERM')
  copyFileSync(database, join(folder, 'copy'))

  const damaged = await startRelayProcess(config, folder, on.zone)
  expect(await healthOf(damaged.httpPort)).toEqual([200, { status: 'ok' }])
  corrupt(database)
  for (const subject of ['one', 'two']) expect(await replyOf(damaged.port, subject)).toMatch(/^451 4\.3\.0 /)
  expect(await healthOf(damaged.httpPort)).toEqual([503, { status: 'failing', reason: 'damaged' }])
  await damaged.logged('the database is damaged')
  // It looks sound again, and has lost what was in it: what was found once stays found.
  copyFileSync(join(folder, 'copy'), database)
  commitBeside(database)
  expect(await replyOf(damaged.port, 'three')).toMatch(/^451 4\.3\.0 /)
  await damaged.end('SIGTERM')
  expect(damaged.log().split('the database is damaged')).toHaveLength(2)

  for (const suffix of ['', '-wal', '-shm']) await rm(`${database}${suffix}`, { force: true })
  copyFileSync(join(folder, 'copy'), database)
  const restored = await startRelayProcess(config, folder, on.zone)
  afterTest(() => restored.end('SIGTERM'))
  expect(await healthOf(restored.httpPort)).toEqual([200, { status: 'ok' }])
  expect(await replyOf(restored.port, 'after')).toMatch(/^250 /)
  await on.sink.received(2)
}, 60_000)
