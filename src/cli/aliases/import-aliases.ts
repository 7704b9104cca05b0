/** aliases import | export: all of them at a time, in the form of map files. */
import type { Command } from 'commander'
import { aliasLine, readAliasMap } from '../../config/maps/alias-map.ts'
import type { BadLine } from '../../config/maps/lines.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { StoredAliases } from '../../service/outside/stored-aliases.ts'
import type { AliasName, StoredAlias } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import { readOctets } from '../message-file.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import { isOwnDomain, remarksOn } from './checked-change.ts'

/** Aliases in one transaction: a relay beside it waits a fraction of a second, not until the last one is in. */
const changedAtOnce = 2_000

/** Bad lines and remarks that are printed; with --json all are. */
const shownLines = 50

interface ImportOptions extends ConfigOption, JsonOption {
  readonly replace?: true
  readonly dryRun?: true
}

interface ImportReport {
  readonly added: number
  readonly changed: number
  readonly same: number
  readonly removed: number
  readonly bad: readonly BadLine[]
  /** What aliases lead to that is not there. */
  readonly remarks: readonly string[]
  /** False: nothing was changed. */
  readonly imported: boolean
}

/** Adds `aliases import`. */
export function addImport(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('import')))
    .description(
      'set the aliases of a file, one a line: an address, white space, addresses with commas between them',
    )
    .argument('<file>', '- is standard input')
    .option('--replace', 'remove what is not in the file')
    .option('--dry-run', 'only say what is wrong')
    .action(async (file: string, options: ImportOptions) => {
      const text = (await readOctets(file, terminal)).toString()
      const report = await withStore(options.config, 'change', (store, config) =>
        importAll(text, options, { store, config, terminal }),
      )
      for (const { line, problem } of report.bad.slice(0, shownLines))
        terminal.note(`${file}:${line}: ${problem}\n`)
      for (const remark of report.remarks.slice(0, shownLines)) terminal.note(`${remark}\n`)
      terminal.out(options.json ? jsonText(report) : importText(report))
      finish(report.bad.length > 0 ? 1 : 0)
    })
}

interface Importing {
  readonly store: Store
  readonly config: RelayConfig
  readonly terminal: Terminal
}

async function importAll(text: string, options: ImportOptions, importing: Importing): Promise<ImportReport> {
  const { store, config, terminal } = importing
  const { entries, bad } = await readAliasMap(text, domain => isOwnDomain(domain, config))
  const aliases = [...entries].map(({ targets, ...name }) => ({ ...name, targets: targets.join(',') }))
  const gone = options.replace
    ? (await aliasesIn(store)).filter(one => !entries.has(one.localPart, one.domain))
    : []
  const nothing = { added: 0, changed: 0, same: 0, removed: 0, bad, imported: false }
  if (bad.length > 0) return { ...nothing, remarks: [] }
  const remarks = await remarksOn(aliases, { store, config, removed: gone })
  if (options.dryRun) return { ...nothing, remarks }
  const removed = await removeAll(gone, importing)
  const report = { added: 0, changed: 0, same: 0, removed, bad, remarks, imported: true }
  for (let at = 0; at < aliases.length; at += changedAtOnce) {
    const done = await store.setAliases(aliases.slice(at, at + changedAtOnce), terminal.clock())
    report.added += done.added
    report.changed += done.changed
    report.same += done.same
    terminal.progress(`${Math.min(at + changedAtOnce, aliases.length)} of ${aliases.length} aliases set`)
  }
  terminal.progress('')
  return report
}

async function removeAll(names: readonly AliasName[], { store, terminal }: Importing): Promise<number> {
  let removed = 0
  for (let at = 0; at < names.length; at += changedAtOnce)
    removed += await store.removeAliases(names.slice(at, at + changedAtOnce), terminal.clock())
  return removed
}

function importText({ added, changed, same, removed, bad, imported }: ImportReport): string {
  if (imported) return `${added} added, ${changed} changed, ${removed} removed, ${same} were so before.\n`
  return bad.length > 0
    ? `Nothing was imported: ${bad.length} wrong ${bad.length === 1 ? 'line' : 'lines'}.\n`
    : 'Nothing was imported, as asked; nothing is wrong.\n'
}

/** Adds `aliases export`. */
export function addExport(aliases: Command, terminal: Terminal, finish: Finish): void {
  withConfig(aliases.command('export'))
    .description('print the aliases of the database, as import and map files have them')
    .action(async (options: ConfigOption) => {
      const all = await withStore(options.config, 'read', aliasesIn)
      terminal.out(all.map(({ targets, ...name }) => aliasLine(name, targets.split(','))).join(''))
      finish(0)
    })
}

/** Every alias of the database, by domain and local part. */
async function aliasesIn(store: Store): Promise<StoredAlias[]> {
  const stored = new StoredAliases(store)
  await stored.look()
  return [...stored.entries]
    .map(({ targets, ...name }) => ({ ...name, targets: targets.join(',') }))
    .toSorted((one, other) => order(one, other))
}

function order(one: AliasName, other: AliasName): number {
  if (one.domain !== other.domain) return one.domain < other.domain ? -1 : 1
  return one.localPart < other.localPart ? -1 : 1
}
