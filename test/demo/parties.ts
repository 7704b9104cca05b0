/** The parties of the demo: relays that find each other through DNS, and a sink that verifies what it gets. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfig, RelayConfigInput } from '../../src/config/schema.ts'
import type { Verdict } from '../../src/dkim2/index.ts'
import { verifyChain } from '../../src/dkim2/index.ts'
import type { LogFields } from '../../src/log/log.ts'
import type { Message } from '../../src/message/message.ts'
import { readMessage } from '../../src/message/message.ts'
import type { RunningRelay } from '../../src/relay.ts'
import { startRelay } from '../../src/relay.ts'
import { keyZone } from '../../src/sign/published.ts'
import type { DnsServer } from '../support/dns-server.ts'
import { resolverFor } from '../support/resolver.ts'
import type { SinkMessage } from '../support/sink.ts'
import { Sink } from '../support/sink.ts'
import type { OpenZone } from '../support/test-relay.ts'
import { publishKeys } from '../support/test-relay.ts'
import type { Narrator } from './narrator.ts'

export interface Scene {
  readonly folder: string
  readonly zone: OpenZone
  readonly dns: DnsServer
  readonly narrator: Narrator
  /** Runs when the demo is over, in the opposite order. */
  atEnd(end: () => Promise<unknown>): void
}

/** What people are told of a line of the log; undefined: nothing. */
export type TellLine = (text: string, fields: LogFields) => string | undefined

export interface DemoRelay {
  readonly config: RelayConfig
  readonly relay: RunningRelay
  readonly database: string
  port(listener: string): number
}

/** A relay for one domain, announced by an SRV record for implicit TLS. */
export async function relayFor(
  scene: Scene,
  domain: string,
  config: Partial<RelayConfigInput> & Pick<RelayConfigInput, 'domains'>,
  told: { readonly party: string; readonly tell: TellLine } = { party: `relay.${domain}`, tell: relayLine },
): Promise<DemoRelay> {
  const folder = join(scene.folder, domain)
  const hostname = `relay.${domain}`
  const parsed = parseConfig(
    {
      hostname,
      dataDirectory: join(folder, 'data'),
      keysDirectory: join(folder, 'keys'),
      listeners: [
        { name: 'smtps', port: 0, tls: 'implicit', earlyTalkerDelayMilliseconds: 0 },
        {
          name: 'local',
          port: 0,
          tls: 'none',
          earlyTalkerDelayMilliseconds: 0,
          trustedClients: ['127.0.0.1'],
        },
      ],
      resolver: { servers: [scene.dns.address] },
      delivery: { allowPrivateAddresses: true, serviceCertificates: 'encrypt-only' },
      ...config,
    },
    { file: 'demo', folder },
  )
  const log = scene.narrator.logOf(told.party, told.tell)
  const relay = await startRelay(parsed, {
    clock: () => Date.now(),
    random: octets => randomBytes(octets),
    log,
  })
  scene.atEnd(() => relay.stop())
  const port = (name: string) => relay.listeners.find(listener => listener.name === name)?.port ?? 0
  publishKeys(scene.zone, keyZone(relay.keys))
  publishService(scene.zone, domain, hostname, port('smtps'))
  return { config: parsed, relay, port, database: join(folder, 'data', 'relay.sqlite') }
}

/** Plays the destination: an SMTP server with implicit TLS, announced like a relay. */
export async function sinkFor(scene: Scene, domain: string): Promise<Sink> {
  const sink = await Sink.start({
    tls: 'implicit',
    hostname: `mx.${domain}`,
    extensions: ['PIPELINING', '8BITMIME'],
  })
  scene.atEnd(() => sink.close())
  publishService(scene.zone, domain, `mx.${domain}`, sink.port)
  return sink
}

/** What the receiver finds out: DNS is asked over the network, like everybody does. */
export async function verifyReceived(
  received: SinkMessage,
  scene: Scene,
): Promise<{ message: Message; verdict: Verdict }> {
  const resolver = resolverFor([scene.dns])
  const message = readMessage(received.octets)
  const verdict = await verifyChain(message, {
    envelope: received,
    lookup: name => resolver.txt(name),
    nowSeconds: Math.floor(Date.now() / 1000),
  })
  return { message, verdict }
}

function publishService(zone: OpenZone, domain: string, host: string, port: number): void {
  publishKeys(zone, {
    [domain]: { '_smtp-tls._tcp': [['srv', `0 0 ${port} ${host}`]] },
    [host]: { '@': [['a', '127.0.0.1']] },
  })
}

/** The steps of the message path, as a relay tells them. */
function relayLine(text: string, fields: LogFields): string | undefined {
  const { queueId, forwardPath, nextHop, reason } = fields
  const tls = fields.tls as { version?: string } | null | undefined
  switch (text) {
    case 'admitted':
      return `${queueId}: accepted <${fields.reversePath}> to ${fields.forwardPaths}; chain: ${fields.dkim2}, ${fields.hops} ${fields.hops === 1 ? 'hop' : 'hops'}`
    case 'bounce':
      return `${queueId}: a bounce of ${fields.about}, ${judgementText(fields.judgement)}`
    case 'bounce passed on to the previous hop':
      return `${queueId}: passed on as ${fields.report} to <${fields.to}>`
    case 'failure reported to the previous hop':
      return `${queueId}: reported as ${fields.report} to <${fields.to}>`
    case 'delivered':
      return `${queueId}: delivered to <${forwardPath}> at ${nextHop} (${tls?.version ?? 'no TLS'})`
    case 'refused':
      return queueId === undefined ? undefined : `${queueId}: refused ${JSON.stringify(fields.reply)}`
    case 'deferred':
    case 'failed':
      return `${queueId}: ${text} ${JSON.stringify(reason ?? fields.reply ?? '')}`
    default:
      return undefined
  }
}

function judgementText(judgement: unknown): string {
  const { bounce, reason } = judgement as { bounce?: { judgement: string }; reason?: string }
  return bounce?.judgement ?? reason ?? 'refused'
}
