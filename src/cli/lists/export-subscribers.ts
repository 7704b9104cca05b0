/** lists export: the subscribers as CSV, in the form that lists import reads. */

import type { Command } from 'commander'
import { Option } from 'commander'
import { withoutControls } from '../../message/printable.ts'
import type { Subscriber, SubscriberState } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { findList } from './find-list.ts'
import type { SubscriberReport } from './lists-text.ts'
import { subscriberReport } from './lists-text.ts'

/** Subscribers that are read at once. */
const pageSize = 1_000

interface ExportOptions extends ConfigOption, JsonOption {
  readonly state?: SubscriberState
}

/** Adds `lists export`. */
export function addExport(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('export')))
    .description('print the subscribers as CSV; with --json as one object a line')
    .argument('<list>')
    .addOption(new Option('--state <state>', 'only those').choices(['active', 'suspended']))
    .action(async (address: string, options: ExportOptions) => {
      await withStore(options.config, 'read', async store => {
        const list = await findList(store, address)
        if (options.json !== true) terminal.out(csvLine(columns))
        const now = terminal.clock()
        for await (const page of pages(store, list.id, options.state)) {
          const write = options.json ? (one: SubscriberReport) => `${JSON.stringify(one)}\n` : csvOf
          terminal.out(page.map(one => write(subscriberReport(one, list, now))).join(''))
        }
      })
      finish(0)
    })
}

async function* pages(store: Store, listId: number, state?: SubscriberState): AsyncGenerator<Subscriber[]> {
  for (let after = 0; ; ) {
    const query = { listId, after, limit: pageSize, ...(state === undefined ? {} : { state }) }
    const page = await store.subscribers(query)
    const last = page.at(-1)
    if (last === undefined) return
    yield page
    after = last.id
  }
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
