/** REQUIRETLS and TLS-Required (RFC 8689) through relays, over real sockets. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Certificate } from '../../src/receive/settings.ts'
import { firstAttempt } from '../support/attempted.ts'
import { certificateFor } from '../support/certificates.ts'
import { openReader } from '../support/database-beside.ts'
import { RawClient } from '../support/raw-client.ts'
import { plainMessage } from '../support/send.ts'
import { Sink, type SinkSettings } from '../support/sink.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { authoritiesFile, good, starttls, strictStage, wrongName } from '../support/strict-stage.ts'
import { publishKeys, type TestRelay, temporaryFolder } from '../support/test-relay.ts'

const sinkCertificate = certificateFor(['sink.example'])
const firstCertificate = certificateFor(['relay.first.example', 'first.example'])
const secondCertificate = certificateFor(['relay.second.example', 'second.example'])
const offers = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'REQUIRETLS']

/** The certificate as files, for a listener. */
async function files({ cert, key }: Certificate): Promise<{ certificateFile: string; keyFile: string }> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true }))
  const certificateFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  await writeFile(certificateFile, cert)
  await writeFile(keyFile, key)
  return { certificateFile, keyFile }
}

async function tlsSink(settings: Partial<SinkSettings> = {}): Promise<Sink> {
  const sink = await Sink.start({
    tls: 'starttls',
    certificate: sinkCertificate,
    extensions: offers,
    ...settings,
  })
  afterTest(() => sink.close())
  return sink
}

/** A relay with implicit TLS that is found by SRV, whose routes lead to sinks. */
async function tlsRelay(
  on: Stage,
  domain: string,
  certificate: Certificate,
  { aliases, routes }: { aliases: Record<string, string[]>; routes: Record<string, Sink> },
): Promise<TestRelay> {
  const hostname = `relay.${domain}`
  const to = Object.entries(routes).map(([destination, { port }]) => {
    const route = { host: '127.0.0.1', port, tls: 'starttls-if-offered', certificateNames: ['sink.example'] }
    return [destination, route] as const
  })
  const relay = await relayOn(on, {
    hostname,
    domains: { [domain]: { aliases } },
    listeners: [
      {
        name: 'smtps',
        port: 0,
        tls: 'implicit',
        earlyTalkerDelayMilliseconds: 0,
        certificate: await files(certificate),
      },
      { name: 'plain', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0 },
    ],
    routes: Object.fromEntries(to) as never,
    delivery: {
      certificateAuthoritiesFile: await authoritiesFile([
        sinkCertificate,
        firstCertificate,
        secondCertificate,
      ]),
    },
    queue: { retrySeconds: [3_600] },
  })
  publishKeys(on.zone, {
    [domain]: { '_smtp-tls._tcp': [['srv', `0 0 ${relay.port} ${hostname}`]] },
    [hostname]: { '@': [['a', '127.0.0.1']] },
  })
  return relay
}

interface Asked {
  readonly to: string
  readonly parameters?: string
  readonly octets?: Buffer
}

/** Sends one message over implicit TLS; the queue id. */
async function sendOverTls(port: number, { to, parameters = ' REQUIRETLS', octets = plainMessage() }: Asked) {
  const client = await RawClient.connect({ port, tls: { rejectUnauthorized: false } })
  await client.reply()
  await client.commands('EHLO client.example', `MAIL FROM:<a@origin.example>${parameters}`)
  await client.commands(`RCPT TO:<${to}>`, 'DATA')
  const reply = await client.command(`${octets.toString('latin1').replace(/^\./gm, '..')}.`)
  client.end()
  return /queued as (\S+)/.exec(reply)?.[1] ?? reply
}

/** The reason of the only delivery of a message. */
function failureOf(relay: TestRelay, queueId: string): string | null | undefined {
  const reader = openReader(relay.database)
  const [delivery] = reader.showMessage(queueId)?.deliveries ?? []
  reader.close()
  return delivery?.reason
}

