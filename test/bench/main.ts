/** `npm run bench`: the relay beside the same packages without it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchSettings, runBench } from './bench.ts'
import { allCases, type BenchCase, isQuick } from './cases.ts'
import { Children } from './child.ts'
import { describeMachine, type Machine } from './machine.ts'
import { latencyTable, tableText, targetLine, targets, throughputTable } from './report.ts'
import { resultsText } from './results-file.ts'
import { modulePath } from './systems.ts'

const usage = `npm run bench -- [options]
  --quick         only what the targets are about, one short run each
  --only NAME     only cases whose name contains NAME; may be repeated
  --json          print JSON
  --write         write test/bench/RESULTS.md; only for all cases
  --profile DIR   have the relay write a CPU profile into DIR when it ends
The databases of the bench are put below the folder for temporary files (TMPDIR); it should be on a disk like that of a relay.
`

const wholeSettings = { rounds: 3, secondsPerRun: 1.5, warmUpMessages: 4000, pacedMessages: 250 }
const quickSettings = { rounds: 1, secondsPerRun: 1.5, warmUpMessages: 2000, pacedMessages: 100 }

interface Options {
  readonly cases: readonly BenchCase[]
  readonly settings: BenchSettings
  readonly isJson: boolean
  readonly isWritten: boolean
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  })
  const { quick, only, json, write, profile } = values
  const isPart = quick || only !== undefined
  if (write && isPart) throw new Error('--write goes with neither --quick nor --only')
  const cases = allCases().filter(
    one => (!quick || isQuick(one)) && (only === undefined || only.some(name => one.name.includes(name))),
  )
  if (cases.length === 0)
    throw new Error(
      `no such case; there are:\n${allCases()
        .map(one => one.name)
        .join('\n')}`,
    )
  const relayNodeOptions = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const settings = { ...(quick ? quickSettings : wholeSettings), relayNodeOptions }
  return { cases, settings, isJson: json, isWritten: write }
}

async function main({ cases, settings, isJson, isWritten }: Options): Promise<void> {
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
    const results = await runBench(cases, settings, { children, folder, progress })
    if (isJson) process.stdout.write(`${JSON.stringify({ machine, settings, results }, undefined, 2)}\n`)
    else print(results, machine)
    if (isWritten) {
      const date = new Date().toISOString().slice(0, 10)
      writeFileSync(modulePath('./RESULTS.md'), resultsText(results, machine, settings, date))
    }
  } finally {
    await children.stop()
  }
}

function print(results: Parameters<typeof targets>[0], machine: Machine): void {
  const lines = Object.entries(machine).map(([name, value]) => `${name}: ${value}\n`)
  const parts = [lines.join(''), tableText(throughputTable(results))]
  if (latencyTable(results).rows.length > 0) parts.push(tableText(latencyTable(results)))
  parts.push(`${targets(results).map(targetLine).join('\n')}\n`)
  process.stdout.write(`${parts.join('\n')}`)
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
