/** aliases list: all of them, wherever they stand. */
import type { Command } from 'commander'
import { aliasAddress } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { foldedLocalPart } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { openOutside } from '../../service/outside/outside.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { positiveNumber, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

interface ListOptions extends ConfigOption, JsonOption {
  readonly limit: number
}

interface ShownAlias {
  readonly alias: string
  /** `configuration`, `database`, or the name of a map file. */
  readonly source: string
  /** False: another source has an alias of this name and goes first. */
  readonly inForce: boolean
  readonly targets: readonly string[]
}

/** Adds `aliases list`. */
export function addList(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('list')))
    .description('list aliases: those of the configuration, of the database, and of map files')
    .argument('[text]', 'only those that have this text in them or in an address that they lead to')
    .option('--limit <number>', 'how many', positiveNumber, 1_000)
    .action(async (text: string | undefined, options: ListOptions) => {
      const all = await withStore(options.config, 'read', async (store, config) => {
        const outside = await openOutside(config, store)
        return shownAliases(config, outside.sources())
      })
      const found = all.filter(one => text === undefined || hasText(one, text.toLowerCase()))
      const shown = found.slice(0, options.limit)
      terminal.out(options.json ? jsonText(shown) : listText(shown))
      if (found.length > shown.length)
        terminal.note(`and ${found.length - shown.length} more; --limit shows them\n`)
      finish(0)
    })
}

function shownAliases(
  { domains }: RelayConfig,
  outside: readonly {
    readonly name: string
    readonly entries: Iterable<{ localPart: string; domain: string; targets: readonly string[] }>
  }[],
): ShownAlias[] {
  const configured = Object.entries(domains).flatMap(([domain, { aliases }]) =>
    Object.entries(aliases).map(([name, targets]) => ({ localPart: foldedLocalPart(name), domain, targets })),
  )
  const seen = new Set<string>()
  return [{ name: 'configuration', entries: configured }, ...outside]
    .flatMap(({ name, entries }) =>
      [...entries].map(({ targets, ...key }) => {
        const alias = aliasAddress(key)
        const inForce = !seen.has(alias)
        seen.add(alias)
        return { alias, source: name, inForce, targets }
      }),
    )
    .toSorted((one, other) => (one.alias < other.alias ? -1 : one.alias === other.alias ? 0 : 1))
}

function hasText({ alias, targets }: ShownAlias, text: string): boolean {
  return [alias, ...targets].some(address => address.toLowerCase().includes(text))
}

function listText(aliases: readonly ShownAlias[]): string {
  if (aliases.length === 0) return 'No aliases.\n'
  const rows = aliases.map(({ alias, source, inForce, targets }) => [
    printable(alias),
    printable(source) + (inForce ? '' : ' (not in force)'),
    targets.map(printable).join(', '),
  ])
  return tableText(['ALIAS', 'SOURCE', 'LEADS TO'], rows)
}
