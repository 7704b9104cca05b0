/** users list | show: accounts with what they may do, what they have sent today, and the clients that they use. */
import type { Command } from 'commander'
import { printable } from '../../message/printable.ts'
import type { Answer, Desk } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, tableText } from '../terminal.ts'

type AccountReport = Answer<'listAccounts'>['accounts'][number]
type ClientReport = Answer<'showAccount'>['knownClients'][number]

/** Adds `users list`. */
export function addList(users: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(users.command('list')))
    .description('list the accounts')
    .action(async (options: DeskOptions & JsonOption) => {
      const reports = await useDesk(options, terminal, allAccounts)
      terminal.out(options.json ? jsonText(reports) : listText(reports))
      finish(0)
    })
}

async function allAccounts(desk: Desk): Promise<readonly AccountReport[]> {
  const accounts: AccountReport[] = []
  const pages = pagesOf({
    ask: (limit, after) => desk.ask('listAccounts', { limit, ...(after !== undefined && { after }) }),
    entries: page => page.accounts,
  })
  for await (const page of pages) accounts.push(...page.accounts)
  return accounts
}

/** Adds `users show`. */
export function addShow(users: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(users.command('show')))
    .description('show an account, and the clients that it signs in from')
    .argument('<name>')
    .action(async (name: string, options: DeskOptions & JsonOption) => {
      const report = await useDesk(options, terminal, desk => desk.ask('showAccount', { name }))
      const { knownClients, ...account } = report
      terminal.out(options.json ? jsonText(report) : showText(account, knownClients))
      finish(0)
    })
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
