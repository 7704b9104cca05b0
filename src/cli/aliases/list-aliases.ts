/** aliases list: all of them, wherever they stand. */
import type { Command } from 'commander'
import { aliasAddress } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { foldedAddress, foldedLocalPart } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { openOutside } from '../../service/outside/outside.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { positiveNumber, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

interface ListOptions extends ConfigOption, JsonOption {
  readonly suspended?: true
  readonly limit: number
}

export interface ShownAlias {
  readonly alias: string
  /** `configuration`, `database`, or the name of a map file. */
  readonly source: string
  /** False: another source has an alias of this name and goes first. */
  readonly inForce: boolean
  readonly targets: readonly string[]
  /** Targets that get no mail, because they refuse it for good. */
  readonly suspended: readonly string[]
}

/** Adds `aliases list`. */
export function addList(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('list')))
    .description('list aliases: those of the configuration, of the database, and of map files')
    .argument('[text]', 'only those that have this text in them or in an address that they lead to')
    .option(
      '--suspended',
      'only those that lead to an address that gets no mail, because it refuses it for good',
    )
    .option('--limit <number>', 'how many', positiveNumber, 1_000)
    .action(async (text: string | undefined, options: ListOptions) => {
      const all = await withStore(options.config, 'read', allAliases)
      const found = all.filter(
        one =>
          (text === undefined || hasText(one, text.toLowerCase())) &&
          (options.suspended !== true || one.suspended.length > 0),
      )
      const shown = found.slice(0, options.limit)
      terminal.out(options.json ? jsonText(shown) : listText(shown))
      if (found.length > shown.length)
        terminal.note(`and ${found.length - shown.length} more; --limit shows them\n`)
      finish(0)
    })
}

/** Every alias, by address; where several sources have one, the one in force first. */
export async function allAliases(store: Store, config: RelayConfig): Promise<ShownAlias[]> {
  const outside = await openOutside(config, store)
  return shownAliases(config, outside.sources(), new Set(await store.suspendedTargets()))
}

function shownAliases(
  { domains }: RelayConfig,
  outside: readonly {
    readonly name: string
    readonly entries: Iterable<{ localPart: string; domain: string; targets: readonly string[] }>
  }[],
  suspendedKeys: ReadonlySet<string>,
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
        const suspended = targets.filter(target => suspendedKeys.has(foldedAddress(target)))
        return { alias, source: name, inForce, targets, suspended }
      }),
    )
    .toSorted((one, other) => (one.alias < other.alias ? -1 : one.alias === other.alias ? 0 : 1))
}

function hasText({ alias, targets }: ShownAlias, text: string): boolean {
  return [alias, ...targets].some(address => address.toLowerCase().includes(text))
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
