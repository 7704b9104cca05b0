/**
 * DANE over real sockets: a validating Unbound in front of zones that are signed in the test, SMTP peers with certificates of a test
 * authority, and the whole way from a domain to a delivery.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deliver, withoutNextHop } from '../../src/deliver/deliver.ts'
import type { Outcome } from '../../src/deliver/outcome.ts'
import { type ProbeReport, probe } from '../../src/deliver/probe.ts'
import { findNextHops } from '../../src/discover/find-next-hops.ts'
import type { Discovery } from '../../src/discover/next-hop.ts'
import type { StoredAttempt } from '../../src/store/records.ts'
import { attempted } from '../support/attempted.ts'
import { Issued } from '../support/authority.ts'
import { openReader } from '../support/database-beside.ts'
import { DnsServer } from '../support/dns-server.ts'
import { originator } from '../support/originator.ts'
import { resolverFor } from '../support/resolver.ts'
import { Sink } from '../support/sink.ts'
import { relayOn } from '../support/stage.ts'
import type { TestRelay } from '../support/test-relay.ts'
import { tlsaOf, tlsaText } from '../support/tlsa.ts'
import { Unbound, unboundMissing } from '../support/unbound.ts'
import { settings as deliverSettings, delivery, mailOf, text } from '../unit/deliver/fixtures.ts'
import { settings } from '../unit/discover/settings.ts'

const day = 86_400_000
const root = Issued.root()
const middle = root.issue({ title: 'Test middle', authority: 0 })
const past = { validFrom: Date.now() - 9 * day, validTo: Date.now() - day }
// Names of the destinations whose records say "below this authority"; the others do not look at names.
const good = middle.issue({ names: ['mx.anchor.signed.example', 'domain.signed.example'] })
const expired = middle.issue({ names: ['mx.oldanchor.signed.example'], ...past })
const stranger = Issued.root({ names: ['mx.wrong.signed.example'] })

describe.skipIf(unboundMissing !== undefined)('DANE', () => {
  const peers: Partial<Record<'good' | 'expired' | 'plain' | 'implicit', Sink>> = {}
  const contexts: ReturnType<typeof delivery>[] = []
  let plainZone: DnsServer
  let unbound: Unbound

  const peer = (name: keyof typeof peers): Sink => {
    const sink = peers[name]
    if (sink === undefined) throw new Error(`no sink ${name}`)
    return sink
  }

  beforeAll(async () => {
    peers.good = await Sink.start({ tls: 'starttls', certificate: good.served(middle, root) })
    peers.expired = await Sink.start({ tls: 'starttls', certificate: expired.served(middle, root) })
    peers.plain = await Sink.start({ tls: 'none' })
    peers.plain.always('starttls', '502 5.5.1 unknown command')
    peers.implicit = await Sink.start({ tls: 'implicit', certificate: good.served(middle, root) })
    plainZone = await DnsServer.start(
      {
        'plain.example': {
          '@': [['mx', '10 mx.plain.example']],
          mx: [['a', '127.0.0.1']],
          [`_${peer('good').port}._tcp.mx`]: [['tlsa', tlsaText(tlsaOf(stranger.x509, 3, 1, 1))]],
        },
      },
      { isRegistered: true },
    )
    unbound = await Unbound.start(
      [
        { name: 'signed.example', records: signedRecords() },
        { name: 'nsec3.example', records: ['@ IN MX 10 mx', 'mx IN A 127.0.0.1'], nsec3: true },
        {
          name: 'forged.example',
          records: forgedRecords(),
          tamper: text => text.replace(/TLSA\t3/, 'TLSA\t2'),
        },
      ],
      { server: plainZone, domains: ['plain.example', 'alias.example', 'origin.example'] },
    )
  })
  afterEach(async () => {
    for (const { pool } of contexts.splice(0)) await pool.closeAll(1_000)
    for (const sink of Object.values(peers)) {
      sink.messages.length = 0
      sink.commands.length = 0
    }
  })
  afterAll(async () => {
    await unbound?.stop()
    await plainZone?.close()
    for (const sink of Object.values(peers)) await sink.close()
  })

  /** A destination below signed.example whose one MX has these TLSA records at this port. */
  function destination(name: string, port: number, ...tlsa: readonly string[]): string[] {
    return [
      `${name} IN MX 10 mx.${name}`,
      `mx.${name} IN A 127.0.0.1`,
      ...tlsa.map(record => `_${port}._tcp.mx.${name} IN TLSA ${record}`),
    ]
  }

  function signedRecords(): string[] {
    const [starttls, old, none, implicit] = [
      peer('good').port,
      peer('expired').port,
      peer('plain').port,
      peer('implicit').port,
    ]
    const own = tlsaText(tlsaOf(good.x509, 3, 1, 1))
    const anchor = tlsaText(tlsaOf(root.x509, 2, 0, 2))
    const between = tlsaText(tlsaOf(middle.x509, 2, 1, 1))
    const wrong = tlsaText(tlsaOf(stranger.x509, 3, 1, 1))
    return [
      ...destination('own', starttls, own),
      ...destination('anchor', starttls, anchor),
      ...destination('between', starttls, between),
      'domain IN MX 10 mx.other',
      'mx.other IN A 127.0.0.1',
      `_${starttls}._tcp.mx.other IN TLSA ${anchor}`,
      ...destination('wrong', starttls, wrong),
      ...destination('rollover', starttls, wrong, own),
      ...destination('unusable', starttls, `1 1 1 ${'00'.repeat(32)}`),
      ...destination('unusableplain', none, `1 1 1 ${'00'.repeat(32)}`),
      ...destination('oldown', old, tlsaText(tlsaOf(expired.x509, 3, 1, 1))),
      ...destination('oldanchor', old, anchor),
      ...destination('stripped', none, own),
      ...destination('without', none),
      'two IN MX 10 mx.wrong',
      'two IN MX 20 mx.own',
      `_smtp-tls._tcp.service IN SRV 0 0 ${implicit} mx.service`,
      'mx.service IN A 127.0.0.1',
      `_${implicit}._tcp.mx.service IN TLSA ${own}`,
      `_smtp-tls._tcp.badservice IN SRV 0 0 ${implicit} mx.badservice`,
      'mx.badservice IN A 127.0.0.1',
      `_${implicit}._tcp.mx.badservice IN TLSA ${wrong}`,
      'aliased IN MX 10 alias.aliased',
      'alias.aliased IN CNAME mx.own',
      'outward IN MX 10 alias.outward',
      'alias.outward IN CNAME mx.plain.example.',
      `_${starttls}._tcp.alias.outward IN TLSA ${own}`,
      'badoutward IN MX 10 alias.badoutward',
      'alias.badoutward IN CNAME mx.plain.example.',
      `_${starttls}._tcp.alias.badoutward IN TLSA ${wrong}`,
    ]
  }

  function forgedRecords(): string[] {
    return [
      '@ IN MX 10 mx',
      'mx IN A 127.0.0.1',
      `_${peer('good').port}._tcp.mx IN TLSA ${tlsaText(tlsaOf(good.x509, 3, 1, 1))}`,
    ]
  }

  /** Finds the next hop of a domain whose MX listens where this peer does. */
  function find(domain: string, to: keyof typeof peers): Promise<Discovery> {
    return findNextHops(domain, {
      // A host that SRV names at the port of SMTP would be asked for STARTTLS.
      settings: {
        ...settings,
        allowPrivateAddresses: true,
        smtpPort: to === 'implicit' ? 25 : peer(to).port,
      },
      resolver: resolverFor([unbound], { validates: true }),
      random: () => 0.5,
    })
  }

  /** Sends one message there. */
  async function send(domain: string, to: keyof typeof peers): Promise<Outcome> {
    const context = delivery({ certificateAuthorities: [] })
    contexts.push(context)
    const found = await find(domain, to)
    return found.kind === 'hops' ? deliver(mailOf(text), found.hops, context) : withoutNextHop(found)
  }

  const taken = (to: keyof typeof peers) => peer(to).messages.map(message => message.isTls)
  const wasAskedToTakeMail = (to: keyof typeof peers) =>
    peer(to).commands.some(line => line.startsWith('MAIL'))

  describe('a record that the peer satisfies: delivered over TLS, and the log says by which', () => {
    test.each([
      ['own', '3 1 1', 'the certificate itself'],
      ['anchor', '2 0 2', 'the root of its chain, for the name of the host'],
      ['rollover', '3 1 1', 'one of several'],
    ])('%s.signed.example: %s, %s', async (name, numbers) => {
      const outcome = await send(`${name}.signed.example`, 'good')
      expect(outcome).toMatchObject({
        kind: 'delivered',
        tls: {
          version: 'TLSv1.3',
          authorized: true,
          certificate: `matches TLSA ${numbers} at _${peer('good').port}._tcp.mx.${name}.signed.example`,
        },
      })
      expect(outcome.tls).not.toHaveProperty('certificateError')
      expect(taken('good')).toEqual([true])
    })

    test('an authority, where the certificate is for the destination and not for the host', async () => {
      expect(await send('domain.signed.example', 'good')).toMatchObject({
        kind: 'delivered',
        tls: { authorized: true },
      })
    })

    test('an expired certificate itself: its dates mean nothing', async () => {
      expect(await send('oldown.signed.example', 'expired')).toMatchObject({
        kind: 'delivered',
        tls: { authorized: true },
      })
    })

    test('a host that SRV names, with implicit TLS, at its own port', async () => {
      expect(await send('service.signed.example', 'implicit')).toMatchObject({
        kind: 'delivered',
        tls: { authorized: true },
      })
    })

    test('records at an alias that leads to a host in a zone that is not signed', async () => {
      expect(await send('outward.signed.example', 'good')).toMatchObject({
        kind: 'delivered',
        tls: { certificate: expect.stringContaining('alias.outward.signed.example') },
      })
    })

    test('records at the end of an alias', async () => {
      expect(await send('aliased.signed.example', 'good')).toMatchObject({
        kind: 'delivered',
        tls: { certificate: expect.stringContaining('mx.own.signed.example') },
      })
    })
  })

  describe('no record that the peer satisfies: deferred before MAIL', () => {
    test.each([
      ['badoutward', 'good', 'DANE: its certificate matches none'],
      ['wrong', 'good', 'DANE: its certificate matches none of the 1 TLSA records'],
      [
        'between',
        'good',
        'DANE: its certificate is not for mx.between.signed.example, between.signed.example',
      ],
      ['oldanchor', 'expired', 'DANE: a certificate is valid from'],
      ['badservice', 'implicit', 'DANE: its certificate matches none'],
    ] as const)('%s.signed.example', async (name, to, reason) => {
      const outcome = await send(`${name}.signed.example`, to)
      expect(outcome).toMatchObject({ kind: 'deferred', phase: 'starttls' })
      expect(outcome.reason).toContain(reason)
      expect(wasAskedToTakeMail(to)).toBe(false)
    })

    test('a peer without STARTTLS, as somebody on the way can make it look: never plaintext', async () => {
      expect(await send('stripped.signed.example', 'plain')).toMatchObject({ kind: 'deferred' })
      expect(wasAskedToTakeMail('plain')).toBe(false)
    })

    test('another host of the destination may satisfy its own', async () => {
      const outcome = await send('two.signed.example', 'good')
      expect(outcome).toMatchObject({
        kind: 'delivered',
        nextHop: `mx.own.signed.example[127.0.0.1]:${peer('good').port}`,
      })
    })
  })

  describe('records that cannot be used', () => {
    test('demand TLS with whatever certificate', async () => {
      expect(await send('unusable.signed.example', 'good')).toMatchObject({
        kind: 'delivered',
        tls: { authorized: false },
      })
    })

    test('and no plaintext either', async () => {
      expect(await send('unusableplain.signed.example', 'plain')).toMatchObject({ kind: 'deferred' })
      expect(wasAskedToTakeMail('plain')).toBe(false)
    })
  })

  describe('no DANE', () => {
    test('in a zone that is not signed: records of anybody do not count', async () => {
      expect(await send('plain.example', 'good')).toMatchObject({
        kind: 'delivered',
        tls: { authorized: false },
      })
    })

    test.each(['without.signed.example', 'nsec3.example'])(
      '%s says that there are no records',
      async domain => {
        expect(await send(domain, 'plain')).toMatchObject({ kind: 'delivered' })
        expect(taken('plain')).toEqual([false])
      },
    )
  })

  test('records whose signature is wrong make the delivery wait', async () => {
    const outcome = await send('forged.example', 'good')
    expect(outcome).toMatchObject({ kind: 'deferred', phase: 'discover' })
    expect(outcome.reason).toContain('DNS TLSA')
    expect(peer('good').commands).toEqual([])
  })

  describe('a probe', () => {
    async function probed(domain: string): Promise<ProbeReport> {
      const found = await find(domain, 'good')
      const hop = found.kind === 'hops' ? found.hops[0] : undefined
      if (hop?.kind !== 'smtp') throw new Error('no SMTP hop')
      const report = await probe(hop, deliverSettings, new AbortController().signal)
      expect(wasAskedToTakeMail('good')).toBe(false)
      return report
    }

    test('shows the record that the certificate satisfies', async () => {
      expect(await probed('own.signed.example')).toMatchObject({
        takesMail: true,
        tls: { authorized: true, certificate: expect.stringMatching(/^matches TLSA 3 1 1/) },
      })
    })

    test('shows the certificate that satisfies none', async () => {
      expect(await probed('wrong.signed.example')).toMatchObject({
        takesMail: false,
        phase: 'starttls',
        reason: expect.stringMatching(/^DANE: /),
        certificate: { names: ['mx.anchor.signed.example', 'domain.signed.example'] },
      })
    })
  })

  describe('a relay as a whole', () => {
    async function relayTo(name: string): Promise<{ relay: TestRelay; attempt: StoredAttempt }> {
      const on = { zone: {}, dns: plainZone, sink: peer('good'), origin: originator({}) }
      const relay = await relayOn(on, {
        domains: { 'alias.example': { aliases: { team: [`someone@${name}`] } } },
        resolver: { servers: [unbound.address], validates: true },
        delivery: { smtpPort: peer('good').port },
        queue: { retrySeconds: [3_600] },
      })
      return { relay, attempt: await attempted(relay) }
    }

    test('tells in its hop log which records applied, what was demanded and what was shown', async () => {
      const { attempt } = await relayTo('own.signed.example')
      const records = `the TLSA records at _${peer('good').port}._tcp.mx.own.signed.example (3 1 1)`
      expect(attempt).toMatchObject({
        outcome: 'delivered',
        choice: {
          why: 'MX preference 10',
          tls: `STARTTLS, never without; certificate as ${records} say (DANE)`,
          policy: `DANE by ${records}`,
        },
        tls: {
          version: 'TLSv1.3',
          authorized: true,
          certificate: expect.stringMatching(/^matches TLSA 3 1 1/),
        },
      })
    })

    test('tells why there was no DANE', async () => {
      const { attempt } = await relayTo('plain.example')
      expect(attempt).toMatchObject({
        outcome: 'delivered',
        choice: { policy: 'no DANE: the MX answer is not validated with DNSSEC' },
        tls: { authorized: false, certificate: expect.stringMatching(/^not valid/) },
      })
    })

    test('counts what failed for the domain of the records (RFC 8460)', async () => {
      const { relay, attempt } = await relayTo('wrong.signed.example')
      expect(attempt).toMatchObject({ outcome: 'deferred', phase: 'starttls', tls: null })
      await relay.stop()
      const reader = openReader(relay.database)
      const [day] = reader.listTlsReports(10)
      const sessions = day === undefined ? [] : reader.tlsSessions(day)
      reader.close()
      expect(sessions).toMatchObject([
        {
          domain: 'mx.wrong.signed.example',
          result: 'validation-failure',
          policy: { type: 'tlsa', string: [tlsaText(tlsaOf(stranger.x509, 3, 1, 1))] },
          details: { reasonCode: 'tlsa-mismatch' },
        },
      ])
    })
  })
})
