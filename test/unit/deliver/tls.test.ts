import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { Outcome } from '../../../src/deliver/outcome.ts'
import type { DeliverSettings } from '../../../src/deliver/settings.ts'
import type { SmtpHop } from '../../../src/discover/next-hop.ts'
import { Sink, type SinkSettings } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

const sinks: Sink[] = []
const contexts: ReturnType<typeof delivery>[] = []
const servers: Server[] = []

async function sink(settings: SinkSettings = {}): Promise<Sink> {
  const started = await Sink.start(settings)
  sinks.push(started)
  return started
}

/** One message over one hop. */
async function send(
  port: number,
  hop: Partial<SmtpHop>,
  changes: Partial<DeliverSettings> = {},
): Promise<Outcome> {
  const made = delivery(changes)
  contexts.push(made)
  return deliver(mailOf(text), [hopTo(port, hop)], made)
}

afterEach(async () => {
  await Promise.all(contexts.splice(0).map(({ pool }) => pool.closeAll(1_000)))
  await Promise.all(sinks.splice(0).map(peer => peer.close()))
  for (const server of servers.splice(0)) server.close()
})

/** Says that TLS may begin, and answers the first octets of it with something else. */
function breakHandshake(peer: Sink): Sink {
  return peer.always('starttls', () => {
    for (const socket of peer.sockets) {
      socket.once('data', () => socket.write('this is not TLS\r\n'))
      socket.write('220 2.0.0 go ahead\r\n')
    }
    return new Promise(() => undefined)
  })
}

/** Without the test's own authority: a certificate like most of the world's mail hosts have. */
const unknownAuthority = { certificateAuthorities: [] }

describe('starttls-if-offered', () => {
  test('is used when it is offered; the certificate is not checked', async () => {
    const peer = await sink({ tls: 'starttls' })
    const outcome = await send(peer.port, { host: 'other.example' }, unknownAuthority)
    expect(outcome).toMatchObject({ kind: 'delivered', tls: { authorized: false } })
    expect(peer.messages[0]?.isTls).toBe(true)
  })

  test('is left out when it is not offered', async () => {
    const peer = await sink({ tls: 'none' })
    const outcome = await send(peer.port, {})
    expect(outcome.kind).toBe('delivered')
    expect(outcome.tls).toBeUndefined()
  })

  test('that the peer refuses goes on in plaintext in the same session', async () => {
    const peer = (await sink({ tls: 'starttls' })).always('starttls', '454 4.7.0 not now')
    expect((await send(peer.port, {})).kind).toBe('delivered')
    expect([peer.connections, peer.messages[0]?.isTls]).toEqual([1, false])
  })

  test('whose handshake fails goes on in plaintext on a new connection, and the log says so', async () => {
    const peer = breakHandshake(await sink({ tls: 'starttls' }))
    const made = delivery()
    contexts.push(made)
    expect((await deliver(mailOf(text), [hopTo(peer.port)], made)).kind).toBe('delivered')
    expect([peer.connections, peer.messages[0]?.isTls]).toEqual([2, false])
    expect(made.events).toMatchObject([
      { event: 'plaintext-after-failed-handshake', nextHop: `sink.example[127.0.0.1]:${peer.port}` },
    ])
  })

  test('whose handshake never ends goes on in plaintext after the time limit', async () => {
    const peer = await sink({ tls: 'starttls' })
    peer.always('starttls', () => {
      for (const socket of peer.sockets) socket.write('220 2.0.0 go ahead\r\n')
      return new Promise(() => undefined)
    })
    expect((await send(peer.port, {}, { handshakeMilliseconds: 50 })).kind).toBe('delivered')
    expect([peer.connections, peer.messages[0]?.isTls]).toEqual([2, false])
  })

  test('is not tried with tls none', async () => {
    const peer = await sink({ tls: 'starttls' })
    expect((await send(peer.port, { tls: 'none' })).tls).toBeUndefined()
    expect(peer.commands).not.toContain('STARTTLS')
  })
})

