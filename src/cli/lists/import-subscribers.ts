/** lists import: many people at a time, from a CSV file. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { Answer } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import { readOctets } from '../message-file.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'

/** Bad lines that are printed; with --json all are. */
const shownLines = 50

interface ImportOptions extends DeskOptions, JsonOption {
  readonly skipBad?: true
  readonly dryRun?: true
}

type ImportReport = Answer<'importSubscribers'>

/** Adds `lists import`. */
export function addImport(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('import')))
    .description('subscribe the addresses of a CSV file, without asking them: they must have agreed')
    .argument('<list>')
    .argument(
      '<file>',
      "- is standard input; with a header line the column 'address' counts, without one the first",
    )
    .option('--skip-bad', 'import the rest when lines are wrong; without it nothing is')
    .option('--dry-run', 'only say what is wrong')
    .action(async (list: string, file: string, options: ImportOptions) => {
      const { skipBad, dryRun } = options
      const octets = await readOctets(file, terminal)
      const asked = { list, octets, ...(skipBad && { skipBad }), ...(dryRun && { dryRun }) }
      const report = await useDesk(options, terminal, desk => desk.ask('importSubscribers', asked))
      sayBad(report.bad, file, terminal)
      terminal.out(options.json ? jsonText(report) : importText(report, options))
      finish(report.bad.length > 0 ? 1 : 0)
    })
}

function sayBad(bad: ImportReport['bad'], file: string, terminal: Terminal): void {
  for (const { line, problem } of bad.slice(0, shownLines)) {
    terminal.note(`${file}:${line}: ${printable(problem)}\n`)
  }
  if (bad.length > shownLines) terminal.note(`and ${bad.length - shownLines} more lines\n`)
}

function importText(report: ImportReport, options: ImportOptions): string {
  const wrong = `${report.bad.length} wrong ${report.bad.length === 1 ? 'line' : 'lines'}`
  if (!report.imported) {
    return options.dryRun === true
      ? `Nothing was imported, as asked: ${wrong}.\n`
      : `Nothing was imported: ${wrong}${report.isWhole ? '; --skip-bad imports the rest' : '; behind the last of them nothing can be read'}.\n`
  }
  return `${report.added} subscribed, ${report.present} were subscribed before, ${report.repeated} repeated, ${wrong}.\n`
}
