/** The usual cast of an end-to-end test: a name server, a sink that plays destination.example, the hop before, and relays. */
import { afterEach } from 'vitest'
import { DnsServer } from './dns-server.ts'
import type { Originator } from './originator.ts'
import { originator } from './originator.ts'
import { Sink } from './sink.ts'
import type { OpenZone, TestRelay, TestRelaySettings } from './test-relay.ts'
import { startTestRelay } from './test-relay.ts'

export interface Stage {
  readonly zone: OpenZone
  readonly dns: DnsServer
  readonly sink: Sink
  readonly origin: Originator
}

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Runs after the test that is under way, in the opposite order. */
export function afterTest(end: () => Promise<unknown>): void {
  ends.push(end)
}

export async function stage(): Promise<Stage> {
  const zone: OpenZone = {}
  const dns = await DnsServer.start(zone, { isRegistered: true })
  afterTest(() => dns.close())
  const sink = await Sink.start({ extensions: ['PIPELINING', '8BITMIME', 'SMTPUTF8'] })
  afterTest(() => sink.close())
  return { zone, dns, sink, origin: originator(zone) }
}

/**
 * A relay whose mail for destination.example goes to the sink.
 *
 * @param folder of what it finds there; default: a new one
 */
export async function relayOn(
  on: Stage,
  config: TestRelaySettings['config'],
  folder?: string,
): Promise<TestRelay> {
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const routes = { 'destination.example': sink, ...config.routes }
  const relay = await startTestRelay({
    dns: on.dns,
    zone: on.zone,
    config: { ...config, routes },
    ...(folder === undefined ? {} : { folder }),
  })
  afterTest(() => relay.remove())
  return relay
}
