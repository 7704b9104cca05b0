/** users add | passwd | set | disable | enable | remove. A running relay knows at once: it asks the database at every sign-in and message. */
import type { Command } from 'commander'
import { accountKey } from '../../accounts/account-name.ts'
import { credentialsOf } from '../../accounts/credentials.ts'
import { printable } from '../../message/printable.ts'
import type { AccountState, ClientRule } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption } from '../options.ts'
import { collect, withConfig } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { UsageError } from '../terminal.ts'
import type { DailyLimit } from './account-arguments.ts'
import {
  accountName,
  clientRuleArgument,
  dailyArgument,
  existingAccount,
  findAccount,
  keptLimit,
  refuseTwice,
  sendersOf,
} from './account-arguments.ts'
import { newPassword } from './read-password.ts'

interface AccountOptions extends ConfigOption {
  readonly sender?: readonly string[]
  readonly daily?: DailyLimit
  readonly clients?: ClientRule
}

function withAccount(command: Command): Command {
  return withConfig(command)
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
      const { sender, daily = 'default', clients = 'observe' } = options
      await withStore(options.config, 'change', async (store, config) => {
        const senders = sendersOf(accountName(name), sender, config)
        await refuseExisting(store, name)
        const credentials = await credentialsOf(await newPassword(name, terminal), octets =>
          terminal.random(octets),
        )
        const account = {
          name,
          nameKey: accountKey(name),
          credentials,
          senders,
          dailyLimit: keptLimit(daily),
          clients,
        }
        await store.createAccount({ ...account, createdAt: terminal.clock() }).catch(refuseTwice(name))
        terminal.out(`${printable(name)}: added, may send as ${senders.map(printable).join(', ')}\n`)
      })
      finish(0)
    })
}

/** Before a password is asked for. */
async function refuseExisting(store: Store, name: string): Promise<void> {
  if ((await store.account(accountKey(name))) !== undefined) throw existingAccount(name)
}

/** Adds `users passwd`. */
export function addPasswd(users: Command, terminal: Terminal, finish: Finish): void {
  withConfig(users.command('passwd'))
    .description('give an account another password; whoever has signed in with the old one is signed out')
    .argument('<name>')
    .action(async (name: string, options: ConfigOption) => {
      await withStore(options.config, 'change', async store => {
        const { id } = await findAccount(store, name)
        const credentials = await credentialsOf(await newPassword(name, terminal), octets =>
          terminal.random(octets),
        )
        await store.changeAccount(id, { credentials }, terminal.clock())
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
      const { sender, daily, clients } = options
      if (sender === undefined && daily === undefined && clients === undefined)
        throw new UsageError('users set: expected --sender, --daily or --clients')
      await withStore(options.config, 'change', async (store, config) => {
        const { id } = await findAccount(store, name)
        const change = {
          ...(sender !== undefined && { senders: sendersOf(name, sender, config) }),
          ...(daily !== undefined && { dailyLimit: keptLimit(daily) }),
          ...(clients !== undefined && { clients }),
        }
        await store.changeAccount(id, change, terminal.clock())
      })
      terminal.out(`${printable(name)}: changed\n`)
      finish(0)
    })
}

/** Adds `users disable` and `users enable`. */
export function addStates(users: Command, terminal: Terminal, finish: Finish): void {
  const states: readonly (readonly [name: string, state: AccountState, description: string])[] = [
    ['disable', 'disabled', 'let accounts sign in no more, and sign out whoever has'],
    ['enable', 'active', 'let disabled accounts sign in again'],
  ]
  for (const [command, state, description] of states) {
    withConfig(users.command(command))
      .description(description)
      .argument('<name...>')
      .action(async (names: string[], options: ConfigOption) => {
        await withStore(options.config, 'change', store =>
          forEach(store, names, id => store.changeAccount(id, { state }, terminal.clock())),
        )
        terminal.out(names.map(name => `${printable(name)}: ${state}\n`).join(''))
        finish(0)
      })
  }
}

/** Adds `users remove`. */
export function addRemove(users: Command, terminal: Terminal, finish: Finish): void {
  withConfig(users.command('remove'))
    .description('remove accounts and what is known of their clients')
    .argument('<name...>')
    .option('--yes', 'really do it')
    .action(async (names: string[], options: ConfigOption & { readonly yes?: true }) => {
      if (options.yes !== true) throw new UsageError('users remove: --yes does it')
      await withStore(options.config, 'change', store => forEach(store, names, id => store.deleteAccount(id)))
      terminal.out(names.map(name => `${printable(name)}: removed\n`).join(''))
      finish(0)
    })
}

/** A name that is not there is found before anything is changed. */
async function forEach(
  store: Store,
  names: readonly string[],
  change: (accountId: number) => Promise<boolean>,
): Promise<void> {
  const accounts = await Promise.all(names.map(name => findAccount(store, name)))
  for (const { id } of accounts) await change(id)
}
