/** lists export: the subscribers as CSV, in the form that lists import reads. */

import type { Command } from 'commander'
import { Option } from 'commander'
import { withoutControls } from '../../message/printable.ts'
import type { Desk } from '../../operator/operations.ts'
import type { SubscriberState } from '../../store/list-records.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import type { SubscriberReport } from './lists-text.ts'

interface ExportOptions extends DeskOptions, JsonOption {
  readonly state?: SubscriberState
}

/** Adds `lists export`. */
export function addExport(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('export')))
    .description('print the subscribers as CSV; with --json as one object a line')
    .argument('<list>')
    .addOption(new Option('--state <state>', 'only those').choices(['active', 'suspended']))
    .action(async (list: string, options: ExportOptions) => {
      const write = options.json ? (one: SubscriberReport) => `${JSON.stringify(one)}\n` : csvOf
      await useDesk(options, terminal, async desk => {
        let head = options.json ? '' : csvLine(columns)
        for await (const { subscribers } of pages(desk, list, options.state)) {
          terminal.out(head + subscribers.map(write).join(''))
          head = ''
        }
      })
      finish(0)
    })
}

/** The first may be empty: a list that is not there is told before anything is printed. */
function pages(desk: Desk, list: string, state?: SubscriberState) {
  const filter = { list, ...(state !== undefined && { state }) }
  return pagesOf({
    ask: (limit, after) =>
      desk.ask('listSubscribers', { limit, ...filter, ...(after !== undefined && { after }) }),
    entries: page => page.subscribers,
  })
}

const columns = ['address', 'state', 'subscribed_at', 'suspended_at', 'bounce_score', 'reason']

function csvOf(one: SubscriberReport): string {
  const { address, state, subscribedAt, suspendedAt, bounceScore, reason } = one
  return csvLine([address, state, subscribedAt, suspendedAt ?? '', String(bounceScore), reason ?? ''])
}

/** RFC 4180: fields that need it in quotation marks, those inside doubled. Control characters have no place in a reason. */
function csvLine(fields: readonly string[]): string {
  const quoted = fields.map(field => {
    const text = withoutControls(field)
    return /[",;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  })
  return `${quoted.join(',')}\r\n`
}
