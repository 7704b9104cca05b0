/** A relay finds the next hop by itself: real name server, real sockets, and a real Postfix behind SRV. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { planDelivery } from '../../src/discover/find-next-hops.ts'
import { cachingResolver } from '../../src/dns/caching-resolver.ts'
import { resolverCache } from '../../src/limits.ts'
import { Issued } from '../support/authority.ts'
import { certificateFor, testCertificate } from '../support/certificates.ts'
import { openReader } from '../support/database-beside.ts'
import { Postfix, postfixMissing } from '../support/postfix.ts'
import { resolverFor } from '../support/resolver.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink, type SinkSettings } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { temporaryFolder } from '../support/test-relay.ts'
import { seededRandom, settings } from '../unit/discover/settings.ts'

const envelope = { from: 'a@origin.example', to: ['team@alias.example'] }
const expired = certificateFor(['mx.destination.example'], { days: 1, agoDays: 10 })
const stranger = certificateFor(['stranger.example'])
const root = Issued.root()

async function host(sinkSettings: SinkSettings): Promise<Sink> {
  const sink = await Sink.start(sinkSettings)
  afterTest(() => sink.close())
  return sink
}

/** A relay whose alias leads to far.example, of which only DNS knows. It believes the certificates of these tests. */
async function relayTo(on: Stage, delivery: RelayConfigInput['delivery'] = {}): Promise<TestRelay> {
  const folder = temporaryFolder()
  afterTest(() => rm(folder, { recursive: true, force: true }))
  const authorities = join(folder, 'authorities.pem')
  await writeFile(
    authorities,
    [testCertificate(), expired, stranger, root.served()].map(({ cert }) => cert).join(''),
  )
  return relayOn(on, {
    domains: { 'alias.example': { aliases: { team: ['one@far.example'] } } },
    routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
    queue: { retrySeconds: [1], thenEverySeconds: 1 },
    delivery: { certificateAuthoritiesFile: authorities, ...delivery },
  })
}

/** far.example with these SRV records, and an MX that must not be asked. */
function announce(on: Stage, ...records: readonly string[]): void {
  on.zone['far.example'] = {
    '@': [['mx', '10 plain.far.example']],
    '_smtp-tls._tcp': records.map(record => ['srv', record]),
    plain: [['a', '127.0.0.1']],
  }
  on.zone['mx.destination.example'] = { '@': [['a', '127.0.0.1']] }
}

let sent = 0

/** A message of its own each time: the same one would go out once. */
async function sendSigned(on: Stage, relay: TestRelay): Promise<string> {
  const octets = await on.origin.sign(plainMessage({ subject: `Plans ${++sent}` }), envelope)
  return (await send(relay.port, { ...envelope, octets })).queueId
}

/** The first attempt of the only copy. */
function firstAttempt(relay: TestRelay, queueId: string) {
  const reader = openReader(relay.database)
  const history = reader.showMessage(queueId)
  reader.close()
  return history?.deliveries[0]?.log[0]
}

test('SRV leads to implicit TLS with a certificate for the target, and MX is not asked', async () => {
  const [on, mx, tls] = [await stage(), await host({}), await host({ tls: 'implicit' })]
  announce(on, `0 1 ${tls.port} mx.destination.example`)
  const relay = await relayTo(on, { smtpPort: mx.port })
  const queueId = await sendSigned(on, relay)
  await tls.received(1)
  await relay.log.until(({ text }) => text === 'delivered')
  expect([mx.connections, on.dns.count('far.example', 'MX')]).toEqual([0, 0])
  expect(firstAttempt(relay, queueId)).toMatchObject({
    outcome: 'delivered',
    choice: { why: expect.stringContaining('SRV priority 0') },
    tls: { version: 'TLSv1.3', authorized: true },
  })
})

