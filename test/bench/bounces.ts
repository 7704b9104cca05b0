/** What a bounce costs on its way through a hop: processor time of the relay from the report that comes in to the report that goes out. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { composeDsn } from '../../src/bounce/compose.ts'
import { readMessage } from '../../src/message/message.ts'
import { DnsServer } from '../support/dns-server.ts'
import type { Originator } from '../support/originator.ts'
import { originator } from '../support/originator.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { Sink } from '../support/sink.ts'
import type { OpenZone } from '../support/test-relay.ts'
import { publishKeys } from '../support/test-relay.ts'
import type { BenchWorld } from './bench.ts'
import { usageOf } from './process-usage.ts'
import { recipientOf, type System, startRelay } from './systems.ts'

export interface BounceCase {
  /** As `--only` knows it. */
  readonly name: string
  /** Body of the message that the report returns, up to the next end of a line. */
  readonly bodyBytes: number
  /** Bounces of one run. */
  readonly bounces: number
}

/** The larger one is returned whole with the settings of a fresh start. */
export const bounceCases: readonly BounceCase[] = [
  { name: 'bounce-4k', bodyBytes: 4_096, bounces: 100 },
  { name: 'bounce-1m', bodyBytes: 1_000_000, bounces: 60 },
]

export interface BounceResult {
  readonly case: BounceCase
  /** For each round. */
  readonly cpuMilliseconds: readonly number[]
  readonly perSecond: readonly number[]
}

/** A figure of Node counts when its code is compiled: some hundreds of bounces. */
const warmUpRounds = 4

export interface BounceSettings {
  readonly rounds: number
  readonly relayNodeOptions: readonly string[]
}

/** A relay with the hop before it, which gets its reports, and the one behind it, which makes them. */
interface Row {
  readonly relay: System
  readonly origin: Originator
  readonly destination: Originator
  /** Takes what is for destination.example and for origin.example. */
  readonly sink: Sink
  /** Messages of the sink that were looked at. */
  seen: number
  /** Messages that were sent to the relay. */
  sent: number
}

/** Measures these cases. Rejects when a report is refused or does not arrive as a report. */
export async function runBounces(
  cases: readonly BounceCase[],
  settings: BounceSettings,
  world: BenchWorld,
): Promise<BounceResult[]> {
  const zone: OpenZone = {}
  const dns = await DnsServer.start(zone, { isRegistered: true })
  const sink = await Sink.start({ extensions: ['PIPELINING', '8BITMIME', 'SMTPUTF8'] })
  try {
    const row = await startRow(zone, dns, sink, settings, world)
    const results: BounceResult[] = []
    for (const one of cases) {
      world.progress(one.name)
      for (let round = 0; round < warmUpRounds; round++) await run(one, row)
      const runs = []
      for (let round = 0; round < settings.rounds; round++) runs.push(await run(one, row))
      results.push({
        case: one,
        cpuMilliseconds: runs.map(({ cpuSeconds }) => (cpuSeconds * 1000) / one.bounces),
        perSecond: runs.map(({ seconds }) => one.bounces / seconds),
      })
    }
    return results
  } finally {
    await sink.close()
    await dns.close()
  }
}

async function startRow(
  zone: OpenZone,
  dns: DnsServer,
  sink: Sink,
  { relayNodeOptions }: BounceSettings,
  { children, folder }: BenchWorld,
): Promise<Row> {
  const own = join(folder, 'bounces')
  await mkdir(own)
  const system = { commitDelayMilliseconds: 0, sinkPort: sink.port, nameServer: dns.address, folder: own }
  const relay = await startRelay(
    { ...system, name: 'relay-bounces', nodeOptions: relayNodeOptions },
    children,
  )
  const { keys } = JSON.parse(await relay.child.firstLine()) as {
    keys: readonly { readonly recordName: string; readonly record: string }[]
  }
  for (const { recordName, record } of keys) {
    const [selector = '', domain = ''] = recordName.split('._domainkey.')
    publishKeys(zone, { [domain]: { [`${selector}._domainkey`]: [['txt', record]] } })
  }
  return {
    relay,
    origin: originator(zone),
    destination: originator(zone, 'destination.example'),
    sink,
    seen: 0,
    sent: 0,
  }
}

