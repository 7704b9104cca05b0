/** hops list | search | follow | show: what became of the messages that this relay has seen. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { HopRecord } from '../../hoplog/record.ts'
import { hopRecord } from '../../hoplog/record.ts'
import type { MessageLine } from '../../hoplog/summary.ts'
import { messageLine } from '../../hoplog/summary.ts'
import { messageRows, messageTable } from '../../hoplog/summary-text.ts'
import { hopRecordText, pathText } from '../../hoplog/text.ts'
import { queueWatchMilliseconds } from '../../limits.ts'
import type { MessagesQuery } from '../../store/queries.ts'
import type { MessageState } from '../../store/records.ts'
import { messageStates } from '../../store/records.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { positiveNumber, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import type { CriteriaOptions } from './criteria.ts'
import { criteriaOf, momentArgument, withCriteria } from './criteria.ts'
import { FollowedMessages } from './follow.ts'

interface ListOptions extends ConfigOption, JsonOption, CriteriaOptions {
  readonly limit: number
  readonly before?: string
  readonly state?: MessageState
  readonly since?: number
  readonly until?: number
}

/** Adds `hops` with its subcommands. */
export function hopsCommand(program: Command, terminal: Terminal, finish: Finish): void {
  const hops = program.command('hops').description('the hop log: what was received and sent')
  addList(hops, terminal, finish)
  addFollow(hops, terminal)
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

function addList(hops: Command, terminal: Terminal, finish: Finish): void {
  const moment = momentArgument(() => terminal.clock())
  withCriteria(withJson(withConfig(hops.command('list').alias('search'))))
    .description('list messages, newest first: all, or those that meet every condition')
    .option('--limit <number>', 'how many', positiveNumber, 20)
    .option('--before <queue-id>', 'only messages older than this one')
    .addOption(new Option('--state <state>', 'only messages in this state').choices(messageStates))
    .option(
      '--since <time>',
      'received then or later: 2026-02-28, 2026-02-28T14:30 (UTC), 90m, 12h, 7d',
      moment,
    )
    .option('--until <time>', 'received before then', moment)
    .action(async (options: ListOptions) => {
      const lines = await withStore(options.config, 'read', async store =>
        (await store.listMessages(query(options))).map(messageLine),
      )
      terminal.out(options.json ? jsonText(lines) : listText(lines))
      finish(0)
    })
}

function addFollow(hops: Command, terminal: Terminal): void {
  withCriteria(withJson(withConfig(hops.command('follow'))))
    .description('print messages as they come, and again when something has become of them; ends with Ctrl-C')
    .action(async (options: ConfigOption & JsonOption & CriteriaOptions) => {
      const { head, row } = messageRows()
      if (!options.json) terminal.out(head)
      await withStore(options.config, 'read', async store => {
        const followed = new FollowedMessages(store, criteriaOf(options))
        for (;;) {
          for (const line of await followed.look())
            terminal.out(options.json ? `${JSON.stringify(line)}\n` : row(line))
          await wait(queueWatchMilliseconds)
        }
      })
    })
}

function query(options: ListOptions): MessagesQuery {
  const { limit, before, state, since, until } = options
  return {
    limit,
    criteria: criteriaOf(options),
    ...(before !== undefined && { before }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

async function readRecord(queueId: string, configFile: string): Promise<HopRecord | undefined> {
  return withStore(configFile, 'read', async store => {
    const history = await store.showMessage(queueId)
    return history === undefined ? undefined : hopRecord(history)
  })
}

function listText(lines: readonly MessageLine[]): string {
  return lines.length === 0 ? 'No messages.\n' : messageTable(lines)
}
