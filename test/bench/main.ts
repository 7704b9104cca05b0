/** `npm run bench`: the relay beside the same packages without it, and what the core costs by itself. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchSettings, type BenchWorld, runBench } from './bench.ts'
import { type BounceCase, type BounceResult, bounceCases, runBounces } from './bounces.ts'
import { bounceTable, bounceTargets } from './bounces-report.ts'
import { allCases, type BenchCase, isQuick } from './cases.ts'
import { Children } from './child.ts'
import {
  type DestinationsResults,
  type DestinationsSettings,
  destinationsName,
  destinationsText,
  runDestinations,
} from './destinations.ts'
import { type FanOutSettings, runFanOut } from './fan-out.ts'
import { type FanOutResult, fanOutCases, fanOutTable } from './fan-out-figures.ts'
import type { CaseResult } from './figures.ts'
import { describeMachine, type Machine } from './machine.ts'
import { type MicroResults, type MicroSettings, microName, runMicro } from './micro.ts'
import { microText } from './micro-report.ts'
import { type PeerResult, runPeers, whyNoPeers } from './peers.ts'
import { peersTable, peersTargets } from './peers-report.ts'
import { latencyTable, tableText, targetLine, targets, throughputTable } from './report.ts'
import { resultsText } from './results-file.ts'
import { modulePath } from './systems.ts'
import { runToday, type TodayResult, type TodaySettings, todayName } from './today.ts'
import { todayTable, todayTargets } from './today-report.ts'

const usage = `npm run bench -- [options]
  --quick         only what the targets are about, one short run each
  --only NAME     only cases whose name contains NAME; may be repeated; 'micro' is the core by itself, 'list' a post to
                  10,000 subscribers, 'destinations' a queue for 10,000 domains of which 1 % are dead,
                  'today' what DKIM and ARC cost
  --postfix       only the relay beside a real Postfix, plain and with opendkim (Debian's packages, as root)
  --json          print JSON
  --write         write test/bench/RESULTS.md; only for all cases
  --profile DIR   have the relay write a CPU profile into DIR when it ends
The databases of the bench are put below the folder for temporary files (TMPDIR); it should be on a disk like that of a relay.
`

const wholeSettings = {
  rounds: 3,
  secondsPerRun: 1.5,
  warmUpMessages: 4000,
  pacedMessages: 250,
  fanOut: { subscribers: 10_000, warmUpSubscribers: 3000, rounds: 3 },
  destinations: { destinations: 10_000, rounds: 3 },
  today: { rounds: 3, subscribers: 10_000, warmUpSubscribers: 3000 },
  micro: { rounds: 3, firstWarmUpMilliseconds: 2500, warmUpMilliseconds: 160, sliceMilliseconds: 140 },
}
const quickSettings = {
  rounds: 1,
  secondsPerRun: 1.5,
  warmUpMessages: 2000,
  pacedMessages: 100,
  fanOut: { subscribers: 10_000, warmUpSubscribers: 2000, rounds: 1 },
  destinations: { destinations: 2_000, rounds: 1 },
  today: { rounds: 1, subscribers: 10_000, warmUpSubscribers: 2000 },
  micro: { rounds: 1, firstWarmUpMilliseconds: 600, warmUpMilliseconds: 40, sliceMilliseconds: 50 },
}

interface Options {
  readonly cases: readonly BenchCase[]
  readonly bounces: readonly BounceCase[]
  readonly isMicro: boolean
  readonly isFanOut: boolean
  readonly isDestinations: boolean
  readonly isToday: boolean
  /** Beside Postfix, and nothing else unless everything is measured. */
  readonly hasPeers: boolean
  readonly settings: BenchSettings & {
    readonly destinations: DestinationsSettings
    readonly micro: MicroSettings
    readonly today: TodaySettings
    readonly fanOut: Omit<FanOutSettings, 'nodeOptions'>
  }
  readonly isJson: boolean
  readonly isWritten: boolean
}

/** No name of a case contains it. */
const noCase = '\0'

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      postfix: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const { quick, json, write, profile, postfix } = values
  const only = postfix ? [...(values.only ?? []), noCase] : values.only
  const isPart = quick || only !== undefined
  if (write && isPart) throw new Error('--write goes with neither --quick nor --only')
  const isWanted = (name: string) => only === undefined || only.some(part => name.includes(part))
  const cases = allCases().filter(one => (!quick || isQuick(one)) && isWanted(one.name))
  const bounces = bounceCases.filter(({ name }) => isWanted(name))
  const isMicro = isWanted(microName)
  const isFanOut = fanOutCases.some(one => isWanted(one.name))
  const isDestinations = isWanted(destinationsName)
  const isToday = isWanted(todayName)
  if (
    cases.length + bounces.length === 0 &&
    !isMicro &&
    !isFanOut &&
    !isDestinations &&
    !isToday &&
    !postfix
  ) {
    const named = [...fanOutCases, ...bounceCases, ...allCases()]
    const names = [microName, destinationsName, todayName, ...named.map(one => one.name)]
    throw new Error(`no such case; there are:\n${names.join('\n')}`)
  }
  const relayNodeOptions = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const settings = { ...(quick ? quickSettings : wholeSettings), relayNodeOptions }
  return {
    cases,
    bounces,
    isMicro,
    isFanOut,
    isDestinations,
    isToday,
    hasPeers: only === undefined || postfix,
    settings,
    isJson: json,
    isWritten: write,
  }
}

