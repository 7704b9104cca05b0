/** queue list | show, and the commands that change it: the deliveries that are still to be made. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { HeldWorkLine, QueueLine } from '../hoplog/summary.ts'
import { attemptSaid, hopRecordText, pathText } from '../hoplog/text.ts'
import { printable } from '../message/printable.ts'
import type { Desk } from '../operator/operations.ts'
import type { DeliveryState } from '../store/records.ts'
import { deliveryStates } from '../store/records.ts'
import type { DeskOptions } from './desk/desk-options.ts'
import { withDesk } from './desk/desk-options.ts'
import { pagesOf } from './desk/pages.ts'
import { useDesk } from './desk/use-desk.ts'
import type { JsonOption } from './options.ts'
import { positiveNumber, withJson } from './options.ts'
import { addQueueChanges } from './queue-changes.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

interface ListOptions extends DeskOptions, JsonOption {
  readonly limit: number
  readonly destination?: string
  readonly state?: DeliveryState
}

/** Adds `queue` with its subcommands. */
export function queueCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const queue = program.command('queue').description('deliveries that are still to be made')
  withJson(withDesk(queue.command('list').description('list deliveries, next attempt first')))
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .option('--destination <domain>', 'only those to this domain')
    .addOption(
      new Option('--state <state>', 'only those in this state; without it queued and held').choices(
        deliveryStates,
      ),
    )
    .action(async (options: ListOptions) => {
      const { deliveries, held } = await useDesk(options, terminal, desk => queueOf(desk, options))
      terminal.out(options.json ? jsonText([...held, ...deliveries]) : listText(held, deliveries))
      finish(0)
    })
  withJson(
    withDesk(
      queue.command('show').description('show the open deliveries of one message').argument('<queue-id>'),
    ),
  ).action(async (queueId: string, options: DeskOptions & JsonOption) => {
    const record = await useDesk(options, terminal, desk => desk.ask('showQueued', { queueId }))
    terminal.out(options.json ? jsonText(record) : hopRecordText(record))
    finish(0)
  })
  addQueueChanges(queue, terminal, finish)
}

interface Queue {
  readonly held: readonly HeldWorkLine[]
  readonly deliveries: readonly QueueLine[]
}

/** As much as was asked for, in pages; what else is held stands on the first one. */
async function queueOf(desk: Desk, { limit, destination, state }: ListOptions): Promise<Queue> {
  const held: HeldWorkLine[] = []
  const deliveries: QueueLine[] = []
  const filter = { ...(destination !== undefined && { destination }), ...(state !== undefined && { state }) }
  const pages = pagesOf({
    ask: (count, after) =>
      desk.ask('listQueue', { limit: count, ...filter, ...(after !== undefined && { after }) }),
    entries: page => page.deliveries,
    most: limit,
  })
  for await (const page of pages) {
    held.push(...page.held)
    deliveries.push(...page.deliveries)
  }
  return { held, deliveries }
}

/** What is held besides deliveries, in the words of people. */
const workTexts = { delivery: 'delivery', message: 'message', posts: 'post', reports: 'report' } as const

function listText(held: readonly HeldWorkLine[], lines: readonly QueueLine[]): string {
  if (held.length + lines.length === 0) return 'The queue is empty.\n'
  const heldRows = held.map(line => [
    line.queueId,
    line.state,
    `(${workTexts[line.work]})`,
    line.rt.map(pathText).join(' '),
    '-',
    '-',
    line.reason ?? '-',
  ])
  const rows = lines.map(line => [
    `${line.queueId}/${line.ordinal}`,
    line.state,
    printable(line.destination),
    pathText(line.rt),
    String(line.attempts),
    line.nextAttemptAt,
    line.reason ?? (line.lastAttempt === null ? '-' : attemptSaid(line.lastAttempt) || '-'),
  ])
  const titles = ['DELIVERY', 'STATE', 'DESTINATION', 'TO', 'ATTEMPTS', 'NEXT ATTEMPT', 'LAST REPLY']
  return tableText(titles, [...heldRows, ...rows])
}
