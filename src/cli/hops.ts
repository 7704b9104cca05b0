/** hops list | show: what became of the messages that this relay has seen. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { HopRecord } from '../hoplog/record.ts'
import { hopRecord } from '../hoplog/record.ts'
import type { MessageLine } from '../hoplog/summary.ts'
import { messageLine } from '../hoplog/summary.ts'
import { hopRecordText, pathText } from '../hoplog/text.ts'
import type { MessageState } from '../store/records.ts'
import { withStore } from './database.ts'
import type { ConfigOption, JsonOption } from './options.ts'
import { positiveNumber, withConfig, withJson } from './options.ts'
import type { Finish, Terminal } from './terminal.ts'
import { jsonText, tableText } from './terminal.ts'

interface ListOptions extends ConfigOption, JsonOption {
  readonly limit: number
  readonly before?: string
  readonly state?: MessageState
}

const states: readonly MessageState[] = ['spooled', 'forwarded', 'failed', 'bounce-received', 'obeyed']

/** Adds `hops` with its subcommands. */
export function hopsCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const hops = program.command('hops').description('the hop log: what was received and sent')
  withJson(withConfig(hops.command('list').description('list messages, newest first')))
    .option('--limit <number>', 'how many', positiveNumber, 20)
    .option('--before <queue-id>', 'only messages older than this one')
    .addOption(new Option('--state <state>', 'only messages in this state').choices(states))
    .action(async (options: ListOptions) => {
      const lines = await withStore(options.config, 'read', async store =>
        (await store.listMessages(query(options))).map(messageLine),
      )
      terminal.out(options.json ? jsonText(lines) : listText(lines))
      finish(0)
    })
  withJson(
    withConfig(
      hops.command('show').description('show one message: every hop, every attempt').argument('<queue-id>'),
    ),
  ).action(async (queueId: string, options: ConfigOption & JsonOption) => {
    const record = await readRecord(queueId, options.config)
    if (record === undefined) terminal.note(`${pathText(queueId)}: no such message\n`)
    else terminal.out(options.json ? jsonText(record) : hopRecordText(record))
    finish(record === undefined ? 1 : 0)
  })
}

function query(options: ListOptions): { limit: number; before?: string; state?: MessageState } {
  const { limit, before, state } = options
  return { limit, ...(before === undefined ? {} : { before }), ...(state === undefined ? {} : { state }) }
}

async function readRecord(queueId: string, configFile: string): Promise<HopRecord | undefined> {
  return withStore(configFile, 'read', async store => {
    const history = await store.showMessage(queueId)
    return history === undefined ? undefined : hopRecord(history)
  })
}

function listText(lines: readonly MessageLine[]): string {
  if (lines.length === 0) return 'No messages.\n'
  const rows = lines.map(line => [
    line.queueId,
    line.receivedAt,
    pathText(line.mf),
    pathText(line.rt[0] ?? '') + (line.rt.length > 1 ? ` (+${line.rt.length - 1})` : ''),
    line.result ?? '-',
    line.state,
    deliveriesText(line.deliveries),
  ])
  return tableText(['QUEUE ID', 'RECEIVED', 'FROM', 'TO', 'DKIM2', 'STATE', 'DELIVERIES'], rows)
}

function deliveriesText(deliveries: MessageLine['deliveries']): string {
  const parts = Object.entries(deliveries).filter(([, number]) => number > 0)
  return parts.length === 0 ? '-' : parts.map(([state, number]) => `${number} ${state}`).join(', ')
}