describe('REQUIRETLS', () => {
  test('is offered over TLS and refused without (section 4.2)', async () => {
    const on = await stage()
    const relay = await tlsRelay(on, 'first.example', firstCertificate, { aliases: {}, routes: {} })
    const secure = await RawClient.connect({ port: relay.port, tls: { rejectUnauthorized: false } })
    await secure.reply()
    expect(await secure.command('EHLO client.example')).toMatch(/^250[- ]REQUIRETLS$/m)
    expect(await secure.command('MAIL FROM:<a@origin.example> REQUIRETLS')).toMatch(/^250 /)
    secure.end()
    const plain = await RawClient.connect({ port: relay.relay.listeners[1]?.port ?? 0 })
    await plain.reply()
    expect(await plain.command('EHLO client.example')).not.toContain('REQUIRETLS')
    expect(await plain.command('MAIL FROM:<a@origin.example> REQUIRETLS')).toMatch(/^530 5\.7\.10 /)
    plain.end()
  })

  test('goes through two relays over verified TLS to a host that knows it', async () => {
    const on = await stage()
    const sink = await tlsSink()
    const end = { 'destination.example': sink }
    await tlsRelay(on, 'second.example', secondCertificate, {
      aliases: { two: ['someone@destination.example'] },
      routes: end,
    })
    const first = await tlsRelay(on, 'first.example', firstCertificate, {
      aliases: { one: ['two@second.example'] },
      routes: {},
    })
    await sendOverTls(first.port, { to: 'one@first.example' })
    const [message] = await sink.received(1)
    expect(message).toMatchObject({ isTls: true, forwardPaths: ['someone@destination.example'] })
    expect(message?.mailParameters).toMatch(/(^| )REQUIRETLS( |$)/)
    expect(message?.octets.toString('latin1')).toMatch(/i=2/)
  })

  test('is not passed on for a message that came without it', async () => {
    const on = await stage()
    const sink = await tlsSink()
    const routes = { 'destination.example': sink }
    const aliases = { one: ['someone@destination.example'] }
    const relay = await tlsRelay(on, 'first.example', firstCertificate, { aliases, routes })
    await sendOverTls(relay.port, { to: 'one@first.example', parameters: '' })
    expect((await sink.received(1))[0]?.mailParameters).not.toContain('REQUIRETLS')
  })

  test('fails with 5.7.30 where the next hop does not know it; the report needs it too and returns no body', async () => {
    const on = await stage()
    const sink = await tlsSink({ extensions: ['PIPELINING', '8BITMIME'] })
    const origin = await tlsSink()
    const routes = { 'destination.example': sink, 'origin.example': origin }
    const aliases = { one: ['someone@destination.example'] }
    const relay = await tlsRelay(on, 'first.example', firstCertificate, { aliases, routes })
    const envelope = { from: 'a@origin.example', to: ['one@first.example'] }
    const octets = await on.origin.sign(plainMessage({ body: 'the secret text\r\n' }), envelope)
    const queueId = await sendOverTls(relay.port, { to: 'one@first.example', octets })
    expect(await firstAttempt(relay, queueId)).toMatchObject({ outcome: 'failed' })
    expect(failureOf(relay, queueId)).toMatch(
      /^5\.7\.30 .*requires REQUIRETLS \(RFC 8689\), which the host does not offer/,
    )
    expect(sink.commands.some(line => line.startsWith('MAIL'))).toBe(false)

    const [report] = await origin.received(1)
    expect(report).toMatchObject({ isTls: true, reversePath: '' })
    expect(report?.mailParameters).toContain('REQUIRETLS')
    const text = report?.octets.toString('latin1') ?? ''
    expect(text).toContain('Status: 5.7.30')
    expect(text).toContain('text/rfc822-headers')
    expect(text).not.toContain('the secret text')
  })

  test.each([
    ['no TLS', { tls: 'none' } as const],
    ['a certificate for another name', { certificate: certificateFor(['elsewhere.example']) }],
  ])('fails with 5.7.10 where the next hop has %s, and nothing is said to it', async (_what, settings) => {
    const on = await stage()
    const sink = await tlsSink(settings)
    if ('tls' in settings) sink.always('starttls', '502 5.5.1 no')
    const routes = { 'destination.example': sink }
    const aliases = { one: ['someone@destination.example'] }
    const relay = await tlsRelay(on, 'first.example', firstCertificate, { aliases, routes })
    const queueId = await sendOverTls(relay.port, { to: 'one@first.example' })
    expect(await firstAttempt(relay, queueId)).toMatchObject({ outcome: 'failed', phase: 'starttls' })
    expect(failureOf(relay, queueId)).toMatch(/^5\.7\.10 /)
    expect(sink.commands.some(line => line.startsWith('MAIL'))).toBe(false)
  })
})

/** The strict destination of MTA-STS behind a relay that also listens with TLS. */
async function strictRelay(mode: 'enforce' | 'testing', certificate: Certificate, hasPolicy = true) {
  const listeners = [{ name: 'smtps', port: 0, tls: 'implicit' as const, earlyTalkerDelayMilliseconds: 0 }]
  const settings = { ...starttls(certificate), extensions: offers }
  const strict = await strictStage(mode, settings, { config: { listeners } })
  if (!hasPolicy) delete strict.on.zone['strict.example']?.['_mta-sts']
  return strict
}

describe('hosts that MX names', () => {
  test('are known by an MTA-STS policy, whatever its mode', async () => {
    const { relay, sink } = await strictRelay('testing', good)
    await sendOverTls(relay.port, { to: 'team@alias.example' })
    expect((await sink.received(1))[0]?.mailParameters).toContain('REQUIRETLS')
  })

  test('that neither DNSSEC nor MTA-STS vouches for get no message that requires TLS', async () => {
    const { relay, sink } = await strictRelay('enforce', good, false)
    const queueId = await sendOverTls(relay.port, { to: 'team@alias.example' })
    expect(await firstAttempt(relay, queueId)).toMatchObject({ outcome: 'failed', phase: 'discover' })
    expect(failureOf(relay, queueId)).toMatch(/^5\.7\.10 /)
    expect(sink.connections).toBe(0)
  })
})

describe('TLS-Required: No', () => {
  const waiving = plainMessage({ extra: 'TLS-Required: No\r\n' })

  test('sends a message on although the policy of its destination forbids it (section 4.2.2)', async () => {
    const { relay, sink } = await strictRelay('enforce', wrongName)
    await sendOverTls(relay.port, { to: 'team@alias.example', parameters: '', octets: waiving })
    expect((await sink.received(1))[0]).toMatchObject({ isTls: true })
  })

  test('means nothing beside REQUIRETLS (section 4.1)', async () => {
    const { relay, sink } = await strictRelay('enforce', wrongName)
    const queueId = await sendOverTls(relay.port, { to: 'team@alias.example', octets: waiving })
    expect(await firstAttempt(relay, queueId)).toMatchObject({ outcome: 'failed' })
    expect(sink.messages).toEqual([])
  })

  test('with any other value means nothing', async () => {
    const { relay, sink } = await strictRelay('enforce', wrongName)
    const octets = plainMessage({ extra: 'TLS-Required: Nope\r\n' })
    const queueId = await sendOverTls(relay.port, { to: 'team@alias.example', parameters: '', octets })
    expect(await firstAttempt(relay, queueId)).toMatchObject({ outcome: 'deferred' })
    expect(sink.messages).toEqual([])
  })
})