interface Run {
  readonly cpuSeconds: number
  readonly seconds: number
}

/** Everything that others do is done before and after. */
async function run({ bodyBytes, bounces }: BounceCase, row: Row): Promise<Run> {
  const { relay, sink } = row
  const copies = await forwarded(bodyBytes, bounces, row)
  const reports = await Promise.all(copies.map(copy => reportOn(copy, row)))
  const before = usageOf(relay.child.pid)
  const startedAt = performance.now()
  await inSessions(reports, async ({ to, octets }) => {
    const { rcpt, data } = await send(relay.ports.prompt, { from: '', to: [to], octets })
    if (!data.startsWith('250')) throw new Error(`a report was refused: ${rcpt[0]} ${data}`)
  })
  await sink.received(row.seen + bounces)
  const seconds = (performance.now() - startedAt) / 1000
  const { cpuSeconds } = usageOf(relay.child.pid)
  const arrived = sink.messages.slice(row.seen)
  row.seen = sink.messages.length
  for (const message of arrived) checkArrived(message, bodyBytes)
  return { cpuSeconds: cpuSeconds - before.cpuSeconds, seconds }
}

/** What the bench is about has to have happened: a report to the hop before, with the whole message in it. */
function checkArrived({ reversePath, forwardPaths, octets }: SinkMessage, bodyBytes: number): void {
  const isReport = reversePath === '' && forwardPaths[0] === 'a@origin.example' && octets.length > bodyBytes
  if (!isReport || !octets.includes('Final-Recipient: rfc822; team@alias.example')) {
    throw new Error(`no report with the whole message: <${reversePath}> to <${forwardPaths[0]}>`)
  }
}

async function forwarded(bodyBytes: number, count: number, row: Row): Promise<readonly SinkMessage[]> {
  const { relay, origin, sink } = row
  // Large messages are large for what is attached to them.
  const line = bodyBytes > 100_000 ? `${'QmFzZTY0'.repeat(9)}QmFz\r\n` : `${'text '.repeat(15)}\r\n`
  const body = line.repeat(Math.ceil(bodyBytes / line.length))
  const envelope = { from: 'a@origin.example', to: [recipientOf('ed25519')] }
  const numbers = Array.from({ length: count }, (_, number) => number)
  await inSessions(numbers, async () => {
    // A relay forwards a signed message once.
    const subject = `Plans, number ${++row.sent}`
    const octets = await origin.sign(plainMessage({ subject, body }), envelope)
    const { data } = await send(relay.ports.prompt, { ...envelope, octets })
    if (!data.startsWith('250')) throw new Error(`a message was refused: ${data}`)
  })
  await sink.received(row.seen + count)
  const copies = sink.messages.slice(row.seen)
  row.seen = sink.messages.length
  return copies
}

async function reportOn(copy: SinkMessage, { destination }: Row): Promise<{ to: string; octets: Buffer }> {
  const to = copy.reversePath
  const octets = await composeDsn({
    reportingMta: 'mx.destination.example',
    from: 'postmaster@destination.example',
    to,
    arrivedAtMilliseconds: Date.now(),
    composedAtMilliseconds: Date.now(),
    messageId: `report.${to}`,
    boundary: 'bench',
    queueId: 'BENCH',
    recipients: [
      {
        finalRecipient: 'team@destination.example',
        action: 'failed',
        status: '5.2.2',
        explanation: 'the mailbox is full',
        diagnostic: '552 5.2.2 mailbox of team@destination.example is full',
      },
    ],
    returned: readMessage(copy.octets),
    returnBodyMaxBytes: 2 * 1024 * 1024,
  })
  return { to, octets: await destination.sign(octets, { from: '', to: [to] }) }
}

const sessions = 5

async function inSessions<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items]
  async function session(): Promise<void> {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: sessions }, session))
}
