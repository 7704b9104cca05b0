import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import { findNextHops } from '../../../src/discover/find-next-hops.ts'
import type { NextHop } from '../../../src/discover/next-hop.ts'
import { DnsServer } from '../../support/dns-server.ts'
import { resolverFor } from '../../support/resolver.ts'
import { Sink } from '../../support/sink.ts'
import { settings } from '../discover/settings.ts'
import { delivery, mailOf, text } from './fixtures.ts'

let dns: DnsServer
let peer: Sink
let tlsPeer: Sink
let context: ReturnType<typeof delivery>

beforeAll(async () => {
  tlsPeer = await Sink.start({ tls: 'implicit' })
  dns = await DnsServer.start({
    'destination.example': {
      '@': [
        ['mx', '20 sink.destination.example'],
        ['mx', '10 down.destination.example'],
      ],
      // All of 127.0.0.0/8 is this machine; nobody listens there but on 127.0.0.1.
      down: [['a', '127.0.0.2']],
      sink: [['a', '127.0.0.1']],
    },
    'secure.example': {
      '@': [['mx', '10 sink.destination.example']],
      '_smtp-tls._tcp': [['srv', `0 0 ${tlsPeer.port} mx.destination.example`]],
    },
    'mx.destination.example': { '@': [['a', '127.0.0.1']] },
  })
})
beforeEach(async () => {
  peer = await Sink.start()
  context = delivery()
})
afterEach(async () => {
  await context.pool.closeAll(1_000)
  await peer.close()
})
afterAll(async () => {
  await dns.close()
  await tlsPeer.close()
})

async function nextHops(domain: string): Promise<readonly NextHop[]> {
  const found = await discover(domain)
  return found.kind === 'hops' ? found.hops : []
}

function discover(domain: string) {
  return findNextHops(domain, {
    settings: { ...settings, allowPrivateAddresses: true, smtpPort: peer.port },
    resolver: resolverFor([dns], { timeoutMilliseconds: 100, tries: 1 }),
    random: () => 0.5,
  })
}

test('the best MX is down: the message goes to the second', async () => {
  const outcome = await deliver(mailOf(text), await nextHops('destination.example'), context)
  expect(outcome).toMatchObject({
    kind: 'delivered',
    nextHop: `sink.destination.example[127.0.0.1]:${peer.port}`,
  })
  expect(peer.messages).toHaveLength(1)
})

test('SRV leads to implicit TLS with a certificate for the target', async () => {
  const outcome = await deliver(mailOf(text), await nextHops('secure.example'), context)
  expect(outcome).toMatchObject({ kind: 'delivered', tls: { authorized: true } })
  expect([peer.connections, tlsPeer.messages.length]).toEqual([0, 1])
})

test.each(['servfail', 'nothing', 'refused'] as const)(
  'DNS that answers with %s is temporary',
  async behaviour => {
    dns.behave('destination.example', behaviour)
    const found = await discover('destination.example')
    dns.behave('destination.example', undefined)
    expect(found).toMatchObject({ kind: 'temporary' })
  },
)
