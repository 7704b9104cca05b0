import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { DeliverSettings } from '../../../src/deliver/settings.ts'
import { Sink, type SinkSettings } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

type Context = ReturnType<typeof delivery>

const sinks: Sink[] = []
const contexts: Context[] = []

async function sink(settings: SinkSettings = {}): Promise<Sink> {
  const started = await Sink.start(settings)
  sinks.push(started)
  return started
}

function context(changes: Partial<DeliverSettings> = {}): Context {
  const made = delivery(changes)
  contexts.push(made)
  return made
}

/** Lets the event loop turn until the pool has noticed something. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

function send(peer: Sink, made: Context) {
  return deliver(mailOf(text), [hopTo(peer.port)], made)
}

afterEach(async () => {
  await Promise.all(contexts.splice(0).map(({ pool }) => pool.closeAll(1_000)))
  await Promise.all(sinks.splice(0).map(peer => peer.close()))
})

describe('a kept connection', () => {
  test('carries the next messages for the same next hop, without RSET', async () => {
    const [peer, made] = [await sink(), context()]
    for (let at = 0; at < 5; at++) expect((await send(peer, made)).kind).toBe('delivered')
    expect([peer.connections, peer.messages.length]).toEqual([1, 5])
    expect(peer.commands.filter(line => line === 'RSET' || line.startsWith('EHLO'))).toEqual([
      'EHLO relay.example',
    ])
    expect(made.pool.counts).toEqual({ open: 1, idle: 1 })
  })

  test('does not collect listeners on its socket', async () => {
    const [peer, made] = [await sink(), context()]
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on('warning', warned)
    for (let at = 0; at < 30; at++) await send(peer, made)
    await new Promise(setImmediate)
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  test('is not shared between hosts, ports, TLS modes or certificate names', async () => {
    const [peer, made] = [await sink({ tls: 'starttls' }), context()]
    const hops = [{}, { host: 'other.example' }, { tls: 'none' }, { tls: 'starttls-required' }] as const
    for (const hop of hops) await deliver(mailOf(text), [hopTo(peer.port, hop)], made)
    expect(peer.connections).toBe(4)
  })

  test('goes on after a refused recipient, with RSET in between', async () => {
    const [peer, made] = [await sink({ extensions: [] }), context()]
    peer.next('rcpt', '550 5.1.1 unknown')
    expect((await send(peer, made)).kind).toBe('failed')
    await peer.until(() => peer.commands.includes('RSET'))
    await until(() => made.pool.counts.idle === 1)
    expect((await send(peer, made)).kind).toBe('delivered')
    expect(peer.connections).toBe(1)
  })

  test('is given up when RSET is refused', async () => {
    const [peer, made] = [await sink(), context()]
    peer.next('rcpt', '550 5.1.1 unknown').next('rset', '500 5.5.1 no')
    await send(peer, made)
    await until(() => made.pool.counts.open === 0)
    expect(peer.commands).toContain('RSET')
  })

  test('ends with QUIT after maxMessagesPerConnection messages', async () => {
    const [peer, made] = [await sink(), context({ maxMessagesPerConnection: 2 })]
    for (let at = 0; at < 4; at++) await send(peer, made)
    await peer.until(() => peer.commands.filter(line => line === 'QUIT').length === 2)
    expect(peer.connections).toBe(2)
  })

  test('ends with QUIT when nobody uses it for maxIdleMilliseconds', async () => {
    const [peer, made] = [await sink(), context({ maxIdleMilliseconds: 20 })]
    await send(peer, made)
    await peer.until(() => peer.commands.includes('QUIT') && peer.sockets.size === 0)
    expect(made.pool.counts.idle).toBe(0)
  })

  test('is not kept at all with maxIdleMilliseconds 0', async () => {
    const [peer, made] = [await sink(), context({ maxIdleMilliseconds: 0 })]
    await send(peer, made)
    await send(peer, made)
    expect(peer.connections).toBe(2)
  })

  test('that was unused the longest makes room when there are too many', async () => {
    const peers = [await sink(), await sink(), await sink()]
    const made = context({ maxIdleConnections: 2 })
    for (const peer of peers) await send(peer, made)
    await peers[0]?.until(peer => peer.commands.includes('QUIT'))
    expect(peers.map(peer => peer.commands.includes('QUIT'))).toEqual([true, false, false])
  })
})

describe('a connection that the peer has closed while nobody used it', () => {
  test('is noticed before the next message', async () => {
    const [peer, made] = [await sink(), context()]
    await send(peer, made)
    for (const socket of peer.sockets) socket.destroy()
    await until(() => made.pool.counts.open === 0)
    expect((await send(peer, made)).kind).toBe('delivered')
    expect(peer.connections).toBe(2)
  })

  test('with 421 is noticed too', async () => {
    const [peer, made] = [await sink(), context()]
    await send(peer, made)
    for (const socket of peer.sockets) socket.end('421 4.4.2 idle for too long\r\n')
    await until(() => made.pool.counts.open === 0)
    expect((await send(peer, made)).kind).toBe('delivered')
  })

  test.each([
    ['a dropped connection', { do: 'drop' }],
    ['421', '421 4.4.2 idle for too long'],
  ] as const)(
    'and shows it at MAIL only (%s): the message goes over a new one, the log says so',
    async (_name, action) => {
      const [peer, made] = [await sink(), context()]
      await send(peer, made)
      peer.next('mail', action)
      expect((await send(peer, made)).kind).toBe('delivered')
      expect([peer.connections, peer.messages.length]).toEqual([2, 2])
      expect(made.events).toMatchObject([{ event: 'stale-connection' }])
    },
  )

  test('a new connection that breaks at MAIL is a failure of the host', async () => {
    const [peer, made] = [await sink(), context()]
    peer.always('mail', { do: 'drop' })
    expect(await send(peer, made)).toMatchObject({ kind: 'deferred', phase: 'mail' })
    expect(peer.connections).toBe(1)
  })
})

describe('several messages at the same time', () => {
  test('use no more connections than maxConnectionsPerHop; the others wait their turn', async () => {
    const [peer, made] = [await sink(), context({ maxConnectionsPerHop: 3 })]
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => send(peer, made)))
    expect(outcomes.every(outcome => outcome.kind === 'delivered')).toBe(true)
    expect([peer.connections, peer.messages.length]).toEqual([3, 20])
  })

  test('do not wait for ever for a host that hangs: they are deferred and give their places to others', async () => {
    const [peer, made] = [await sink(), context({ maxConnectionsPerHop: 1, maxLaneWaitMilliseconds: 1 })]
    const held = Promise.withResolvers<undefined>()
    peer.always('mail', () => held.promise)
    const first = send(peer, made)
    await peer.until(({ commands }) => commands.some(line => line.startsWith('MAIL')))
    const second = await send(peer, made)
    expect(second).toMatchObject({ kind: 'deferred', phase: 'connect' })
    held.resolve(undefined)
    expect((await first).kind).toBe('delivered')
  })

  test('those that wait are not stuck when connections fail', async () => {
    const [peer, made] = [await sink(), context({ maxConnectionsPerHop: 1 })]
    peer.always('connect', { do: 'drop' })
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => send(peer, made)))
    expect(outcomes.map(outcome => outcome.kind)).toEqual(Array(5).fill('deferred'))
  })
})

describe('closeAll', () => {
  test('says QUIT on unused connections', async () => {
    const [peer, made] = [await sink(), delivery()]
    await send(peer, made)
    await made.pool.closeAll(10_000)
    expect(peer.commands.at(-1)).toBe('QUIT')
    expect(made.pool.counts).toEqual({ open: 0, idle: 0 })
  })

  test('lets a message that is under way finish', async () => {
    const [peer, made] = [await sink(), delivery()]
    const held = Promise.withResolvers<undefined>()
    peer.always('body', () => held.promise)
    const sending = send(peer, made)
    await peer.until(() => peer.commands.includes('DATA'))
    const closing = made.pool.closeAll(10_000)
    held.resolve(undefined)
    await closing
    expect((await sending).kind).toBe('delivered')
    expect(peer.commands.at(-1)).toBe('QUIT')
  })

  test('cuts off what is not finished after the grace time, and the message is deferred', async () => {
    const [peer, made] = [await sink(), delivery()]
    const arrived = Promise.withResolvers<void>()
    peer.always('body', () => {
      arrived.resolve()
      return new Promise(() => undefined)
    })
    const sending = send(peer, made)
    await arrived.promise
    await made.pool.closeAll(20)
    expect(await sending).toMatchObject({ kind: 'deferred', phase: 'body' })
  })

  test('cuts off a connection that is being opened', async () => {
    const [peer, made] = [await sink(), delivery()]
    peer.always('connect', () => new Promise(() => undefined))
    const sending = send(peer, made)
    await peer.until(() => peer.connections === 1)
    await made.pool.closeAll(20)
    expect(await sending).toMatchObject({ kind: 'deferred', phase: 'greeting' })
  })

  test('defers messages that come afterwards without dialling', async () => {
    const [peer, made] = [await sink(), delivery()]
    await made.pool.closeAll(10)
    expect(await send(peer, made)).toMatchObject({ kind: 'deferred', phase: 'connect' })
    expect(peer.connections).toBe(0)
  })
})

test('the final dot arrives in one piece with the end of the message', async () => {
  const pieces: string[] = []
  const server = createServer({ noDelay: true }, socket => {
    socket.on('error', () => undefined)
    socket.write('220 x\r\n')
    socket.on('data', chunk => {
      pieces.push(chunk.toString())
      const last = pieces.at(-1) ?? ''
      if (last.startsWith('EHLO')) socket.write('250-x\r\n250 PIPELINING\r\n')
      else if (last.startsWith('MAIL')) socket.write('250 a\r\n250 b\r\n354 c\r\n')
      else if (last.startsWith('QUIT')) socket.end('221 bye\r\n')
      else if (last.endsWith('\r\n.\r\n')) socket.write('250 d\r\n')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made = context()
  const { port } = server.address() as AddressInfo
  await deliver(mailOf(text.repeat(80)), [hopTo(port)], made)
  server.close()
  expect(pieces.map(piece => piece.slice(0, 4))).toEqual(['EHLO', 'MAIL', 'From'])
  expect(pieces[1]).toMatch(/^MAIL.*\r\nRCPT.*\r\nDATA\r\n$/)
  expect(pieces[2]).toBe(`${text.repeat(80)}.\r\n`)
})