describe('starttls-required', () => {
  const tls = 'starttls-required'

  test('encrypts; without certificate names the certificate is not checked', async () => {
    const peer = await sink({ tls: 'starttls' })
    expect(await send(peer.port, { tls }, unknownAuthority)).toMatchObject({
      kind: 'delivered',
      tls: { version: 'TLSv1.3' },
    })
  })

  test('that is not offered, refused or broken is deferred: nothing goes in plaintext', async () => {
    const stripped = (await sink({ tls: 'none' })).always('starttls', '502 5.5.1 unknown command')
    const refusing = (await sink({ tls: 'starttls' })).always('starttls', '454 4.7.0 not now')
    const broken = breakHandshake(await sink({ tls: 'starttls' }))
    const dropping = (await sink({ tls: 'starttls' })).always('starttls', { do: 'drop' })
    for (const peer of [stripped, refusing, broken, dropping]) {
      expect(await send(peer.port, { tls })).toMatchObject({ kind: 'deferred', phase: 'starttls' })
      expect(peer.commands.filter(line => line.startsWith('MAIL'))).toEqual([])
      expect(peer.connections).toBe(1)
    }
  })

  test('a certificate for one of the names is accepted', async () => {
    const peer = await sink({ tls: 'starttls' })
    const outcome = await send(peer.port, { tls, certificateNames: ['gone.example', 'sink.example'] })
    expect(outcome).toMatchObject({ kind: 'delivered', tls: { authorized: true } })
  })

  test('a certificate for none of the names is deferred', async () => {
    const peer = await sink({ tls: 'starttls' })
    const outcome = await send(peer.port, { tls, certificateNames: ['gone.example'] })
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'starttls' })
    expect(outcome.reason).toContain('gone.example')
  })

  test('a certificate of an unknown authority is deferred', async () => {
    const peer = await sink({ tls: 'starttls' })
    const names = { tls, certificateNames: ['sink.example'] } as const
    expect(await send(peer.port, names, unknownAuthority)).toMatchObject({
      kind: 'deferred',
      phase: 'starttls',
    })
  })

  test('what a man in the middle adds to the plaintext reply is thrown away (STARTTLS injection)', async () => {
    const peer = await sink({ tls: 'starttls', extensions: ['8BITMIME'] })
    peer.always('ehlo', ({ message }) =>
      message.isTls ? undefined : '250-sink.example\n250-SIZE 1\n250 STARTTLS',
    )
    expect((await send(peer.port, { tls })).kind).toBe('delivered')
  })
})

describe('implicit TLS', () => {
  const tls = 'implicit'

  test('encrypts from the first octet', async () => {
    const peer = await sink({ tls: 'implicit' })
    const outcome = await send(peer.port, { tls, certificateNames: ['sink.example'] })
    expect(outcome).toMatchObject({ kind: 'delivered', tls: { version: 'TLSv1.3', authorized: true } })
    expect(peer.commands).not.toContain('STARTTLS')
  })

  test('with a certificate for another name, or without TLS at all, is deferred', async () => {
    const peer = await sink({ tls: 'implicit' })
    const plain = await sink({ tls: 'none' })
    const names = { tls, certificateNames: ['gone.example'] } as const
    expect(await send(peer.port, names)).toMatchObject({ kind: 'deferred', phase: 'starttls' })
    expect(await send(plain.port, { tls })).toMatchObject({ kind: 'deferred', phase: 'starttls' })
    expect(peer.messages.length + plain.messages.length).toBe(0)
  })

  test('whose handshake never ends is deferred after the time limit', async () => {
    const silent = createServer(socket => socket.on('error', () => undefined)).listen(0, '127.0.0.1')
    servers.push(silent)
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const outcome = await send(port, { tls }, { handshakeMilliseconds: 50 })
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'starttls' })
  })
})
