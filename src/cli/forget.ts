/** forget: erases a person from the database, and names what a program cannot erase. */
import type { Command } from 'commander'
import { printable } from '../message/printable.ts'
import type { Answer } from '../operator/operations.ts'
import type { DeskOptions } from './desk/desk-options.ts'
import { withDesk } from './desk/desk-options.ts'
import { useDesk } from './desk/use-desk.ts'
import type { JsonOption } from './options.ts'
import { withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText } from './terminal.ts'

/** Adds `forget`. */
export function forgetCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(program.command('forget')))
    .description('erase a person from the database: subscriptions, and the address in old records')
    .argument('<address>')
    .action(async (address: string, options: DeskOptions & JsonOption) => {
      const report = await useDesk(options, terminal, desk => desk.ask('forget', { address }))
      terminal.out(options.json ? jsonText(report) : forgetText(report))
      finish(report.open.length > 0 ? 1 : 0)
    })
}

function forgetText({ address, lists, requests, news, messages, open, stillIn }: Answer<'forget'>): string {
  const name = printable(address)
  const lines = [
    lists.length === 0
      ? `${name} was subscribed to no list.`
      : `Unsubscribed from ${lists.map(printable).join(', ')}.`,
    `Erased from ${messages} records of messages, ${requests} requests and ${news} news of lists.`,
    ...(open.length === 0
      ? []
      : [
          `Still on their way, so that their records keep it: ${open.join(', ')}. Ask again when they are done.`,
        ]),
    ...stillIn.map(place => `Still named: ${printable(place)}`),
    'Not in the database, and not erased: the log of the relay, wherever its supervisor keeps it, and backups.',
  ]
  return lines.map(line => `${line}\n`).join('')
}
