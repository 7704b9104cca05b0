/** users list | show: accounts with what they may do, what they have sent today, and the clients that they use. */
import type { Command } from 'commander'
import { isoTime } from '../../hoplog/record.ts'
import { printable } from '../../message/printable.ts'
import { dayOf } from '../../service/submission/take-submitted.ts'
import type { AccountClient, StoredAccount } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'
import { findAccount } from './account-arguments.ts'

/** Accounts that are read at once. */
const pageSize = 500

interface AccountReport {
  readonly name: string
  readonly state: string
  readonly senders: readonly string[]
  /** Recipients in a day; null: what the configuration says. */
  readonly dailyLimit: number | null
  /** Recipients since 00:00 UTC. */
  readonly sentToday: number
  readonly clients: string
  readonly createdAt: string
  readonly changedAt: string
}

/** Adds `users list`. */
export function addList(users: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(users.command('list')))
    .description('list the accounts')
    .action(async (options: ConfigOption & JsonOption) => {
      const reports = await withStore(options.config, 'read', async store => {
        const found: AccountReport[] = []
        for await (const account of everyAccount(store)) found.push(await reportOf(account, store, terminal))
        return found
      })
      terminal.out(options.json ? jsonText(reports) : listText(reports))
      finish(0)
    })
}

/** Adds `users show`. */
export function addShow(users: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(users.command('show')))
    .description('show an account, and the clients that it signs in from')
    .argument('<name>')
    .action(async (name: string, options: ConfigOption & JsonOption) => {
      const report = await withStore(options.config, 'read', async store => {
        const account = await findAccount(store, name)
        const clients = await store.accountClients(account.id)
        return { account: await reportOf(account, store, terminal), clients: clients.map(clientReport) }
      })
      const { account, clients } = report
      terminal.out(
        options.json ? jsonText({ ...account, knownClients: clients }) : showText(account, clients),
      )
      finish(0)
    })
}

async function* everyAccount(store: Store): AsyncGenerator<StoredAccount> {
  for (let after = 0; ; ) {
    const page = await store.accounts({ limit: pageSize, after })
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.id
  }
}

async function reportOf(account: StoredAccount, store: Store, terminal: Terminal): Promise<AccountReport> {
  const { id, name, state, senders, dailyLimit, clients, createdAt, changedAt } = account
  return {
    name,
    state,
    senders,
    dailyLimit,
    sentToday: await store.accountUse(id, dayOf(terminal.clock())),
    clients,
    createdAt: isoTime(createdAt),
    changedAt: isoTime(changedAt),
  }
}

interface ClientReport {
  readonly key: string
  readonly state: string
  readonly firstAt: string
  readonly lastAt: string
  readonly times: number
}

function clientReport({ clientKey, state, firstAt, lastAt, times }: AccountClient): ClientReport {
  return { key: clientKey, state, firstAt: isoTime(firstAt), lastAt: isoTime(lastAt), times }
}

function listText(reports: readonly AccountReport[]): string {
  if (reports.length === 0) return 'There are no accounts.\n'
  return tableText(
    ['NAME', 'STATE', 'TODAY', 'CLIENTS', 'MAY SEND AS'],
    reports.map(({ name, state, sentToday, dailyLimit, clients, senders }) => [
      printable(name),
      state,
      dailyLimit === null ? String(sentToday) : `${sentToday}/${dailyLimit}`,
      clients,
      senders.map(printable).join(' '),
    ]),
  )
}

function showText(account: AccountReport, clients: readonly ClientReport[]): string {
  const { name, state, senders, dailyLimit, sentToday, createdAt, changedAt } = account
  const limit = dailyLimit === null ? 'as the configuration says' : `${dailyLimit} recipients`
  return [
    `${printable(name)}  ${state}`,
    ...senders.map(sender => `  sender   ${printable(sender)}`),
    `  daily    ${limit}, ${sentToday} today`,
    `  clients  ${account.clients}`,
    `  made     ${createdAt}`,
    `  changed  ${changedAt}`,
    '',
    clients.length === 0
      ? 'No client has named itself (CLIENTID).\n'
      : tableText(
          ['CLIENT', 'STATE', 'TIMES', 'FIRST', 'LAST'],
          clients.map(({ key, state: of, times, firstAt, lastAt }) => [
            key,
            of,
            String(times),
            firstAt,
            lastAt,
          ]),
        ),
  ].join('\n')
}
