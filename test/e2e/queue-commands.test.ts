/** The commands that change the queue, each in a process of its own, beside a relay that runs. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DeliveryHistory } from '../../src/store/records.ts'
import { openReader } from '../support/database-beside.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import type { CommandRun } from '../support/run-command.ts'
import { runCommandProcess } from '../support/run-command.ts'
import { plainMessage, send } from '../support/send.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'

interface Waiting {
  readonly on: Stage
  /** Of the message with two copies that wait for an hour. */
  readonly queueId: string
  queue(...args: string[]): Promise<CommandRun>
  deliveries(): readonly DeliveryHistory[]
}

/** A relay with a message whose two copies were deferred. */
async function waiting(): Promise<Waiting> {
  const on = await stage()
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const targets = ['one@destination.example', 'two@destination.example']
  const settings = {
    dns: on.dns,
    config: {
      domains: { 'alias.example': { aliases: { team: targets } } },
      routes: { 'destination.example': sink, 'origin.example': sink },
      queue: { retrySeconds: [3_600] },
    },
  }
  on.sink.next('rcpt', '451 4.3.0 not now', '451 4.3.0 not now')
  const relay = await startRelayProcess(testConfig(settings, folder), folder, on.zone)
  afterTest(() => relay.end('SIGKILL'))
  const mail = { from: 'a@origin.example', to: ['team@alias.example'] }
  const octets = await on.origin.sign(plainMessage(), mail)
  const { queueId } = await send(relay.port, { ...mail, octets })
  const deliveries = () => {
    const reader = openReader(join(folder, 'data', 'relay.sqlite'))
    try {
      return reader.showMessage(queueId)?.deliveries ?? []
    } finally {
      reader.close()
    }
  }
  const isDeferred = () => deliveries().filter(one => one.log.length > 0).length === 2
  await on.sink.until(({ commands }) => commands.filter(line => /^(RSET|QUIT)/i.test(line)).length > 0)
  while (!isDeferred()) await new Promise(resolve => setImmediate(resolve))
  return { on, queueId, deliveries, queue: (...args) => runCommandProcess(['queue', ...args], folder) }
}

describe('beside a running relay', () => {
  test('retry has a delivery attempted now, and only that one', async () => {
    const { on, queueId, queue } = await waiting()
    expect(await queue('retry', `${queueId}/1`)).toMatchObject({
      status: 0,
      out: `${queueId}/1: 1 delivery due now\n`,
    })
    const [copy] = await on.sink.received(1)
    expect(copy?.forwardPaths).toEqual(['two@destination.example'])
    expect((await queue('list')).out).toContain(`${queueId}/0`)
  })

  test('what is held is not attempted, whatever is retried, until it is released', async () => {
    const { on, queueId, queue } = await waiting()
    expect((await queue('hold', `${queueId}/0`)).status).toBe(0)
    expect((await queue('retry', '--all', '--json')).out).toContain('"deliveries": 1')
    await on.sink.received(1)
    expect((await queue('list', '--state', 'held')).out).toContain(`${queueId}/0`)
    expect((await queue('release', '--destination', 'Destination.example')).status).toBe(0)
    const copies = await on.sink.received(2)
    expect(copies.map(copy => copy.forwardPaths[0])).toEqual([
      'two@destination.example',
      'one@destination.example',
    ])
  })

  test('what is deleted goes nowhere, and nobody is told', async () => {
    const { on, queueId, queue, deliveries } = await waiting()
    await queue('hold', queueId)
    expect((await queue('delete', `${queueId}/0`)).out).toBe(`${queueId}/0: 1 delivery given up\n`)
    await queue('release', '--all')
    const [copy] = await on.sink.received(1)
    expect(copy?.forwardPaths).toEqual(['two@destination.example'])
    expect(deliveries()[0]).toMatchObject({
      state: 'failed',
      reason: 'given up by the operator',
      dsn: 'skipped',
    })
    expect((await queue('delete', queueId)).status).toBe(1)
  })

  test('what is deleted with a report is returned to its sender within seconds', async () => {
    const { on, queueId, queue } = await waiting()
    expect((await queue('delete', '--destination', 'destination.example', '--report')).status).toBe(2)
    expect((await queue('delete', queueId, '--report')).out).toContain('2 deliveries given up')
    const [report] = await on.sink.received(1)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(report?.octets.toString('latin1')).toContain('Final-Recipient: rfc822; team@alias.example')
  })
})

test('what is no delivery, or is not there, changes nothing', async () => {
  const { queueId, queue, deliveries } = await waiting()
  expect((await queue('hold', '../x')).status).toBe(2)
  expect((await queue('hold')).status).toBe(2)
  expect((await queue('hold', queueId, '--all')).status).toBe(2)
  expect(await queue('hold', '1ABC')).toMatchObject({
    status: 1,
    out: '1ABC: nothing like that is in the queue\n',
  })
  expect(deliveries().map(one => one.state)).toEqual(['queued', 'queued'])
})
