import { afterEach, describe, expect, test } from 'vitest'
import { startListener } from '../../../src/receive/listener.ts'
import type { ListenerSettings } from '../../../src/receive/settings.ts'
import { testCertificate } from '../../support/certificates.ts'
import { ListenerRig, testLimits } from '../../support/listener-rig.ts'

let rig: ListenerRig | undefined
const start = async (tls: ListenerSettings['tls'], listener: Partial<ListenerSettings> = {}) => {
  rig = await ListenerRig.start({ listener: { tls, certificate: testCertificate(), ...listener } })
  return rig
}
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

const trusting = { ca: testCertificate().cert, servername: 'relay.example' }

describe('STARTTLS (RFC 3207)', () => {
  test('is announced, and the message then comes over a checked TLS connection', async () => {
    const { greeted, messages } = await started('starttls')
    const client = await greeted()
    expect(await client.command('EHLO client.example')).toContain('\n250-STARTTLS')
    expect(await client.command('STARTTLS')).toMatch(/^220/)
    await client.startTls(trusting)
    expect(await client.command('EHLO client.example')).not.toContain('STARTTLS')
    await client.commands('MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA', '.')
    expect(messages[0]?.peer).toMatchObject({
      protocol: 'ESMTPS',
      tls: { version: 'TLSv1.3', cipher: /^TLS_/ },
    })
  })

  test('what was said before is forgotten: EHLO and MAIL must come again', async () => {
    const { greeted } = await started('starttls')
    const client = await greeted()
    await client.commands('MAIL FROM:<>', 'STARTTLS')
    await client.startTls(trusting)
    expect(await client.command('RCPT TO:<team@alias.example>')).toMatch(/^503/)
    expect(await client.command('MAIL FROM:<>')).toMatch(/^503/)
    await client.command('EHLO client.example')
    expect(await client.command('RCPT TO:<team@alias.example>')).toMatch(/^503/)
  })

  test('commands that were sent in plain text behind STARTTLS are not worked on inside of TLS', async () => {
    const { greeted, asked } = await started('starttls')
    const client = await greeted()
    await client.write(
      'STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@origin.example>\r\nRCPT TO:<team@alias.example>\r\n',
    )
    expect(await client.reply()).toMatch(/^220/)
    await client.startTls(trusting)
    expect(await client.command('MAIL FROM:<>')).toMatch(/^503/)
    expect(asked).toEqual([])
  })

  test('is refused when TLS is there already, and with parameters', async () => {
    const { greeted } = await started('starttls')
    const client = await greeted()
    expect(await client.command('STARTTLS now')).toMatch(/^501/)
    await client.command('STARTTLS')
    await client.startTls(trusting)
    expect(await client.command('STARTTLS')).toMatch(/^503/)
  })

  test('a handshake that fails ends the connection and nothing else', async () => {
    const { greeted, client: connect } = await started('starttls')
    const client = await greeted()
    await client.command('STARTTLS')
    await client.write('this is not a handshake\r\n\r\n')
    await client.closed
    expect(await (await connect()).reply()).toMatch(/^220/)
  })
})

describe('a handshake that does not go on', () => {
  const beginnings = ['', '16', '16030102000100']
  test.each(beginnings)('ends with the time for a command: octets %j', async hex => {
    rig = await ListenerRig.start({
      listener: { tls: 'starttls', certificate: testCertificate() },
      limits: { commandTimeoutMilliseconds: 60 },
    })
    const client = await rig.greeted({ allowHalfOpen: true })
    await client.command('STARTTLS')
    await client.write(Buffer.from(hex, 'hex'))
    await rig.event(({ event }) => event === 'close')
    expect(client.unread).toBe('')
  })

  test.each(beginnings)('ends with the idle time where TLS comes first: octets %j', async hex => {
    rig = await ListenerRig.start({
      listener: { tls: 'implicit', certificate: testCertificate() },
      limits: { idleTimeoutMilliseconds: 60 },
    })
    const client = await rig.client()
    await client.write(Buffer.from(hex, 'hex'))
    await client.closed
    expect(client.unread).toBe('')
  })

  test('does not hold up the end of the listener', async () => {
    const { greeted, client: connect } = await started('starttls')
    await (await greeted()).command('STARTTLS')
    await connect()
    await rig?.listener.close(50)
  })
})

describe('TLS from the first octet (RFC 8314)', () => {
  test('the greeting comes over TLS, and STARTTLS is not offered', async () => {
    const { client: connect, messages } = await started('implicit')
    const client = await connect({ tls: trusting })
    expect(await client.reply()).toMatch(/^220/)
    expect(await client.command('EHLO client.example')).not.toContain('STARTTLS')
    await client.commands('MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA', '.')
    expect(messages[0]?.peer.protocol).toBe('ESMTPS')
  })

  test('a client that speaks before the greeting gets 554 here too', async () => {
    const { client: connect } = await started('implicit', { earlyTalkerDelayMilliseconds: 3_600_000 })
    const client = await connect({ tls: trusting })
    expect(await client.command('EHLO client.example')).toMatch(/^554/)
    await client.closed
  })

  test('a client that speaks plain SMTP is let go, and the next one is served', async () => {
    const { client: connect } = await started('implicit')
    const plain = await connect()
    await plain.write('EHLO client.example\r\n')
    await plain.closed
    expect(await (await connect({ tls: trusting })).reply()).toMatch(/^220/)
  })
})

describe('versions', () => {
  test('TLS 1.2 is spoken', async () => {
    const { client: connect, messages } = await started('implicit')
    const client = await connect({ tls: { ...trusting, maxVersion: 'TLSv1.2' } })
    await client.reply()
    await client.commands('EHLO c', 'MAIL FROM:<>', 'RCPT TO:<team@alias.example>', 'DATA', '.')
    expect(messages[0]?.peer.tls?.version).toBe('TLSv1.2')
  })

  test('TLS 1.1 is not', async () => {
    const { client: connect } = await started('implicit')
    const old = {
      ...trusting,
      minVersion: 'TLSv1' as const,
      maxVersion: 'TLSv1.1' as const,
      ciphers: 'DEFAULT@SECLEVEL=0',
    }
    await expect(connect({ tls: old })).rejects.toThrow(/alert protocol version|unsupported protocol/)
  })
})

describe('settings', () => {
  test('TLS without a certificate is refused at the start, rather than shown with a published key', async () => {
    const settings: ListenerSettings = {
      name: 'mx',
      address: '127.0.0.1',
      port: 0,
      hostname: 'relay.example',
      tls: 'starttls',
      earlyTalkerDelayMilliseconds: 0,
      trustedNetworks: [],
      noDelayNetworks: [],
      proxyNetworks: [],
      proxyHeaderMilliseconds: 5_000,
      limits: testLimits,
    }
    await expect(startListener(settings, {} as never)).rejects.toThrow('listener mx: TLS needs a certificate')
  })

  test('without TLS there is no STARTTLS', async () => {
    const { greeted } = await started('none')
    expect(await (await greeted()).command('STARTTLS')).toMatch(/^500/)
  })
})

/** The rig with its functions bound, so that a test takes out what it needs. */
async function started(tls: ListenerSettings['tls'], listener: Partial<ListenerSettings> = {}) {
  const made = await start(tls, listener)
  return {
    messages: made.messages,
    asked: made.asked,
    client: made.client.bind(made),
    greeted: made.greeted.bind(made),
  }
}
