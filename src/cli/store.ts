/** store copy: moves everything that a relay keeps to another database. */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CopyReport } from '../store/copy-store.ts'
import { copyStore } from '../store/copy-store.ts'
import type { StorePlace } from '../store/settings.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

interface CopyOptions extends JsonOption {
  readonly from: string
  readonly to: string
  readonly passwordFile?: string
  readonly authorityFile?: string
}

/** Adds `store` with its subcommand. */
export function storeCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const store = program.command('store').description('the database of a relay')
  withJson(
    store.command('copy').description('copy everything to another database, while no relay runs on either'),
  )
    .requiredOption('--from <place>', 'database file, or URL of a PostgreSQL database')
    .requiredOption('--to <place>', 'the same; it is made if it is not there, and must be empty otherwise')
    .option('--password-file <file>', 'file with the password of the PostgreSQL server')
    .option('--authority-file <file>', 'PEM file with the authorities that vouch for that server')
    .action(async (options: CopyOptions) => {
      const report = await copyStore(
        placeOf(options.from, options),
        placeOf(options.to, options),
        (step, table, rows) => terminal.progress(`${step} ${table}: ${rows}`),
      )
      terminal.progress('')
      terminal.out(options.json ? jsonText(report) : reportText(report))
      finish(0)
    })
}

function placeOf(text: string, { passwordFile, authorityFile }: CopyOptions): StorePlace {
  if (!/^postgres(ql)?:/.test(text)) return resolve(text)
  return { url: text, connections: 3, passwordFile, authorityFile }
}

function reportText({ from, to, isResumed, tables }: CopyReport): string {
  const rows = tables
    .filter(one => one.rows > 0)
    .map(({ table, rows, hash }) => [table, String(rows), hash.slice(0, 16)])
  const gone = isResumed ? 'Went on with a copy that was broken off.\n' : ''
  return `${gone}${from} -> ${to}: the same rows on both sides.\n\n${tableText(['TABLE', 'ROWS', 'SHA-256'], rows)}`
}
