/** A message that ends the process stops itself: it is held at the second end in a row, and its neighbours arrive. */
import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openReader, openWriter } from '../support/database-beside.ts'
import type { RelayProcess } from '../support/relay-process.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { isOnServer } from '../support/store-of-tests.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

/** Faults of the process, which the configuration (a program) brings in. */
const faults = {
  // What goes out with this subject kills the process in the middle of the delivery.
  delivery: `import net from 'node:net'
const write = net.Socket.prototype.write
net.Socket.prototype.write = function (data, ...rest) {
  if (String(data).includes('Subject: poison') && this.remotePort === SINK) process.kill(process.pid, 'SIGKILL')
  return write.call(this, data, ...rest)
}`,
  // The plan of a message to this recipient does, right before it goes to the store.
  plan: `import { Worker } from 'node:worker_threads'
const post = Worker.prototype.postMessage
const isPoison = ([, name, [, rows]]) => name.startsWith('plan') && rows.some(row => row.forwardPath.startsWith('poison@'))
Worker.prototype.postMessage = function (batch, ...rest) {
  if (batch.requests?.some(isPoison)) process.kill(process.pid, 'SIGKILL')
  return post.call(this, batch, ...rest)
}`,
  // The same where the store is on a server.
  planOnServer: `import net from 'node:net'
const write = net.Socket.prototype.write
net.Socket.prototype.write = function (data, ...rest) {
  const isLog = this === process.stdout || this === process.stderr
  if (!isLog && String(data).includes('poison@destination.example')) process.kill(process.pid, 'SIGKILL')
  return write.call(this, data, ...rest)
}`,
  // The event loop stands still instead.
  hang: `import net from 'node:net'
const write = net.Socket.prototype.write
net.Socket.prototype.write = function (data, ...rest) {
  if (String(data).includes('Subject: poison') && this.remotePort === SINK) for (;;);
  return write.call(this, data, ...rest)
}`,
}

interface Poisoned {
  readonly on: Stage
  readonly database: string
  start(): Promise<RelayProcess>
}

async function poisoned(fault: string): Promise<Poisoned> {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const aliases = { team: ['one@destination.example'], victim: ['poison@destination.example'] }
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
        queue: { retrySeconds: [1], thenEverySeconds: 1 },
        // Much longer than a busy machine may keep a process waiting.
        watchdogSeconds: 5,
      },
    },
    folder,
  )
  return {
    on,
    database: `${folder}/data/relay.sqlite`,
    async start() {
      const head = fault.replaceAll('SINK', String(on.sink.port))
      const relay = await startRelayProcess(config, folder, on.zone, { program: head })
      afterTest(() => relay.end('SIGKILL'))
      return relay
    },
  }
}

async function sendTo(relay: RelayProcess, localPart: string, subject: string): Promise<string> {
  const envelope = { from: 'a@origin.example', to: [`${localPart}@alias.example`] }
  const sent = await send(relay.port, { ...envelope, octets: plainMessage({ subject }) })
  expect(sent.data).toMatch(/^250/)
  return sent.queueId
}

function held(database: string) {
  const reader = openReader(database)
  try {
    return reader.suspectWork().filter(one => one.isHeld)
  } finally {
    reader.close()
  }
}

/** What has arrived; a copy that the process took to its end after its peer had accepted it comes twice. */
function subjects(on: Stage): string[] {
  const all = on.sink.messages.map(one => /^Subject: (\S+)/m.exec(one.octets.toString('latin1'))?.[1] ?? '')
  return [...new Set(all)].sort()
}

function arrived(on: Stage, subject: string): Promise<unknown> {
  return on.sink.until(() => subjects(on).includes(subject))
}

/** Four processes are started one after the other. */
const timeout = 240_000

test.each(['delivery', 'hang'] as const)(
  'a delivery that ends the process (%s) is held at the second time, its neighbours arrive, and the operator can release it',
  async fault => {
    const { on, database, start } = await poisoned(faults[fault])
    const first = await start()
    // Both are in the queue before the first attempt.
    on.sink.always('rcpt', '451 4.7.1 later')
    await sendTo(first, 'team', 'innocent')
    const queueId = await sendTo(first, 'team', 'poison')
    await on.sink.until(sink => sink.commands.filter(line => line.startsWith('RCPT')).length >= 2)
    on.sink.always('rcpt', undefined)
    await first.ended
    const second = await start()
    await second.ended
    const third = await start()
    await arrived(on, 'innocent')
    expect(held(database)).toMatchObject([{ kind: 'delivery', queueId, ordinal: 0 }])
    await sendTo(third, 'team', 'newcomer')
    await arrived(on, 'newcomer')
    expect(subjects(on)).toEqual(['innocent', 'newcomer'])
    expect(third.log()).toContain('held')
    // Without the fault, what was held arrives.
    expect(await third.end('SIGTERM')).toBe(0)
    const writer = openWriter(database)
    expect(writer.releaseDeliveries({ kind: 'message', queueId }, 1)).toBe(1)
    writer.close()
    const mended = await poisonless(database, on)
    await arrived(on, 'poison')
    expect(subjects(on)).toEqual(['innocent', 'newcomer', 'poison'])
    expect(await mended.end('SIGTERM')).toBe(0)
  },
  timeout,
)

async function poisonless(database: string, on: Stage): Promise<RelayProcess> {
  const folder = database.slice(0, -'/data/relay.sqlite'.length)
  const config = testConfig(
    {
      dns: on.dns,
      config: {
        domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
        routes: { 'destination.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
      },
    },
    folder,
  )
  const relay = await startRelayProcess(config, folder, on.zone)
  afterTest(() => relay.end('SIGKILL'))
  return relay
}

test(
  'a message whose plan ends the process is held at the second time, and everybody else is served',
  async () => {
    const { on, database, start } = await poisoned(isOnServer() ? faults.planOnServer : faults.plan)
    const first = await start()
    // It is planned before it is on disk: not taken, so that its client sends it again, to a relay that has learned from the crash.
    await expect(sendTo(first, 'victim', 'any')).rejects.toThrow()
    await first.ended
    const second = await start()
    const queueId = await sendTo(second, 'victim', 'any')
    await second.ended
    await (await start()).ended
    const last = await start()
    await sendTo(last, 'team', 'newcomer')
    await on.sink.received(1)
    expect(subjects(on)).toEqual(['newcomer'])
    expect(held(database)).toMatchObject([{ kind: 'message', queueId }])
    // The operator sees it, and can have it tried again.
    const folder = database.slice(0, -'/data/relay.sqlite'.length)
    const listed = await runCommandProcess(['queue', 'list', '--state', 'held'], folder)
    expect(listed.out).toMatch(new RegExp(`^${queueId} .*held .*message.*twice in a row`, 'm'))
    expect(await runCommandProcess(['queue', 'release', queueId], folder)).toMatchObject({ status: 0 })
    expect(held(database)).toEqual([])
  },
  timeout,
)
