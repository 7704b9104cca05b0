/** aliases add | set | remove. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Answer } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'

type Options = DeskOptions & JsonOption

const aliasHelp = 'its address, such as team@alias.example; @alias.example takes all others of the domain'

/** Adds `aliases add`. */
export function addAdd(aliases: Command, terminal: Terminal, finish: Finish): void {
  setting(aliases.command('add'), 'addAlias', terminal, finish).description(
    'make an alias, or let one lead to more addresses',
  )
}

/** Adds `aliases set`. */
export function addSet(aliases: Command, terminal: Terminal, finish: Finish): void {
  setting(aliases.command('set'), 'setAlias', terminal, finish).description(
    'make an alias, or let one lead to these addresses and no others',
  )
}

function setting(
  command: Command,
  name: 'addAlias' | 'setAlias',
  terminal: Terminal,
  finish: Finish,
): Command {
  return withJson(withDesk(command))
    .argument('<alias>', aliasHelp)
    .argument('<targets...>', 'the addresses that it leads to')
    .action(async (alias: string, targets: readonly string[], options: Options) => {
      const done = await useDesk(options, terminal, desk => desk.ask(name, { alias, targets }))
      for (const remark of done.remarks) terminal.note(`${printable(remark)}\n`)
      tell(done, options, terminal)
      finish(0)
    })
}

/** Adds `aliases remove`. */
export function addRemove(aliases: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(aliases.command('remove')))
    .description('remove an alias, or some of the addresses that it leads to')
    .argument('<alias>', aliasHelp)
    .argument('[targets...]', 'the addresses that it no longer leads to; without them the alias goes')
    .action(async (alias: string, targets: readonly string[], options: Options) => {
      const asked = { alias, ...(targets.length > 0 && { target: targets.map(addressArgument) }) }
      const left = await useDesk(options, terminal, desk => desk.ask('removeAlias', asked))
      tell(left, options, terminal)
      finish(0)
    })
}

function tell({ alias, targets }: Answer<'removeAlias'>, options: Options, terminal: Terminal): void {
  const text = targets.length === 0 ? 'is removed' : `leads to ${targets.map(printable).join(', ')}`
  terminal.out(options.json ? jsonText({ alias, targets }) : `${printable(alias)} ${text}\n`)
}
