/** A relay behind a real HAProxy: both versions of the PROXY protocol, without TLS, with STARTTLS and with TLS from the first octet. */
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { openReader } from '../support/database-beside.ts'
import { Haproxy, haproxyMissing } from '../support/haproxy.ts'
import { plainMessage, send } from '../support/send.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'

const proxies = ['127.0.0.1']
const kinds = [
  { name: 'v1', tls: 'none', options: 'send-proxy' },
  { name: 'v2', tls: 'none', options: 'send-proxy-v2 proxy-v2-options crc32c,unique-id' },
  { name: 'starttls', tls: 'starttls', options: 'send-proxy-v2' },
  { name: 'implicit', tls: 'implicit', options: 'send-proxy' },
  { name: 'implicit2', tls: 'implicit', options: 'send-proxy-v2' },
] as const

async function behindHaproxy() {
  const on = await stage()
  on.zone['origin.example'] = { '@': [['txt', 'v=spf1 ip4:127.0.0.5 -all']] }
  const relay = await relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@destination.example'] } } },
    listeners: kinds.map(({ name, tls }) => ({
      name,
      port: 0,
      tls,
      proxies,
      earlyTalkerDelayMilliseconds: 20,
      trustedClients: ['127.0.0.6'],
    })),
  })
  const backends = kinds.map(({ options }, at) => ({ port: relay.relay.listeners[at]?.port ?? 0, options }))
  const haproxy = await Haproxy.start(backends)
  afterTest(() => haproxy.stop())
  return { on, relay, port: (at: number) => haproxy.ports[at] ?? 0 }
}

async function sendWithTls(port: number, secure: boolean): Promise<string> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    secure,
    requireTLS: true,
    localAddress: '127.0.0.5',
    name: 'client.example',
    tls: { rejectUnauthorized: false },
  })
  const { response } = await transport.sendMail({
    envelope: { from: 'a@origin.example', to: 'team@alias.example' },
    raw: plainMessage(),
  })
  transport.close()
  return /queued as (\S+)/.exec(response)?.[1] ?? ''
}

test.skipIf(haproxyMissing)(
  'SPF, trust and the hop log are about the client in front of the balancer, with and without TLS',
  async () => {
    const { relay, port } = await behindHaproxy()
    const mail = { from: 'a@origin.example', to: ['team@alias.example'], octets: plainMessage() }
    const ids = [
      (await send(port(0), mail, '127.0.0.5')).queueId,
      (await send(port(1), mail, '127.0.0.5')).queueId,
      await sendWithTls(port(2), false),
      await sendWithTls(port(3), true),
      await sendWithTls(port(4), true),
    ]
    const reader = openReader(relay.database)
    const seen = ids.map(id => reader.message(id))
    reader.close()
    expect(seen.map(one => one?.peer?.address)).toEqual(ids.map(() => '127.0.0.5'))
    expect(seen.map(one => one?.record.admission?.sender?.spf)).toEqual(ids.map(() => 'pass'))
    expect(seen.map(one => one?.peer?.protocol)).toEqual(['ESMTP', 'ESMTP', 'ESMTPS', 'ESMTPS', 'ESMTPS'])

    const abroad = { ...mail, from: 'me@alias.example', to: ['b@destination.example'] }
    expect((await send(port(0), abroad, '127.0.0.5')).rcpt[0]).toMatch(/^550 5\.7\.1 /)
    expect((await send(port(0), abroad, '127.0.0.6')).rcpt[0]).toMatch(/^250 /)
  },
)
