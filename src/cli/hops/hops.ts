/** hops list | search | follow | show: what became of the messages that this relay has seen. */
import type { Command } from 'commander'
import { Option } from 'commander'
import type { MessageLine } from '../../hoplog/summary.ts'
import { messageRows, messageTable } from '../../hoplog/summary-text.ts'
import { hopRecordText } from '../../hoplog/text.ts'
import type { Answer, Asked, Desk } from '../../operator/operations.ts'
import type { MessageState } from '../../store/records.ts'
import { messageStates } from '../../store/records.ts'
import { changesText, ownChangesText } from '../changes-text.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { positiveNumber, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import type { CriteriaOptions } from './criteria.ts'
import { criteriaOf, momentArgument, withCriteria } from './criteria.ts'

interface ListOptions extends DeskOptions, JsonOption, CriteriaOptions {
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
  addShow(hops, terminal, finish)
}

interface ShowOptions extends DeskOptions, JsonOption {
  readonly changes?: true
}

function addShow(hops: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(hops.command('show')))
    .description('show one message: every hop, every attempt')
    .argument('<queue-id>')
    .option('--changes', 'what each hop before this relay changed, and what this relay did')
    .action(async (queueId: string, options: ShowOptions) => {
      const { record, changed } = await useDesk(options, terminal, async desk => ({
        record: await desk.ask('showMessage', { queueId }),
        changed: options.changes ? await desk.ask('showChanges', { queueId }) : undefined,
      }))
      const text = () => hopRecordText(record) + changedText(changed, terminal)
      terminal.out(options.json ? jsonText({ ...record, ...changed }) : text())
      finish(0)
    })
}

function changedText(changed: Answer<'showChanges'> | undefined, terminal: Terminal): string {
  if (changed === undefined) return ''
  const { changes, own } = changed
  const before =
    changes === null
      ? '\nWhat the hops before changed cannot be shown: not even the header section is kept.\n'
      : changesText(changes, terminal)
  return before + ownChangesText(own, terminal)
}

function addList(hops: Command, terminal: Terminal, finish: Finish): void {
  const moment = momentArgument(() => terminal.clock())
  withCriteria(withJson(withDesk(hops.command('list').alias('search'))))
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
      const lines = await useDesk(options, terminal, desk => messagesOf(desk, options))
      terminal.out(options.json ? jsonText(lines) : listText(lines))
      finish(0)
    })
}

function addFollow(hops: Command, terminal: Terminal): void {
  withCriteria(withJson(withDesk(hops.command('follow'))))
    .description('print messages as they come, and again when something has become of them; ends with Ctrl-C')
    .action(async (options: DeskOptions & JsonOption & CriteriaOptions) => {
      const { head, row } = messageRows()
      if (!options.json) terminal.out(head)
      await useDesk(options, terminal, async desk => {
        for await (const line of desk.follow(criteriaOf(options)))
          terminal.out(options.json ? `${JSON.stringify(line)}\n` : row(line))
      })
    })
}

/** As many as were asked for, in pages. */
async function messagesOf(desk: Desk, options: ListOptions): Promise<MessageLine[]> {
  const lines: MessageLine[] = []
  const pages = pagesOf({
    ask: (limit, before) => desk.ask('listMessages', query(options, limit, before)),
    entries: page => page.messages,
    most: options.limit,
    after: options.before,
  })
  for await (const page of pages) lines.push(...page.messages)
  return lines
}

function query(options: ListOptions, limit: number, before: string | undefined): Asked<'listMessages'> {
  const { state, since, until } = options
  return {
    limit,
    ...criteriaOf(options),
    ...(before !== undefined && { before }),
    ...(state !== undefined && { state }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
}

function listText(lines: readonly MessageLine[]): string {
  return lines.length === 0 ? 'No messages.\n' : messageTable(lines)
}
