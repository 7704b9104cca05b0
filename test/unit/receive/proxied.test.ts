/** A listener behind a balancer: whose a connection is stands in its PROXY header, and without one there is no connection. */
import { afterEach, describe, expect, test } from 'vitest'
import type { ListenerSettings, ReceiveLimits } from '../../../src/receive/settings.ts'
import { testCertificate } from '../../support/certificates.ts'
import { ListenerRig } from '../../support/listener-rig.ts'
import { proxyHeader2, tcp4Block } from '../../support/proxy-header.ts'
import type { RawClient } from '../../support/raw-client.ts'

let rig: ListenerRig | undefined
async function start(listener: Partial<ListenerSettings> = {}, limits: Partial<ReceiveLimits> = {}) {
  rig = await ListenerRig.start({ listener: { proxyNetworks: ['127.0.0.1'], ...listener }, limits })
  return rig
}
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

const line = (address: string) => `PROXY TCP4 ${address} 192.0.2.25 40000 25\r\n`
const trusting = { ca: testCertificate().cert, servername: 'relay.example' }

async function by(rig: ListenerRig, header: string | Buffer): Promise<RawClient> {
  const client = await rig.client()
  await client.write(header)
  return client
}

async function transaction(client: RawClient): Promise<void> {
  await client.commands('EHLO client.example', 'MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA', '.')
}

describe('the client', () => {
  test.each([
    ['version 1', line('198.51.100.7')],
    ['version 2', proxyHeader2(0x21, 0x11, tcp4Block([198, 51, 100, 7], 40_000))],
  ])('is the one of the header (%s)', async (_version, header) => {
    const rig = await start()
    const client = await by(rig, header)
    expect(await client.reply()).toMatch(/^220 /)
    await transaction(client)
    expect(rig.messages[0]).toMatchObject({
      peer: { address: '198.51.100.7', port: 40_000 },
      trusted: false,
    })
    expect(rig.events.find(({ event }) => event === 'connect')?.peer).toBe('198.51.100.7:40000')
  })

  test('is trusted by its own address and not by that of the balancer', async () => {
    const rig = await start({ trustedNetworks: ['198.51.100.0/24', '127.0.0.0/8'] })
    for (const address of ['198.51.100.7', '203.0.113.9']) {
      const client = await by(rig, line(address))
      await client.reply()
      await transaction(client)
    }
    expect(rig.messages.map(({ trusted }) => trusted)).toEqual([true, false])
  })

  test.each([
    ['UNKNOWN', 'PROXY UNKNOWN\r\n'],
    ['LOCAL', proxyHeader2(0x20, 0, Buffer.alloc(0))],
  ])('that is not named (%s) is served, and trusted never', async (_what, header) => {
    const rig = await start({ trustedNetworks: ['127.0.0.0/8'] })
    const client = await by(rig, header)
    expect(await client.reply()).toMatch(/^220 /)
    await transaction(client)
    expect(rig.messages[0]).toMatchObject({ peer: { address: '127.0.0.1' }, trusted: false })
  })

  test('is what connections are counted by', async () => {
    const rig = await start({}, { maxConnectionsPerPeer: 1 })
    const first = await by(rig, line('198.51.100.7'))
    expect(await first.reply()).toMatch(/^220 /)
    const second = await by(rig, line('198.51.100.7'))
    expect(await second.reply()).toMatch(/^421 4\.7\.0 /)
    const other = await by(rig, line('198.51.100.8'))
    expect(await other.reply()).toMatch(/^220 /)
    first.end()
    second.end()
    await Promise.all([first.closed, second.closed])
  })

  test('that speaks before the greeting is refused as without a balancer', async () => {
    const rig = await start({ earlyTalkerDelayMilliseconds: 3_600_000 })
    const client = await by(rig, `${line('198.51.100.7')}EHLO client.example\r\n`)
    expect(await client.reply()).toMatch(/^554 5\.5\.1 /)
  })
})

