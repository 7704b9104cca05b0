/** admins add | passwd | role | list | remove: people who use the pages of the admin listener. A running relay knows at once. */
import type { Command } from 'commander'
import { Option } from 'commander'
import { accountKey } from '../accounts/account-name.ts'
import { preparedPassword, saltOctets, scryptVerifier, usualScryptCost } from '../accounts/password.ts'
import { printable } from '../message/printable.ts'
import {
  accountName,
  existingAccount,
  noSuchAccount,
  refuseTwice,
} from '../service/operator/account-facts.ts'
import type { AdminRole, StoredAdmin } from '../store/admin-store.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText, UsageError } from './terminal.ts'
import { newPassword } from './users/read-password.ts'

const roles: readonly AdminRole[] = ['operator', 'reader']

/** Adds `admins` with its subcommands. */
export function adminsCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const admins = program.command('admins').description('people who use the pages of the admin listener')
  for (const add of [addAdd, addPasswd, addRole, addList, addRemove]) add(admins, terminal, finish)
}

function addAdd(admins: Command, terminal: Terminal, finish: Finish): void {
  withConfig(admins.command('add'))
    .description('make an account; its password is asked for, or the first line of standard input')
    .argument('<name>')
    .addOption(
      new Option('--role <role>', 'operator changes things, reader looks at them')
        .choices(roles)
        .default('operator'),
    )
    .action(async (name: string, { config, role }: ConfigOption & { readonly role: AdminRole }) => {
      accountName(name)
      await withStore(config, 'change', async store => {
        if ((await store.admin(accountKey(name))) !== undefined) throw existingAccount(name)
        const credentials = await askForPassword(name, terminal)
        const admin = { name, nameKey: accountKey(name), role, credentials, createdAt: terminal.clock() }
        await store.createAdmin(admin).catch(refuseTwice(name))
      })
      terminal.out(`${printable(name)}: added as ${role}\n`)
      finish(0)
    })
}

function addPasswd(admins: Command, terminal: Terminal, finish: Finish): void {
  withConfig(admins.command('passwd'))
    .description('give an account another password, and sign out whoever has signed in with the old one')
    .argument('<name>')
    .action(async (name: string, { config }: ConfigOption) => {
      await withStore(config, 'change', async store => {
        const { id } = await find(store, name)
        await store.changeAdmin(id, { credentials: await askForPassword(name, terminal) }, terminal.clock())
      })
      terminal.out(`${printable(name)}: new password\n`)
      finish(0)
    })
}

function addRole(admins: Command, terminal: Terminal, finish: Finish): void {
  withConfig(admins.command('role'))
    .description('change what an account may do, and sign it out')
    .argument('<name>')
    .argument('<role>', roles.join(' or '))
    .action(async (name: string, wanted: string, { config }: ConfigOption) => {
      const role = roles.find(one => one === wanted)
      if (role === undefined) throw new UsageError(`${printable(wanted)}: expected ${roles.join(' or ')}`)
      await withStore(config, 'change', async store => {
        const { id } = await find(store, name)
        await store.changeAdmin(id, { role }, terminal.clock())
      })
      terminal.out(`${printable(name)}: ${role}\n`)
      finish(0)
    })
}

function addList(admins: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(admins.command('list')))
    .description('list the accounts')
    .action(async ({ config, json }: ConfigOption & JsonOption) => {
      const all = await withStore(config, 'read', store => store.admins())
      const shown = all.map(({ name, role, createdAt, changedAt }) => ({
        name,
        role,
        createdAt: new Date(createdAt).toISOString(),
        changedAt: new Date(changedAt).toISOString(),
      }))
      const rows = shown.map(one => [printable(one.name), one.role, one.createdAt])
      const text = rows.length === 0 ? 'There are none.\n' : tableText(['NAME', 'ROLE', 'SINCE'], rows)
      terminal.out(json ? jsonText(shown) : text)
      finish(0)
    })
}

function addRemove(admins: Command, terminal: Terminal, finish: Finish): void {
  withConfig(admins.command('remove'))
    .description('remove an account, and sign it out')
    .argument('<name>')
    .action(async (name: string, { config }: ConfigOption) => {
      await withStore(config, 'change', async store => store.deleteAdmin((await find(store, name)).id))
      terminal.out(`${printable(name)}: removed\n`)
      finish(0)
    })
}

async function askForPassword(name: string, terminal: Terminal): Promise<object> {
  const password = preparedPassword(await newPassword(name, terminal)) ?? ''
  return { scrypt: await scryptVerifier(password, terminal.random(saltOctets), usualScryptCost) }
}

async function find(store: Pick<Store, 'admin'>, name: string): Promise<StoredAdmin> {
  const admin = await store.admin(accountKey(name))
  if (admin === undefined) throw noSuchAccount(name)
  return admin
}
