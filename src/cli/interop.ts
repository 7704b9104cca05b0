/** interop: `reflect` (reflect.ts), and `run`: a folder of test messages with their expected results, such as another implementation publishes. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { CaseResult } from '../dkim2/cases.ts'
import { runCases } from '../dkim2/cases.ts'
import { zoneResolver } from '../dns/zone-resolver.ts'
import { printable } from '../message/printable.ts'
import { caseFile } from './case-file.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import type { RevisionChoice } from './reading.ts'
import { chosenRevisions, comparingRevisionOption } from './reading.ts'
import { reflectCommand } from './reflect.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, styled, tableText, UsageError } from './terminal.ts'

interface InteropOptions extends JsonOption {
  readonly revision?: RevisionChoice
}

/** Adds `interop` with its subcommands. */
export function interopCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const interop = program.command('interop').description('compare with other implementations')
  reflectCommand(interop, terminal, finish)
  withJson(interop.command('run'))
    .description('verify the messages of DIR/cases.json and compare the results')
    .argument('<dir>', 'folder with cases.json, dns.json and messages/')
    .addOption(comparingRevisionOption())
    .action(async (folder: string, options: InteropOptions) => {
      const results = await run(folder, options.revision)
      const agreed = results.filter(result => result.agrees).length
      const report = { agreed, total: results.length, results }
      terminal.out(options.json ? jsonText(report) : resultsText(results, agreed, terminal))
      finish(agreed === results.length ? 0 : 1)
    })
}

async function run(folder: string, revision: InteropOptions['revision']): Promise<CaseResult[]> {
  const cases = await readJson(join(folder, 'cases.json'), value => caseFile.parse(value))
  const resolver = await readJson(join(folder, 'dns.json'), zone => zoneResolver(zone as never))
  const load = (file: string) => readMessageOf(join(folder, 'messages', file))
  const { compared, revision: one } = chosenRevisions(revision)
  return runCases(cases, load, name => resolver.txt(name), compared ?? one)
}

async function readJson<T>(file: string, read: (value: unknown) => T): Promise<T> {
  try {
    return read(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new UsageError(`${file}: ${(cause as Error).message}`, { cause })
  }
}

function readMessageOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new UsageError(`${file}: cannot be read (${(cause as Error).message})`, { cause })
  }
}

function resultsText(results: readonly CaseResult[], agreed: number, terminal: Terminal): string {
  const rows = results.map(result => [
    result.agrees ? 'agrees' : 'DIFFERS',
    printable(result.name),
    result.expected,
    printable(result.text),
  ])
  const table = tableText(['RESULT', 'CASE', 'EXPECTED', 'VERDICT'], rows)
  const differences = results.flatMap(({ name, difference }) =>
    difference === undefined ? [] : [`${printable(name)}: ${printable(difference)}\n`],
  )
  const count = `${agreed} of ${results.length} agree`
  return `${table}\n${differences.join('')}${styled(terminal, agreed === results.length ? 'green' : 'red', count)}\n`
}