describe('TLS', () => {
  test('from the first octet begins behind the header, also where both come in one packet', async () => {
    const rig = await start({ tls: 'implicit', certificate: testCertificate() })
    const client = await rig.client()
    await client.write(line('198.51.100.7'))
    await client.startTls(trusting)
    expect(await client.reply()).toMatch(/^220 /)
    await transaction(client)
    expect(rig.messages[0]?.peer).toMatchObject({ address: '198.51.100.7', protocol: 'ESMTPS' })
  })

  test('by STARTTLS knows the client too', async () => {
    const rig = await start({ tls: 'starttls', certificate: testCertificate() })
    const client = await by(rig, line('198.51.100.7'))
    await client.reply()
    await client.commands('EHLO client.example', 'STARTTLS')
    await client.startTls(trusting)
    await transaction(client)
    expect(rig.messages[0]?.peer).toMatchObject({ address: '198.51.100.7', protocol: 'ESMTPS' })
  })
})

describe('the connection ends without a word', () => {
  test.each([
    ['where SMTP comes without a header', 'EHLO client.example\r\n'],
    ['where the header is wrong', 'PROXY TCP4 somebody 192.0.2.1 1 1\r\n'],
    ['where the line has no end', `PROXY UNKNOWN ${'x'.repeat(200)}`],
    ['where the block has more octets than any', proxyHeader2(0x21, 0x11, Buffer.alloc(65_535))],
  ])('%s', async (_what, octets) => {
    const rig = await start()
    const client = await by(rig, octets)
    await client.closed
    expect(client.unread).toBe('')
    await rig.event(({ event }) => event === 'refused')
  })

  test('where the header does not come in time', async () => {
    const rig = await start({ proxyHeaderMilliseconds: 1 })
    const client = await by(rig, 'PROXY TCP4')
    await client.closed
    expect(await rig.event(({ event }) => event === 'refused')).toMatchObject({
      text: 'no whole PROXY header came in time',
    })
  })

  test('where the listener stops before the header has come', async () => {
    const rig = await start()
    const client = await by(rig, 'PROXY TCP4')
    await rig.listener.close(0)
    await client.closed
  })
})

describe('who is no balancer of the listener', () => {
  test.each([
    ['with a header', line('198.51.100.7')],
    ['without one', ''],
  ])('is refused %s', async (_what, header) => {
    const rig = await start({ trustedNetworks: ['198.51.100.0/24'] })
    const client = await rig.client({ localAddress: '127.0.0.2' })
    await client.write(header)
    expect(await client.reply()).toMatch(/^554 5\.7\.1 /)
    await client.closed
    expect(rig.messages).toEqual([])
  })

  test('gets no TLS either', async () => {
    const rig = await start({ tls: 'implicit', certificate: testCertificate() })
    const client = await rig.client({ localAddress: '127.0.0.2' })
    await client.closed
    expect(client.unread).toBe('')
  })
})

describe('this host itself, where it is no balancer', () => {
  const elsewhere = { proxyNetworks: ['192.0.2.10'], trustedNetworks: ['127.0.0.1', '198.51.100.0/24'] }

  test('is greeted with a header that names no client, and is trusted with nothing', async () => {
    const rig = await start(elsewhere)
    const client = await by(rig, proxyHeader2(0x20, 0, Buffer.alloc(0)))
    expect(await client.reply()).toMatch(/^220 /)
    await client.command('EHLO check.example')
    await client.command('MAIL FROM:<a@origin.example>')
    await client.command('RCPT TO:<x@alias.example>')
    expect(rig.asked.map(([, { trusted }]) => trusted)).toEqual([false])
  })

  test.each([
    ['a header that names a client', line('198.51.100.7')],
    ['no header', 'EHLO check.example\r\n'],
  ])('is refused with %s', async (_what, begin) => {
    const rig = await start(elsewhere)
    const client = await by(rig, begin)
    expect(await client.reply()).toMatch(/^554 5\.7\.1 /)
    await client.closed
  })

  test('is refused where it says nothing', async () => {
    const rig = await start({ ...elsewhere, proxyHeaderMilliseconds: 1 })
    expect(await (await rig.client()).reply()).toMatch(/^554 5\.7\.1 /)
  })
})

test('without balancers the header is what a client says before the greeting', async () => {
  const rig = await start({ proxyNetworks: [], earlyTalkerDelayMilliseconds: 3_600_000 })
  const client = await by(rig, line('198.51.100.7'))
  expect(await client.reply()).toMatch(/^554 5\.5\.1 /)
})