test('a certificate that names the target of SRV in its subject only is not for it (RFC 9525 section 6.3)', async () => {
  const certificate = root.issue({ title: 'mx.destination.example' }).served()
  const [on, tls] = [await stage(), await host({ tls: 'implicit', certificate })]
  announce(on, `0 1 ${tls.port} mx.destination.example`)
  const relay = await relayTo(on)
  const queueId = await sendSigned(on, relay)
  await relay.log.until(({ text }) => text === 'deferred')
  expect(firstAttempt(relay, queueId)).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
  expect(tls.messages).toEqual([])
})

test('the hop log names the host that was tried in vain before the one that took the message', async () => {
  const [on, tls] = [await stage(), await host({ tls: 'implicit' })]
  announce(on, '0 1 1 mx.destination.example', `1 1 ${tls.port} mx.destination.example`)
  const relay = await relayTo(on)
  const queueId = await sendSigned(on, relay)
  await relay.log.until(({ text }) => text === 'delivered')
  expect(firstAttempt(relay, queueId)?.choice).toMatchObject({
    why: 'SRV priority 1',
    before: [expect.stringContaining('mx.destination.example[127.0.0.1]:1: connect ECONNREFUSED')],
  })
})

test('SRV weights 10, 30 and 60 put their hosts first in about 100, 300 and 600 of 1,000 plans (RFC 2782)', async () => {
  const on = await stage()
  announce(on, '0 10 842 a.far.example', '0 30 842 b.far.example', '0 60 842 c.far.example')
  for (const name of ['a', 'b', 'c'])
    on.zone['far.example'] = { ...on.zone['far.example'], [name]: [['a', '127.0.0.1']] }
  const resolver = cachingResolver(resolverFor([on.dns]), { clock: () => 0, ...resolverCache })
  const context = {
    settings: { ...settings, allowPrivateAddresses: true },
    resolver,
    random: seededRandom(42),
  }
  const firsts: Record<string, number> = {}
  for (let draw = 0; draw < 1_000; draw++) {
    const { discovery } = await planDelivery('far.example', context)
    const [first] = discovery.kind === 'hops' ? discovery.hops : []
    const name = first?.kind === 'smtp' ? first.host : 'none'
    firsts[name] = (firsts[name] ?? 0) + 1
  }
  expect(Math.abs((firsts['a.far.example'] ?? 0) - 100)).toBeLessThan(40)
  expect(Math.abs((firsts['b.far.example'] ?? 0) - 300)).toBeLessThan(60)
  expect(Math.abs((firsts['c.far.example'] ?? 0) - 600)).toBeLessThan(60)
  expect(on.dns.count('_smtp-tls._tcp.far.example')).toBe(1)
})

test("the SRV target '.' fails with 5.1.10, and the sender is told", async () => {
  const [on, mx] = [await stage(), await host({})]
  announce(on, '0 0 0 .')
  const relay = await relayTo(on, { smtpPort: mx.port })
  const queueId = await sendSigned(on, relay)
  const [report] = await on.sink.received(1)
  expect(report?.octets.toString()).toContain('Status: 5.1.10')
  expect(firstAttempt(relay, queueId)).toMatchObject({ outcome: 'failed', phase: 'discover' })
  expect(mx.connections).toBe(0)
})

