/** The relay beside a real Postfix, plain and with opendkim: the same client, the same sink, one after the other in every round. */
import { generateKeyPairSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { keyRecordText } from '../../src/dkim2/key-record.ts'
import { DnsServer } from '../support/dns-server.ts'
import { Postfix, postfixMissing } from '../support/postfix.ts'
import type { BenchWorld } from './bench.ts'
import { allCases, type BenchCase } from './cases.ts'
import type { RunFigures } from './figures.ts'
import { Measurement, type MeasureSettings } from './measurement.ts'
import { originDomain, originSelector } from './messages.ts'
import { startOpendkim } from './opendkim.ts'
import { type ProcessUsage, usageOf } from './process-usage.ts'
import { domainOf, type MeasuredSystem, modulePath, recipientOf, startRelay } from './systems.ts'

/** The first two are the relay: with DKIM2 alone, and with DKIM and ARC beside it, as it comes. */
export const peerNames = ['relay', 'relay, DKIM and ARC', 'Postfix', 'Postfix, opendkim'] as const
export type PeerName = (typeof peerNames)[number]

export interface PeerResult {
  readonly case: BenchCase
  /** In the order of the rounds; those of a round followed each other. */
  readonly runs: Readonly<Record<PeerName, readonly RunFigures[]>>
}

export interface PeersSettings extends MeasureSettings {
  readonly rounds: number
  readonly relayNodeOptions: readonly string[]
  readonly cases?: readonly string[]
}

/** A new connection for each message, as strangers send. */
const casesOfPeers = ['4k-each-10', '4k-each-20', '64k-each-10']

/** Why there is nothing to compare with; undefined where there is. */
export function whyNoPeers(): string | undefined {
  if (postfixMissing !== undefined) return postfixMissing
  return existsSync('/usr/sbin/opendkim') ? undefined : 'opendkim is not installed'
}

/** Rejects when a message is lost or doubled. */
export async function runPeers(settings: PeersSettings, world: BenchWorld): Promise<PeerResult[]> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const record = [['txt', keyRecordText(publicKey)] as const]
  await using ends = new AsyncDisposableStack()
  const dns = await DnsServer.start({ [originDomain]: { [`${originSelector}._domainkey`]: record } })
  ends.defer(() => dns.close())
  const sink = world.children.start('peers-sink', [modulePath('./sink.ts')])
  const client = world.children.start('peers-client', [modulePath('./load-client.ts')])
  const sinkPort = await sink.ask<number>('listen')
  const systems = await startSystems(sinkPort, dns.address, settings, world, ends)
  const measurement = new Measurement(client, sink, settings, privateKey, world.progress)
  for (const [name, system] of systems) {
    world.progress(`warming up ${name}`)
    await measurement.warmUp(system)
  }
  const names = settings.cases ?? casesOfPeers
  const results: PeerResult[] = []
  for (const one of allCases().filter(({ name }) => names.includes(name))) {
    results.push(await measureCase(one, systems, measurement, settings.rounds, world))
  }
  return results
}

async function measureCase(
  one: BenchCase,
  systems: ReadonlyMap<PeerName, MeasuredSystem>,
  measurement: Measurement,
  rounds: number,
  { progress }: BenchWorld,
): Promise<PeerResult> {
  const runs: Record<PeerName, RunFigures[]> = {
    relay: [],
    'relay, DKIM and ARC': [],
    Postfix: [],
    'Postfix, opendkim': [],
  }
  for (let round = 0; round < rounds; round++) {
    progress(`${one.name}, round ${round + 1} of ${rounds}`)
    const order = round % 2 === 0 ? [...systems] : [...systems].toReversed()
    for (const [name, system] of order) runs[name].push(await measurement.run(system, one))
  }
  return { case: one, runs }
}

async function startSystems(
  sinkPort: number,
  nameServer: string,
  { relayNodeOptions }: PeersSettings,
  { children, folder }: BenchWorld,
  ends: AsyncDisposableStack,
): Promise<Map<PeerName, MeasuredSystem>> {
  const common = { commitDelayMilliseconds: 0, sinkPort, nameServer, folder, nodeOptions: relayNodeOptions }
  const aliases = { team: ['team@destination.example'] }
  const withoutDkim = { dkim: 'never', arc: 'never' } as const
  const alone = { aliases, signing: { selectors: ['ed'] }, ...withoutDkim }
  const domains = { [domainOf('ed25519')]: alone }
  const opendkim = await startOpendkim(originDomain)
  ends.defer(() => opendkim.stop())
  const plain = await startPostfix(sinkPort, {}, ends)
  const signing = await startPostfix(sinkPort, { smtpd_milters: opendkim.milter }, ends)
  return new Map<PeerName, MeasuredSystem>([
    ['relay', await startRelay({ ...common, name: 'relay-alone' }, children, { config: { domains } })],
    ['relay, DKIM and ARC', await startRelay({ ...common, name: 'relay-today' }, children)],
    ['Postfix', peer('Postfix', plain, [plain.pid])],
    ['Postfix, opendkim', peer('Postfix, opendkim', signing, [signing.pid, opendkim.pid])],
  ])
}

async function startPostfix(
  sinkPort: number,
  milters: Readonly<Record<string, string>>,
  ends: AsyncDisposableStack,
): Promise<Postfix> {
  const alias = recipientOf('ed25519')
  const postfix = await Postfix.start({
    routes: { 'destination.example': { port: sinkPort } },
    settings: {
      virtual_alias_domains: domainOf('ed25519'),
      virtual_alias_maps: `inline:{ { ${alias} = team@destination.example } }`,
      // What the relay does too: nobody here is a stranger that has to wait, and one destination is all there is.
      smtpd_client_connection_count_limit: '0',
      smtpd_client_connection_rate_limit: '0',
      smtp_destination_concurrency_limit: '10',
      ...milters,
    },
  })
  ends.defer(() => postfix.stop())
  return postfix
}

function peer(name: string, { port }: Postfix, pids: readonly number[]): MeasuredSystem {
  return { name, kind: 'peer', ports: { prompt: port, waiting: port }, usage: () => sum(pids.map(usageOf)) }
}

function sum(usages: readonly ProcessUsage[]): ProcessUsage {
  return {
    cpuSeconds: usages.reduce((total, one) => total + one.cpuSeconds, 0),
    writtenBytes: usages.reduce((total, one) => total + one.writtenBytes, 0),
  }
}
