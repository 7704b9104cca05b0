/** lists list | show. */
import type { Command } from 'commander'
import { addressKey } from '../../lists/list-address.ts'
import type { Reader } from '../../store/questions.ts'
import { withReader } from '../database.ts'
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
      const lines = await withReader(options.config, reader =>
        reader.lists().map(stored => listLine(readList(stored), reader.subscriberCounts(stored.id))),
      )
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
      const status = await withReader(options.config, reader =>
        person === undefined
          ? showList(reader, address, options, terminal)
          : showSubscriber(reader, { list: address, person }, options, terminal),
      )
      finish(status)
    })
}

function showList(reader: Reader, address: string, options: ShowOptions, terminal: Terminal): 0 {
  const list = findList(reader, address)
  const report = listReport(list, reader.subscriberCounts(list.id))
  const failing = reader
    .failingSubscribers(list.id, options.limit)
    .map(one => subscriberReport(one, list, terminal.clock()))
  terminal.out(options.json ? jsonText({ ...report, failing }) : listText(report, failing))
  return 0
}

function showSubscriber(
  reader: Reader,
  asked: { readonly list: string; readonly person: string },
  options: JsonOption,
  terminal: Terminal,
): 0 | 1 {
  const list = findList(reader, asked.list)
  const person = addressArgument(asked.person)
  const found = reader.subscriber(list.id, addressKey(person))
  if (found === undefined) {
    terminal.note(`${person}: not subscribed to ${list.address}\n`)
    return 1
  }
  const report = subscriberReport(found, list, terminal.clock())
  terminal.out(options.json ? jsonText(report) : subscriberText(report))
  return 0
}
