/**
 * `node test/fuzz/main.ts [--target NAME]... [--seconds N] [--seed S] [--input FILE]`: fuzzes targets in turn, each for N seconds.
 * Progress goes to stderr, one line for each target to stdout. The exit status is 1 where something was found.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Campaign, campaign, type Finding } from './campaign.ts'
import { superlinear, timed } from './growth.ts'
import { foundFile, foundFolder, targetOf } from './names.ts'
import { type Target, targets } from './targets.ts'
import { watchdog } from './watchdog.ts'

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    input: { type: 'string' },
  },
})

setFlagsFromString('--expose-gc')
globalThis.gc = runInNewContext('gc')

const seed = values.seed === undefined ? Math.trunc(performance.timeOrigin) >>> 0 : Number(values.seed) >>> 0
if (values.input === undefined) await fuzz()
else await again(values.input)

async function fuzz(): Promise<void> {
  const chosen = targets.filter(({ name }) => values.target?.includes(name) ?? true)
  if (chosen.length === 0) throw new RangeError(`targets: ${targets.map(({ name }) => name).join(', ')}`)
  process.stderr.write(`seed ${seed}\n`)
  for (const target of chosen) {
    const result = await fuzzOne(target)
    process.stdout.write(`${summary(result)}\n`)
    if (result.findings.length > 0) process.exitCode = 1
  }
}

async function fuzzOne(target: Target): Promise<Campaign> {
  const dog = watchdog(target.name)
  const report = (finding: Finding) => keep(target, finding)
  let current = Buffer.alloc(0)
  const escaped = (error: unknown) => {
    report({
      kind: 'throws',
      octets: current,
      text: `outside of the call: ${(error as Error)?.stack ?? error}`,
    })
    process.exitCode = 1
  }
  process.on('uncaughtException', escaped)
  const limits = {
    seed,
    maxInputs: Number.POSITIVE_INFINITY,
    maxMilliseconds: Number(values.seconds) * 1000,
    checksGrowth: true,
  }
  let saidAt = performance.now()
  const result = await campaign(target, limits, {
    before(octets) {
      current = Buffer.from(octets)
      dog.before(octets)
    },
    found: report,
    progress(inputs) {
      if (performance.now() - saidAt < 10_000) return
      saidAt = performance.now()
      process.stderr.write(`${target.name}: ${inputs} inputs\n`)
    },
  })
  process.off('uncaughtException', escaped)
  await dog.stop()
  return result
}

function keep(target: Target, { kind, octets, text }: Finding): void {
  const file = foundFile(target.name, octets)
  mkdirSync(foundFolder, { recursive: true })
  writeFileSync(file, octets)
  process.stderr.write(`${target.name} ${kind}: ${text.slice(0, 2_000)}\n`)
  process.stderr.write(`  seed ${seed}; again: node test/fuzz/main.ts --input ${file.pathname}\n`)
}

function summary({ target, inputs, corpus, milliseconds, slowestMilliseconds, findings }: Campaign): string {
  const time = `${Math.round(milliseconds / 1000)} s, slowest input ${slowestMilliseconds.toFixed(0)} ms`
  return `${target.name}: ${inputs} inputs, ${corpus} kept, ${time}, ${findings.length} findings`
}

/** Runs one input of the folder again. */
async function again(path: string): Promise<void> {
  const target = targets.find(({ name }) => name === (values.target?.[0] ?? targetOf(basename(path))))
  if (!target) throw new RangeError(`no target for ${path}`)
  const octets = readFileSync(path)
  process.stdout.write(`${await target.run(Buffer.from(octets))}\n`)
  const growth = await superlinear(target, octets.subarray(0, octets.length >> 2))
  process.stdout.write(`${(await timed(target, octets)).toFixed(1)} ms${growth ? ', grows too fast' : ''}\n`)
}
