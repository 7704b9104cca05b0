/** aliases add | set | remove. */
import type { Command } from 'commander'
import { aliasAddress, readTargets } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { foldedAddress } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import type { AliasName, StoredAlias } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { aliasArgument, remarksOn } from './checked-change.ts'

type Options = ConfigOption & JsonOption

const aliasHelp = 'its address, such as team@alias.example; @alias.example takes all others of the domain'

/** Adds `aliases add`. */
export function addAdd(aliases: Command, terminal: Terminal, finish: Finish): void {
  setting(aliases.command('add'), (before, targets) => [...before, ...targets], terminal, finish).description(
    'make an alias, or let one lead to more addresses',
  )
}

/** Adds `aliases set`. */
export function addSet(aliases: Command, terminal: Terminal, finish: Finish): void {
  setting(aliases.command('set'), (_, targets) => targets, terminal, finish).description(
    'make an alias, or let one lead to these addresses and no others',
  )
}

function setting(
  command: Command,
  targetsOf: (before: readonly string[], targets: readonly string[]) => readonly string[],
  terminal: Terminal,
  finish: Finish,
): Command {
  return withJson(withConfig(command))
    .argument('<alias>', aliasHelp)
    .argument('<targets...>', 'the addresses that it leads to')
    .action(async (text: string, targets: readonly string[], options: Options) => {
      const { alias, remarks } = await withStore(options.config, 'change', async (store, config) => {
        const name = aliasArgument(text, config)
        const before = (await store.alias(name))?.targets.split(',') ?? []
        const changed = { ...name, targets: joined(targetsOf(before, targets.map(addressArgument))) }
        return { alias: changed, remarks: await put(changed, { store, config, terminal }) }
      })
      for (const remark of remarks) terminal.note(`${printable(remark)}\n`)
      tell(alias, options, terminal)
      finish(0)
    })
}

/** Each address once, however it is spelled. */
function joined(targets: readonly string[]): string {
  const once = new Map(targets.toReversed().map(target => [foldedAddress(target), target]))
  const read = readTargets([...once.values()].toReversed())
  if ('problem' in read) throw new UsageError(read.problem)
  return read.targets
}

async function put(
  alias: StoredAlias,
  { store, config, terminal }: { store: Store; config: RelayConfig; terminal: Terminal },
): Promise<readonly string[]> {
  const remarks = await remarksOn([alias], { store, config })
  await store.setAliases([alias], terminal.clock())
  return remarks
}

/** Adds `aliases remove`. */
export function addRemove(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(aliases.command('remove')))
    .description('remove an alias, or some of the addresses that it leads to')
    .argument('<alias>', aliasHelp)
    .argument('[targets...]', 'the addresses that it no longer leads to; without them the alias goes')
    .action(async (text: string, targets: readonly string[], options: Options) => {
      const left = await withStore(options.config, 'change', async (store, config) => {
        const name = aliasArgument(text, config)
        return remove(name, targets.map(addressArgument), { store, config, terminal })
      })
      if (left === undefined)
        terminal.note(`${printable(text)}: the database has no such alias or address of it\n`)
      else tell(left, options, terminal)
      finish(left === undefined ? 1 : 0)
    })
}

/** @returns what is left of it; undefined: nothing was there to be removed */
async function remove(
  name: AliasName,
  targets: readonly string[],
  { store, config, terminal }: { store: Store; config: RelayConfig; terminal: Terminal },
): Promise<StoredAlias | undefined> {
  const before = (await store.alias(name))?.targets.split(',') ?? []
  const gone = new Set(targets.map(foldedAddress))
  const left = targets.length === 0 ? [] : before.filter(target => !gone.has(foldedAddress(target)))
  if (left.length === before.length) return undefined
  const alias = { ...name, targets: left.join(',') }
  if (left.length > 0) await put(alias, { store, config, terminal })
  else await store.removeAliases([name], terminal.clock())
  return alias
}

function tell(alias: StoredAlias, options: Options, terminal: Terminal): void {
  const address = aliasAddress(alias)
  const targets = alias.targets === '' ? [] : alias.targets.split(',')
  const text = targets.length === 0 ? 'is removed' : `leads to ${targets.map(printable).join(', ')}`
  terminal.out(options.json ? jsonText({ alias: address, targets }) : `${printable(address)} ${text}\n`)
}
