/** queue list | show, and the commands that change it: the deliveries that are still to be made. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { HopRecord, SentRecord } from '../hoplog/record.ts'
import { hopRecord } from '../hoplog/record.ts'
import type { HeldWorkLine, QueueLine } from '../hoplog/summary.ts'
import { heldWorkLine, queueLine } from '../hoplog/summary.ts'
import { attemptSaid, hopRecordText, pathText } from '../hoplog/text.ts'
import { printable } from '../message/printable.ts'
import type { DeliveryState } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { positiveNumber, withConfig, withJson } from './options.ts'
import { addQueueChanges } from './queue-changes.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

interface ListOptions extends ConfigOption, JsonOption {
  readonly limit: number
  readonly destination?: string
  readonly state?: DeliveryState
}

const states: readonly DeliveryState[] = ['queued', 'held', 'delivered', 'failed']

/** Adds `queue` with its subcommands. */
export function queueCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const queue = program.command('queue').description('deliveries that are still to be made')
  withJson(withConfig(queue.command('list').description('list deliveries, next attempt first')))
    .option('--limit <number>', 'how many', positiveNumber, 50)
    .option('--destination <domain>', 'only those to this domain')
    .addOption(
      new Option('--state <state>', 'only those in this state; without it queued and held').choices(states),
    )
    .action(async (options: ListOptions) => {
      const { deliveries, held } = await withStore(options.config, 'read', async store => ({
        deliveries: (await store.listQueue(query(options))).map(queueLine),
        held: await heldWork(store, options),
      }))
      terminal.out(options.json ? jsonText([...held, ...deliveries]) : listText(held, deliveries))
      finish(0)
    })
  withJson(
    withConfig(
      queue.command('show').description('show the open deliveries of one message').argument('<queue-id>'),
    ),
  ).action(async (queueId: string, options: ConfigOption & JsonOption) => {
    const record = await readOpen(queueId, options.config)
    if (record === undefined) terminal.note(`${pathText(queueId)}: no such message in the queue\n`)
    else terminal.out(options.json ? jsonText(record) : hopRecordText(record))
    finish(record === undefined ? 1 : 0)
  })
  addQueueChanges(queue, terminal, finish)
}

function query(options: ListOptions): { limit: number; destination?: string; state?: DeliveryState } {
  const { limit, destination, state } = options
  return {
    limit,
    ...(destination === undefined ? {} : { destination: destination.toLowerCase() }),
    ...(state === undefined ? {} : { state }),
  }
}

/** Held work that is not a delivery. */
async function heldWork(store: Store, { state, destination, limit }: ListOptions): Promise<HeldWorkLine[]> {
  if (destination !== undefined || (state !== undefined && state !== 'held')) return []
  const work = await store.suspectWork()
  const held = work.filter(({ kind, isHeld }) => isHeld && kind !== 'delivery').slice(0, limit)
  const lines: HeldWorkLine[] = []
  for (const { kind, queueId } of held) {
    const history = await store.showMessage(queueId)
    if (history !== undefined) lines.push(heldWorkLine(kind, history.message))
  }
  return lines
}

/** The record with only what is still open; undefined when nothing is. */
async function readOpen(queueId: string, configFile: string): Promise<HopRecord | undefined> {
  const history = await withStore(configFile, 'read', store => store.showMessage(queueId))
  if (history === undefined) return undefined
  const record = hopRecord(history)
  const sent = record.sent.filter(isOpen)
  return sent.length === 0 && record.state !== 'spooled' ? undefined : { ...record, sent }
}

function isOpen(sent: SentRecord): boolean {
  return sent.state === 'queued' || sent.state === 'held'
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
