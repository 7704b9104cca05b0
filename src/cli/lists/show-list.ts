/** lists list | show. */
import type { Command } from 'commander'
import { addressKey } from '../../lists/list-address.ts'
import type { Store } from '../../store/store.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { addressArgument, positiveNumber, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import { findList, readList } from './find-list.ts'
import { listLine, listReport, listsText, listText, subscriberReport, subscriberText } from './lists-text.ts'

interface ShowOptions extends ConfigOption, JsonOption {
  readonly limit: number
}

/** Adds `lists list`. */
export function addList(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('list').description('list the lists'))).action(
    async (options: ConfigOption & JsonOption) => {
      const lines = await withStore(options.config, 'read', async store => {
        const lists = await store.lists()
        return Promise.all(
          lists.map(async list => listLine(readList(list), await store.subscriberCounts(list.id))),
        )
      })
      terminal.out(options.json ? jsonText(lines) : listsText(lines))
      finish(0)
    },
  )
}

/** Adds `lists show`. */
export function addShow(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('show')))
    .description('show the settings of a list and whose mail fails, or one subscriber')
    .argument('<list>')
    .argument('[address]')
    .option('--limit <number>', 'how many of those whose mail fails', positiveNumber, 50)
    .action(async (address: string, person: string | undefined, options: ShowOptions) => {
      const status = await withStore(options.config, 'read', store =>
        person === undefined
          ? showList(store, address, options, terminal)
          : showSubscriber(store, { list: address, person }, options, terminal),
      )
      finish(status)
    })
}

async function showList(store: Store, address: string, options: ShowOptions, terminal: Terminal): Promise<0> {
  const list = await findList(store, address)
  const report = listReport(list, await store.subscriberCounts(list.id))
  const subscribers = await store.failingSubscribers(list.id, options.limit)
  const failing = subscribers.map(one => subscriberReport(one, list, terminal.clock()))
  terminal.out(options.json ? jsonText({ ...report, failing }) : listText(report, failing))
  return 0
}

async function showSubscriber(
  store: Store,
  asked: { readonly list: string; readonly person: string },
  options: JsonOption,
  terminal: Terminal,
): Promise<0 | 1> {
  const list = await findList(store, asked.list)
  const person = addressArgument(asked.person)
  const found = await store.subscriber(list.id, addressKey(person))
  if (found === undefined) {
    terminal.note(`${person}: not subscribed to ${list.address}\n`)
    return 1
  }
  const report = subscriberReport(found, list, terminal.clock())
  terminal.out(options.json ? jsonText(report) : subscriberText(report))
  return 0
}