async function main(options: Options): Promise<void> {
  const { cases, bounces, isMicro, isFanOut, isDestinations, isToday, settings, isJson, isWritten } = options
  const folder = mkdtempSync(join(tmpdir(), 'dkim2-relay-bench-'))
  // Ends what it has started before the folder goes.
  const children = new Children(folder)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const startedAt = performance.now()
  const progress = (text: string) => {
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)
  }
  try {
    const machine = describeMachine(folder)
    // Before any other process is there to share the processors.
    const micro = isMicro ? await runMicro(settings.micro, progress) : undefined
    const results = cases.length === 0 ? [] : await runBench(cases, settings, { children, folder, progress })
    const destinations = isDestinations
      ? await runDestinations(settings.destinations, { children, folder, progress })
      : undefined
    const fanOutSettings = { ...settings.fanOut, nodeOptions: settings.relayNodeOptions }
    const fanOut = isFanOut ? await runFanOut(fanOutSettings, children, progress) : []
    const today = isToday ? await runToday(settings, { children, folder, progress }) : []
    const peers = options.hasPeers ? await peersOrNone(settings, { children, folder, progress }) : []
    const returned =
      bounces.length === 0 ? [] : await runBounces(bounces, settings, { children, folder, progress })
    const figures = { results, fanOut, today, peers, bounces: returned, destinations, micro }
    if (isJson) process.stdout.write(`${JSON.stringify({ machine, settings, ...figures }, undefined, 2)}\n`)
    else print(figures, machine)
    if (isWritten && micro && destinations) {
      const date = new Date().toISOString().slice(0, 10)
      const measured = { ...figures, micro, destinations }
      writeFileSync(modulePath('./RESULTS.md'), resultsText(measured, machine, settings, date))
    }
  } finally {
    await children.stop()
  }
}

async function peersOrNone(settings: Options['settings'], world: BenchWorld): Promise<PeerResult[]> {
  const reason = whyNoPeers()
  if (reason === undefined) return runPeers(settings, world)
  world.progress(`nothing is measured beside Postfix: ${reason}`)
  return []
}

interface Figures {
  readonly results: readonly CaseResult[]
  readonly fanOut: readonly FanOutResult[]
  readonly today: readonly TodayResult[]
  readonly peers: readonly PeerResult[]
  readonly bounces: readonly BounceResult[]
  readonly destinations: DestinationsResults | undefined
  readonly micro: MicroResults | undefined
}

function print(
  { results, fanOut, today, peers, bounces, destinations, micro }: Figures,
  machine: Machine,
): void {
  const lines = Object.entries(machine).map(([name, value]) => `${name}: ${value}\n`)
  const parts = [lines.join('')]
  if (results.length > 0) parts.push(tableText(throughputTable(results)))
  if (latencyTable(results).rows.length > 0) parts.push(tableText(latencyTable(results)))
  if (results.length > 0) parts.push(`${targets(results).map(targetLine).join('\n')}\n`)
  if (fanOut.length > 0) parts.push(tableText(fanOutTable(fanOut)))
  if (destinations) parts.push(destinationsText(destinations))
  if (today.length > 0) {
    parts.push(tableText(todayTable(today)), `${todayTargets(today).map(targetLine).join('\n')}\n`)
  }
  if (peers.length > 0) {
    parts.push(tableText(peersTable(peers)), `${peersTargets(peers).map(targetLine).join('\n')}\n`)
  }
  if (bounces.length > 0) {
    parts.push(tableText(bounceTable(bounces)), `${bounceTargets(bounces).map(targetLine).join('\n')}\n`)
  }
  if (micro) parts.push(microText(micro))
  process.stdout.write(parts.join('\n'))
}

// The end of the process ends its children and removes its folder.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

let options: Options | undefined
try {
  options = readOptions()
  await main(options)
} catch (error) {
  const { message } = error as Error
  process.stderr.write(options === undefined ? `${message}\n${usage}` : `${message}\n`)
  process.exitCode = options === undefined ? 2 : 1
}
