import { afterEach, describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../src/receive/memory-budget.ts'
import { queued } from '../../../src/smtp/replies.ts'
import { testCertificate } from '../../support/certificates.ts'
import { ListenerRig, type RigSettings } from '../../support/listener-rig.ts'
import type { RawClient } from '../../support/raw-client.ts'

let rig: ListenerRig
const start = async (settings: RigSettings = {}) => {
  rig = await ListenerRig.start(settings)
  return rig
}
afterEach(() => rig.close())

/** Resolves when a client was let go and no longer counts. */
async function leave(client: RawClient): Promise<void> {
  client.end()
  await client.closed
  await rig.event(({ event, peer }) => event === 'close' && peer !== undefined)
}

async function greetedOverTls(tls: 'starttls' | 'implicit'): Promise<RawClient> {
  const trusting = { ca: testCertificate().cert, servername: 'relay.example' }
  if (tls === 'implicit') {
    const client = await rig.client({ tls: trusting })
    expect(await client.reply()).toMatch(/^220/)
    return client
  }
  const client = await rig.greeted()
  expect(await client.command('STARTTLS')).toMatch(/^220/)
  await client.startTls(trusting)
  return client
}

describe('connections', () => {
  test('beyond the limit of one address are refused with 421 4.7.0; other addresses are not', async () => {
    await start({ limits: { maxConnectionsPerPeer: 1 } })
    const first = await rig.greeted()
    const second = await rig.client()
    expect(await second.reply()).toMatch(/^421 4\.7\.0 too many connections from your network/)
    await second.closed
    const other = await rig.client({ localAddress: '127.0.0.2' })
    expect(await other.reply()).toMatch(/^220/)
    expect(await first.command('NOOP')).toMatch(/^250/)
  })

  test('count no longer once they are closed', async () => {
    await start({ limits: { maxConnectionsPerPeer: 1 } })
    await leave(await rig.greeted())
    expect(await (await rig.client()).reply()).toMatch(/^220/)
  })

  test.each(['starttls', 'implicit'] as const)(
    'with TLS (%s) count no longer once they are closed',
    async tls => {
      await start({ listener: { tls, certificate: testCertificate() }, limits: { maxConnectionsPerPeer: 1 } })
      for (let visit = 1; visit <= 3; visit++) {
        const client = await greetedOverTls(tls)
        expect(await client.command('EHLO client.example')).toMatch(/^250/)
        await leave(client)
      }
    },
  )

  test('far beyond the limit are closed without a word', async () => {
    await start({ limits: { maxConnectionsPerPeer: 1 } })
    await rig.greeted()
    // Refused, but its own side stays open: the socket still counts.
    expect(await (await rig.client({ allowHalfOpen: true })).reply()).toMatch(/^421/)
    const third = await rig.client()
    await third.closed
    expect(third.unread).toBe('')
  })

  test('beyond the limit of the listener are refused with 421 4.3.2', async () => {
    await start({ limits: { maxConnections: 2 } })
    const clients = [await rig.greeted(), await rig.greeted()]
    expect(await (await rig.client()).reply()).toMatch(/^421 4\.3\.2 too many connections/)
    expect(await clients[0]?.command('NOOP')).toMatch(/^250/)
  })

  test('two hundred at once each get their message through', async () => {
    await start({ limits: { maxConnectionsPerPeer: 200 } })
    const clients = await Promise.all(Array.from({ length: 200 }, () => rig.inData()))
    const replies = await Promise.all(clients.map((client, at) => client.command(`Subject: ${at}\r\n\r\n.`)))
    expect(replies.filter(reply => reply.startsWith('250'))).toHaveLength(200)
    expect(new Set(rig.messages.map(({ octets }) => octets.toString())).size).toBe(200)
  })
})

describe('memory', () => {
  test('MAIL with a size that does not fit is refused with 452 4.3.1', async () => {
    await start({ limits: { maxMemoryBytes: 1_000 } })
    const client = await rig.greeted()
    expect(await client.command('MAIL FROM:<> SIZE=1001')).toMatch(/^452 4\.3\.1/)
    expect(await client.command('MAIL FROM:<> SIZE=1000')).toMatch(/^250/)
  })

  test('a message that does not fit beside those of other connections is refused, and fits when they are gone', async () => {
    const gate = Promise.withResolvers<void>()
    const memory = new MemoryBudget(100)
    await start({
      listener: { memory },
      hooks: { accept: received => gate.promise.then(() => queued(received.queueId)) },
    })
    const body = `${'x'.repeat(60)}\r\n.`
    const [first, second] = [await rig.inData(), await rig.inData()]
    await first.write(`${body}\r\n`)
    expect(await second.command(body)).toMatch(/^452 4\.3\.1/)
    gate.resolve()
    expect(await first.reply()).toMatch(/^250/)
    expect(memory.usedBytes).toBe(0)
    expect(await second.command('MAIL FROM:<>')).toMatch(/^250/)
  })

  test('a client that leaves within a message gives its memory back', async () => {
    const memory = new MemoryBudget(1e6)
    await start({ listener: { memory } })
    const client = await rig.inData()
    await client.write('Subject: half a message\r\n')
    client.reset()
    await rig.event(({ event, text }) => event === 'lost' && text === 'the connection ended within a message')
    expect(memory.usedBytes).toBe(0)
  })
})

describe('time', () => {
  const soon = 60
  /** Long enough for what comes before it, on a machine that is busy too. */
  const unhurried = 500

  test('a client that says nothing gets 421 4.4.2', async () => {
    await start({ limits: { idleTimeoutMilliseconds: soon } })
    const client = await rig.client()
    await client.reply()
    expect(await client.reply()).toMatch(/^421 4\.4\.2/)
    await client.closed
  })

  test('a command that does not become complete gets 421 4.4.2, however busy the client is', async () => {
    await start({ limits: { commandTimeoutMilliseconds: soon } })
    const client = await rig.greeted()
    const trickle = setInterval(() => void client.write('X'), 10)
    expect(await client.reply()).toMatch(/^421 4\.4\.2 timeout waiting for a command/)
    clearInterval(trickle)
    await client.closed
  })

  test('a message that does not end gets 421 4.4.2, however busy the client is', async () => {
    await start({ limits: { dataTimeoutMilliseconds: soon } })
    const client = await rig.inData()
    const trickle = setInterval(() => void client.write('a line\r\n'), 10)
    expect(await client.reply()).toMatch(/^421 4\.4\.2 timeout waiting for the end/)
    clearInterval(trickle)
    await client.closed
    expect(rig.messages).toEqual([])
  })

  test('a client that stops within a message gets 421 4.4.2', async () => {
    await start({ limits: { idleTimeoutMilliseconds: unhurried } })
    const client = await rig.inData()
    await client.write('Subject: half')
    expect(await client.reply()).toMatch(/^421 4\.4\.2/)
  })

  test('the time that a message is stored is not the client’s', async () => {
    const gate = Promise.withResolvers<void>()
    const limits = {
      idleTimeoutMilliseconds: unhurried,
      commandTimeoutMilliseconds: unhurried,
      dataTimeoutMilliseconds: unhurried,
    }
    await start({ limits, hooks: { accept: received => gate.promise.then(() => queued(received.queueId)) } })
    const client = await rig.inData()
    await client.write('.\r\n')
    setTimeout(gate.resolve, 2 * unhurried)
    expect(await client.reply()).toBe('250 2.0.0 queued as Q1')
  })

  test('the greeting is held back for strangers only', async () => {
    await start({
      listener: {
        earlyTalkerDelayMilliseconds: 3_600_000,
        noDelayNetworks: ['127.0.0.2'],
        trustedNetworks: ['127.0.0.3'],
      },
    })
    const stranger = await rig.client()
    const replies = await Promise.all(
      ['127.0.0.2', '127.0.0.3'].map(async localAddress => (await rig.client({ localAddress })).reply()),
    )
    expect(replies.map(reply => reply.slice(0, 3))).toEqual(['220', '220'])
    expect(stranger.unread).toBe('')
  })

  test('a client that waits for its greeting gets it', async () => {
    await start({ listener: { earlyTalkerDelayMilliseconds: 20 } })
    expect(await (await rig.greeted()).command('NOOP')).toMatch(/^250/)
  })
})

describe('LIMITS (RFC 9422)', () => {
  test('are announced, and the session ends with 421 at the first MAIL beyond MAILMAX, refused ones counted', async () => {
    await start({ limits: { maxTransactions: 2, maxRecipients: 7 } })
    const client = await rig.greeted()
    expect(await client.command('EHLO client.example')).toMatch(/\n250[ -]LIMITS RCPTMAX=7 MAILMAX=2$/m)
    await client.commands('MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA', '.')
    expect(await client.command('MAIL FROM:nonsense')).toMatch(/^501/)
    expect(await client.command('MAIL FROM:<>')).toMatch(/^421 4\.7\.0/)
    await client.closed
  })
})
