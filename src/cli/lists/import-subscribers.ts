/** lists import: many people at a time, from a CSV file. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { NewSubscriber } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import { readOctets } from '../message-file.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import { findList } from './find-list.ts'
import type { BadLine, SubscriberFile } from './subscriber-file.ts'
import { readSubscribers } from './subscriber-file.ts'

/** Subscribers in one transaction: a relay beside it waits a fraction of a second, not until the last one is in. */
const addedAtOnce = 5_000

/** Bad lines that are printed; with --json all are. */
const shownLines = 50

interface ImportOptions extends ConfigOption, JsonOption {
  readonly skipBad?: true
  readonly dryRun?: true
}

/** What an import did. */
interface ImportReport {
  readonly added: number
  /** Were subscribed before, and are as they were. */
  readonly present: number
  /** Stood in the file more than once. */
  readonly repeated: number
  readonly bad: readonly BadLine[]
  /** False: nothing was changed. */
  readonly imported: boolean
  /** False: the file cannot be read to its end. */
  readonly isWhole: boolean
}

/** Adds `lists import`. */
export function addImport(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('import')))
    .description('subscribe the addresses of a CSV file, without asking them: they must have agreed')
    .argument('<list>')
    .argument(
      '<file>',
      "- is standard input; with a header line the column 'address' counts, without one the first",
    )
    .option('--skip-bad', 'import the rest when lines are wrong; without it nothing is')
    .option('--dry-run', 'only say what is wrong')
    .action(async (address: string, file: string, options: ImportOptions) => {
      const octets = await readOctets(file, terminal)
      const report = await withStore(options.config, 'change', async store => {
        const list = await findList(store, address)
        const read = await readSubscribers(octets, list.address, terminal.clock(), lines =>
          terminal.progress(`${lines} lines read`),
        )
        const isGood = read.bad.length === 0 || (options.skipBad === true && read.isWhole)
        const isRefused = options.dryRun === true || !isGood
        const added = isRefused ? undefined : await addAll(store, list.id, read.subscribers, terminal)
        terminal.progress('')
        return importReport(read, added)
      })
      sayBad(report.bad, file, terminal)
      terminal.out(options.json ? jsonText(report) : importText(report, options))
      finish(report.bad.length > 0 ? 1 : 0)
    })
}

async function addAll(
  store: Store,
  listId: number,
  subscribers: readonly NewSubscriber[],
  terminal: Terminal,
): Promise<number> {
  let added = 0
  for (let at = 0; at < subscribers.length; at += addedAtOnce) {
    const some = subscribers.slice(at, at + addedAtOnce)
    added += (await store.subscribe(listId, some, terminal.clock())).added
    terminal.progress(`${Math.min(at + addedAtOnce, subscribers.length)} of ${subscribers.length} subscribed`)
  }
  return added
}

function importReport(read: SubscriberFile, added: number | undefined): ImportReport {
  const { subscribers, ...rest } = read
  if (added === undefined) return { added: 0, present: 0, ...rest, imported: false }
  return { added, present: subscribers.length - added, ...rest, imported: true }
}

function sayBad(bad: readonly BadLine[], file: string, terminal: Terminal): void {
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
