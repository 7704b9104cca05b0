/** aliases list: all of them, wherever they stand. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { Answer, Desk } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { positiveNumber, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

interface ListOptions extends DeskOptions, JsonOption {
  readonly suspended?: true
  readonly limit: number
}

type ShownAlias = Answer<'listAliases'>['aliases'][number]

/** Adds `aliases list`. */
export function addList(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(aliases.command('list')))
    .description('list aliases: those of the configuration, of the database, and of map files')
    .argument('[text]', 'only those that have this text in them or in an address that they lead to')
    .option(
      '--suspended',
      'only those that lead to an address that gets no mail, because it refuses it for good',
    )
    .option('--limit <number>', 'how many', positiveNumber, 1_000)
    .action(async (text: string | undefined, options: ListOptions) => {
      const { shown, total } = await useDesk(options, terminal, desk => aliasesOf(desk, text, options))
      terminal.out(options.json ? jsonText(shown) : listText(shown))
      if (total > shown.length) terminal.note(`and ${total - shown.length} more; --limit shows them\n`)
      finish(0)
    })
}

/** As many as were asked for, in pages. */
async function aliasesOf(
  desk: Desk,
  text: string | undefined,
  { limit: most, suspended }: ListOptions,
): Promise<{ readonly shown: readonly ShownAlias[]; readonly total: number }> {
  const shown: ShownAlias[] = []
  let total = 0
  const filter = { ...(text !== undefined && { text }), ...(suspended && { suspended }) }
  const pages = pagesOf({
    ask: (limit, after) =>
      desk.ask('listAliases', { limit, ...filter, ...(after !== undefined && { after }) }),
    entries: page => page.aliases,
    most,
  })
  for await (const page of pages) {
    shown.push(...page.aliases)
    total = page.total
  }
  return { shown, total }
}

function listText(aliases: readonly ShownAlias[]): string {
  if (aliases.length === 0) return 'No aliases.\n'
  const rows = aliases.map(({ alias, source, inForce, targets, suspended }) => [
    printable(alias),
    printable(source) + (inForce ? '' : ' (not in force)'),
    targets
      .map(target => `${printable(target)}${suspended.includes(target) ? ' (suspended)' : ''}`)
      .join(', '),
  ])
  return tableText(['ALIAS', 'SOURCE', 'LEADS TO'], rows)
}
