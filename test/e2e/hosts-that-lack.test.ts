/** A relay whose next host lacks something, refuses for now, or hangs: everybody else is served, and it stops when it is asked to. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink, type SinkSettings } from '../support/sink.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { temporaryFolder, testConfig } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }

async function sink(settings: SinkSettings): Promise<Sink> {
  const started = await Sink.start(settings)
  afterTest(() => started.close())
  return started
}

function configFor(peer: Sink, team: readonly string[]) {
  return {
    domains: { 'alias.example': { aliases: { one: ['one@far.example'], team: [...team] } } },
    routes: { 'far.example': { host: '127.0.0.1', port: peer.port, tls: 'none' as const } },
    queue: { retrySeconds: [3_600], thenEverySeconds: 3_600 },
  }
}

/** A relay as a process of its own: one that hangs cannot hold the test. */
async function processFor(on: Stage, peer: Sink, team: readonly string[]) {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const relay = await startRelayProcess(
    testConfig({ dns: on.dns, config: configFor(peer, team) }, folder),
    folder,
    on.zone,
  )
  afterTest(() => relay.end('SIGKILL'))
  return { relay, database: join(folder, 'data', 'relay.sqlite') }
}

const bodyOf = (octets: number) => `${'0123456789 '.repeat(5)}\r\n`.repeat(Math.ceil(octets / 57))

describe('a message that its host cannot take, over the connection of the one before', () => {
  test.each([
    ['larger than SIZE', ['SIZE 5000', '8BITMIME'], { body: bodyOf(7_000) }, '5.3.4'],
    ['8-bit', ['SIZE 50000'], { body: 'gr\xc3\xbcn\r\n' }, '5.6.3'],
  ] as const)('%s: fails, and a new client is greeted', async (_what, extensions, content, status) => {
    const [on, peer] = [await stage(), await sink({ extensions })]
    const targets = ['one', 'two', 'three', 'four'].map(name => `${name}@far.example`)
    const { relay, database } = await processFor(on, peer, targets)
    await send(relay.port, { ...envelope, to: ['one@alias.example'], octets: plainMessage() })
    await peer.received(1)
    const { queueId } = await send(relay.port, { ...envelope, octets: plainMessage(content) })
    while (relay.log().split(`"${queueId}"`).length < 6) await new Promise(setImmediate)
    expect(
      (await send(relay.port, { ...envelope, to: ['one@alias.example'], octets: plainMessage() })).data,
    ).toMatch(/^250/)
    expect(await relay.end('SIGTERM')).toBe(0)
    const reader = openReader(database)
    const deliveries = reader.showMessage(queueId)?.deliveries ?? []
    reader.close()
    expect(deliveries.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed', 'failed'])
    for (const { reason } of deliveries) expect(reason).toContain(status)
  })
})

test('SIGTERM while peers hang ends the process with 0, no error in the log, and every message kept', async () => {
  const [on, peer] = [await stage(), await sink({})]
  peer.always('mail', { do: 'nothing' })
  const { relay, database } = await processFor(on, peer, ['two@far.example'])
  const { queueId } = await send(relay.port, { ...envelope, octets: plainMessage() })
  await peer.until(() => peer.commands.some(line => line.startsWith('MAIL')))
  expect(await relay.end('SIGTERM')).toBe(0)
  expect(
    relay
      .log()
      .split('\n')
      .filter(line => /"level":(?:50|60|"error")|ERROR/.test(line)),
  ).toEqual([])
  const reader = openReader(database)
  const [delivery] = reader.showMessage(queueId)?.deliveries ?? []
  reader.close()
  expect(delivery).toMatchObject({ state: 'queued', log: [{ outcome: 'deferred' }] })
})

describe('an address with an ASCII local part in a domain of U-labels (RFC 5890 section 2.3.2.1)', () => {
  test.each([
    ['without SMTPUTF8', ['8BITMIME']],
    ['with SMTPUTF8', ['8BITMIME', 'SMTPUTF8']],
  ])('goes out with the A-label, signed as it goes, to a host %s', async (_what, extensions) => {
    const [on, peer] = [await stage(), await sink({ extensions })]
    const relay = await relayOn(on, {
      domains: { 'alias.example': { aliases: { team: ['two@bücher.example'], '*': ['*@bücher.example'] } } },
      routes: { 'xn--bcher-kva.example': { host: '127.0.0.1', port: peer.port, tls: 'none' } },
    })
    const to = ['team@alias.example', 'any@alias.example']
    await send(relay.port, { ...envelope, to, octets: plainMessage() })
    const messages = await peer.received(2)
    expect(messages.flatMap(({ forwardPaths }) => forwardPaths).sort()).toEqual([
      'any@xn--bcher-kva.example',
      'two@xn--bcher-kva.example',
    ])
    for (const message of messages) {
      expect(message.mailParameters).not.toContain('SMTPUTF8')
      const verdict = await verifyReceived(message, on.zone)
      expect(verdict).toMatchObject({ state: 'pass', hops: [{ forwardPaths: message.forwardPaths }] })
    }
  })
})