describe('on an SRV path nothing goes out without the TLS that is announced', () => {
  const attacks: readonly [string, SinkSettings, string][] = [
    ['STARTTLS that was stripped', { tls: 'none' }, 'STARTTLS'],
    [
      'a certificate for another host',
      { tls: 'starttls', certificate: stranger },
      'the certificate is not for',
    ],
    ['an expired certificate', { tls: 'starttls', certificate: expired }, 'expired'],
  ]

  test.each(attacks)('%s: deferred', async (_name, peer, reason) => {
    const [on, sink] = [await stage(), await host(peer)]
    if (peer.tls === 'none') sink.always('starttls', '502 5.5.1 unknown command')
    announce(on, `0 1 ${sink.port} mx.destination.example`)
    const relay = await relayTo(on, { serviceStartTlsPort: sink.port })
    const queueId = await sendSigned(on, relay)
    await relay.log.until(({ text }) => text === 'deferred')
    const attempt = firstAttempt(relay, queueId)
    expect(attempt).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
    expect(`${attempt?.reason} ${attempt?.reply?.text}`).toContain(reason)
    expect(sink.commands.filter(line => /^(MAIL|RCPT|DATA)/.test(line))).toEqual([])
  })

  test.each([
    ['for another host', stranger],
    ['that has expired', expired],
  ])('implicit TLS with a certificate %s: deferred', async (_name, certificate) => {
    const [on, sink] = [await stage(), await host({ tls: 'implicit', certificate })]
    announce(on, `0 1 ${sink.port} mx.destination.example`)
    const relay = await relayTo(on)
    const queueId = await sendSigned(on, relay)
    await relay.log.until(({ text }) => text === 'deferred')
    expect(firstAttempt(relay, queueId)).toMatchObject({ outcome: 'deferred', phase: 'starttls' })
    expect(sink.commands).toEqual([])
  })
})

describe('DNS that fails', () => {
  test.each(['nothing', 'servfail', 'refused'] as const)(
    'a server that answers with %s defers the message, and it is delivered once the server is well',
    async behaviour => {
      const [on, sink] = [await stage(), await host({ tls: 'implicit' })]
      announce(on, `0 1 ${sink.port} mx.destination.example`)
      on.dns.behave('_smtp-tls._tcp.far.example', behaviour)
      const relay = await relayTo(on)
      const queueId = await sendSigned(on, relay)
      await relay.log.until(({ text }) => text === 'deferred')
      on.dns.behave('_smtp-tls._tcp.far.example', undefined)
      await sink.received(1)
      expect(firstAttempt(relay, queueId)).toMatchObject({ outcome: 'deferred', phase: 'discover' })
      expect(on.dns.count('far.example', 'MX')).toBe(0)
    },
  )

  test('a truncated answer is asked for again over TCP', async () => {
    const [on, sink] = [await stage(), await host({ tls: 'implicit' })]
    announce(on, `0 1 ${sink.port} mx.destination.example`)
    on.dns.behave('_smtp-tls._tcp.far.example', 'truncate')
    await sendSigned(on, await relayTo(on))
    await sink.received(1)
    const asked = on.dns.queries.filter(({ name }) => name === '_smtp-tls._tcp.far.example')
    expect(asked.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
  })
})

describe.skipIf(postfixMissing !== undefined)('a real Postfix as the next hop, found by SRV', () => {
  async function postfixOn(on: Stage): Promise<Postfix> {
    const postfix = await Postfix.start({
      hostname: 'mx.destination.example',
      listeners: ['starttls', 'implicit'],
      certificate: testCertificate(),
      relayDomains: ['far.example'],
      routes: { 'far.example': { port: on.sink.port } },
    })
    afterTest(() => postfix.stop())
    return postfix
  }

  test.each([
    ['STARTTLS', 0],
    ['implicit TLS', 1],
  ])('takes the message over %s with its certificate checked, and passes it on', async (_name, listener) => {
    const on = await stage()
    const postfix = await postfixOn(on)
    const port = postfix.ports[listener] ?? 0
    announce(on, `0 1 ${port} mx.destination.example`)
    // The port that means STARTTLS: 25 in the world.
    const relay = await relayTo(on, { serviceStartTlsPort: postfix.ports[0] ?? 25 })
    const queueId = await sendSigned(on, relay)
    const [message] = await on.sink.received(1)
    expect(message?.forwardPaths).toEqual(['one@far.example'])
    expect(message?.octets.toString('latin1')).toMatch(/^DKIM2-Signature: .*i=2/m)
    await relay.log.until(({ text }) => text === 'delivered')
    expect(firstAttempt(relay, queueId)).toMatchObject({
      outcome: 'delivered',
      tls: { version: 'TLSv1.3', authorized: true, certificate: expect.stringContaining('valid for') },
    })
  })
})
