/** users import: many accounts at a time, from a CSV file with the columns name, password, senders and daily. */
import type { Command } from 'commander'
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { accountKey } from '../../accounts/account-name.ts'
import { credentialsOf } from '../../accounts/credentials.ts'
import { passwordProblem } from '../../accounts/password.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { printable } from '../../message/printable.ts'
import { accountName, sendersOf } from '../../service/operator/account-facts.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import { readOctets } from '../message-file.ts'
import type { ConfigOption } from '../options.ts'
import { withConfig } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { OperationFailed, UsageError } from '../terminal.ts'
import { dailyArgument, keptLimit } from './account-arguments.ts'

/** More accounts than one machine serves; the file is read as a whole. */
const maxFileOctets = 16 * 1024 * 1024

interface ImportedAccount {
  readonly name: string
  readonly password: string
  readonly senders: readonly string[]
  readonly dailyLimit: number | null
}

/** Adds `users import`. */
export function addImport(users: Command, terminal: Terminal, finish: Finish): void {
  withConfig(users.command('import'))
    .description('make the accounts of a CSV file; those that there are stay as they are')
    .argument(
      '<file>',
      '- is standard input; columns name, password, and maybe senders (with spaces) and daily',
    )
    .action(async (file: string, options: ConfigOption) => {
      const octets = await readOctets(file, terminal)
      const added = await withStore(options.config, 'change', (store, config) =>
        importAll(readAccounts(octets, file, config), store, terminal),
      )
      terminal.out(`${added.made} added, ${added.present} were there before.\n`)
      finish(0)
    })
}

/** All lines are right, or nothing is imported. @throws UsageError with a line for each that is wrong */
function readAccounts(octets: Buffer, file: string, config: RelayConfig): ImportedAccount[] {
  if (octets.length > maxFileOctets) throw new UsageError(`${file}: expected at most ${maxFileOctets} octets`)
  const wrong: string[] = []
  const accounts = recordsOf(octets, file).flatMap(({ record, info }) => {
    try {
      return [accountOf(record, config)]
    } catch (error) {
      wrong.push(`${file}:${info.lines}: ${(error as Error).message}`)
      return []
    }
  })
  if (wrong.length > 0) throw new UsageError(['nothing was imported:', ...wrong].join('\n'))
  return accounts
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string | undefined>>
  readonly info: { readonly lines: number }
}

function recordsOf(octets: Buffer, file: string): CsvRecord[] {
  try {
    return parse(octets, {
      bom: true,
      columns: names => names.map((name: string) => name.trim().toLowerCase()),
      info: true,
      skip_empty_lines: true,
    })
  } catch (error) {
    // Its text shows the line, which has a password in it.
    const where = error instanceof CsvError ? ` (line ${error.lines}, ${error.code})` : ''
    throw new UsageError(`${file}: expected CSV with a header line${where}`)
  }
}

function accountOf({ name = '', password = '', senders, daily }: CsvRecord['record'], config: RelayConfig) {
  const problem = passwordProblem(password)
  const given = senders?.split(/\s+/).filter(text => text !== '') ?? []
  const account = {
    name: accountName(name),
    password,
    senders: sendersOf(name, given.length > 0 ? given : undefined, config),
    dailyLimit: keptLimit(dailyArgument(daily || 'default')),
  }
  if (problem !== undefined) throw new OperationFailed(`${printable(name)}: expected ${problem}`)
  return account
}

async function importAll(accounts: readonly ImportedAccount[], store: Store, terminal: Terminal) {
  let made = 0
  for (const [at, { password, ...account }] of accounts.entries()) {
    terminal.progress(`${at} of ${accounts.length} accounts`)
    const nameKey = accountKey(account.name)
    if ((await store.account(nameKey)) !== undefined) continue
    const credentials = await credentialsOf(password, octets => terminal.random(octets))
    const clients = 'observe' as const
    await store.createAccount({ ...account, nameKey, credentials, clients, createdAt: terminal.clock() })
    made++
  }
  terminal.progress('')
  return { made, present: accounts.length - made }
}
