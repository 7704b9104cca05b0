/** users add | passwd | set | disable | enable | remove. A running relay knows at once: it asks the database at every sign-in and message. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { Asked } from '../../operator/operations.ts'
import type { ClientRule } from '../../store/account-records.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import { collect } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'
import type { DailyLimit } from './account-arguments.ts'
import { clientRuleArgument, dailyArgument, keptLimit } from './account-arguments.ts'
import { newPassword } from './read-password.ts'

interface AccountOptions extends DeskOptions {
  readonly sender?: readonly string[]
  readonly daily?: DailyLimit
  readonly clients?: ClientRule
}

function withAccount(command: Command): Command {
  return withDesk(command)
    .argument('<name>')
    .option('--sender <address>', 'address, or @domain, that it may send from; may be repeated', collect)
    .option('--daily <recipients>', "recipients in a day, or 'default'", dailyArgument)
    .option('--clients <rule>', "'observe' or 'bind' (CLIENTID)", clientRuleArgument)
}

/** Adds `users add`. */
export function addAdd(users: Command, terminal: Terminal, finish: Finish): void {
  withAccount(users.command('add'))
    .description('make an account; its password is asked for, or the first line of standard input')
    .action(async (name: string, options: AccountOptions) => {
      const asked = { name, ...changesOf(options) }
      const { senders } = await useDesk(options, terminal, async desk => {
        const { senders: given } = asked
        // Before a password is asked for.
        await desk.ask('checkAccount', { name, ...(given !== undefined && { senders: given }) })
        return desk.ask('createAccount', { ...asked, password: await newPassword(name, terminal) })
      })
      terminal.out(`${printable(name)}: added, may send as ${senders.map(printable).join(', ')}\n`)
      finish(0)
    })
}

function changesOf({ sender, daily, clients }: AccountOptions): Omit<Asked<'changeAccount'>, 'name'> {
  return {
    ...(sender !== undefined && { senders: sender }),
    ...(daily !== undefined && { dailyLimit: keptLimit(daily) }),
    ...(clients !== undefined && { clients }),
  }
}

/** Adds `users passwd`. */
export function addPasswd(users: Command, terminal: Terminal, finish: Finish): void {
  withDesk(users.command('passwd'))
    .description('give an account another password; whoever has signed in with the old one is signed out')
    .argument('<name>')
    .action(async (name: string, options: DeskOptions) => {
      await useDesk(options, terminal, async desk => {
        await desk.ask('showAccount', { name })
        await desk.ask('changeAccount', { name, password: await newPassword(name, terminal) })
      })
      terminal.out(`${printable(name)}: new password\n`)
      finish(0)
    })
}

/** Adds `users set`. */
export function addSet(users: Command, terminal: Terminal, finish: Finish): void {
  withAccount(users.command('set'))
    .description('change what an account may do; --sender takes the place of all senders before')
    .action(async (name: string, options: AccountOptions) => {
      const changes = changesOf(options)
      if (Object.keys(changes).length === 0)
        throw new UsageError('users set: expected --sender, --daily or --clients')
      await useDesk(options, terminal, desk => desk.ask('changeAccount', { name, ...changes }))
      terminal.out(`${printable(name)}: changed\n`)
      finish(0)
    })
}

/** Adds `users disable` and `users enable`. */
export function addStates(users: Command, terminal: Terminal, finish: Finish): void {
  const states: readonly (readonly [action: 'disable' | 'enable', state: string, description: string])[] = [
    ['disable', 'disabled', 'let accounts sign in no more, and sign out whoever has'],
    ['enable', 'active', 'let disabled accounts sign in again'],
  ]
  for (const [action, state, description] of states) {
    withDesk(users.command(action))
      .description(description)
      .argument('<name...>')
      .action(async (names: string[], options: DeskOptions) => {
        await useDesk(options, terminal, desk => desk.ask('changeAccounts', { action, names }))
        terminal.out(names.map(name => `${printable(name)}: ${state}\n`).join(''))
        finish(0)
      })
  }
}

/** Adds `users remove`. */
export function addRemove(users: Command, terminal: Terminal, finish: Finish): void {
  withDesk(users.command('remove'))
    .description('remove accounts and what is known of their clients')
    .argument('<name...>')
    .option('--yes', 'really do it')
    .action(async (names: string[], options: DeskOptions & { readonly yes?: true }) => {
      if (options.yes !== true) throw new UsageError('users remove: --yes does it')
      await useDesk(options, terminal, desk => desk.ask('changeAccounts', { action: 'remove', names }))
      terminal.out(names.map(name => `${printable(name)}: removed\n`).join(''))
      finish(0)
    })
}
