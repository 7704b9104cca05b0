/** aliases import | export: all of them at a time, in the form of map files. */
import type { Command } from 'commander'
import { aliasLine } from '../../config/maps/alias-map.ts'
import type { Answer, Desk } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import { readOctets } from '../message-file.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'

/** Bad lines and remarks that are printed; with --json all are. */
const shownLines = 50

interface ImportOptions extends DeskOptions, JsonOption {
  readonly replace?: true
  readonly dryRun?: true
}

/** Adds `aliases import`. */
export function addImport(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(aliases.command('import')))
    .description(
      'set the aliases of a file, one a line: an address, white space, addresses with commas between them',
    )
    .argument('<file>', '- is standard input')
    .option('--replace', 'remove what is not in the file')
    .option('--dry-run', 'only say what is wrong')
    .action(async (file: string, options: ImportOptions) => {
      const { replace, dryRun } = options
      const octets = await readOctets(file, terminal)
      const asked = { octets, ...(replace && { replace }), ...(dryRun && { dryRun }) }
      const report = await useDesk(options, terminal, desk => desk.ask('importAliases', asked))
      for (const { line, problem } of report.bad.slice(0, shownLines))
        terminal.note(`${file}:${line}: ${problem}\n`)
      for (const remark of report.remarks.slice(0, shownLines)) terminal.note(`${remark}\n`)
      terminal.out(options.json ? jsonText(report) : importText(report))
      finish(report.bad.length > 0 ? 1 : 0)
    })
}

function importText({ added, changed, same, removed, bad, imported }: Answer<'importAliases'>): string {
  if (imported) return `${added} added, ${changed} changed, ${removed} removed, ${same} were so before.\n`
  return bad.length > 0
    ? `Nothing was imported: ${bad.length} wrong ${bad.length === 1 ? 'line' : 'lines'}.\n`
    : 'Nothing was imported, as asked; nothing is wrong.\n'
}

/** Adds `aliases export`. */
export function addExport(aliases: Command, terminal: Terminal, finish: Finish): void {
  withDesk(aliases.command('export'))
    .description('print the aliases of the database, as import and map files have them')
    .action(async (options: DeskOptions) => {
      const all = await useDesk(options, terminal, aliasesIn)
      terminal.out(all.map(({ targets, ...name }) => aliasLine(name, targets.split(','))).join(''))
      finish(0)
    })
}

interface WrittenAlias {
  readonly localPart: string
  readonly domain: string
  readonly targets: string
}

/** Every alias of the database, by domain and local part. What changes meanwhile comes again on a later page. */
async function aliasesIn(desk: Desk): Promise<WrittenAlias[]> {
  const found = new Map<string, WrittenAlias>()
  const pages = pagesOf({
    ask: (limit, after) => desk.ask('exportAliases', { limit, ...(after !== undefined && { after }) }),
    entries: page => page.aliases,
  })
  for await (const page of pages) {
    for (const { localPart, domain, targets } of page.aliases) {
      if (targets === null) found.delete(`${localPart}@${domain}`)
      else found.set(`${localPart}@${domain}`, { localPart, domain, targets })
    }
  }
  return [...found.values()].toSorted(order)
}

function order(one: WrittenAlias, other: WrittenAlias): number {
  if (one.domain !== other.domain) return one.domain < other.domain ? -1 : 1
  return one.localPart < other.localPart ? -1 : 1
}
