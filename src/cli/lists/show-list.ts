/** lists list | show. */
import type { Command } from 'commander'
import type { Answer, Desk } from '../../operator/operations.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { pagesOf } from '../desk/pages.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { positiveNumber, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText } from '../terminal.ts'
import { listsText, listText, subscriberText } from './lists-text.ts'

interface ShowOptions extends DeskOptions, JsonOption {
  readonly limit: number
}

/** Adds `lists list`. */
export function addList(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('list').description('list the lists'))).action(
    async (options: DeskOptions & JsonOption) => {
      const lines = await useDesk(options, terminal, allLists)
      terminal.out(options.json ? jsonText(lines) : listsText(lines))
      finish(0)
    },
  )
}

async function allLists(desk: Desk): Promise<Answer<'lists'>['lists']> {
  const lines: Answer<'lists'>['lists'][number][] = []
  const pages = pagesOf({
    ask: (limit, after) => desk.ask('lists', { limit, ...(after !== undefined && { after }) }),
    entries: page => page.lists,
  })
  for await (const page of pages) lines.push(...page.lists)
  return lines
}

/** Adds `lists show`. */
export function addShow(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('show')))
    .description('show the settings of a list and whose mail fails, or one subscriber')
    .argument('<list>')
    .argument('[address]')
    .option('--limit <number>', 'how many of those whose mail fails', positiveNumber, 50)
    .action(async (list: string, subscriber: string | undefined, options: ShowOptions) => {
      await useDesk(options, terminal, desk =>
        subscriber === undefined
          ? showList(desk, list, options, terminal)
          : showSubscriber(desk, { list, subscriber }, options, terminal),
      )
      finish(0)
    })
}

async function showList(
  desk: Desk,
  list: string,
  { limit, json }: ShowOptions,
  terminal: Terminal,
): Promise<void> {
  const { failing, ...report } = await desk.ask('showList', { list, limit })
  terminal.out(json ? jsonText({ ...report, failing }) : listText(report, failing))
}

async function showSubscriber(
  desk: Desk,
  asked: { readonly list: string; readonly subscriber: string },
  { json }: JsonOption,
  terminal: Terminal,
): Promise<void> {
  const report = await desk.ask('showSubscriber', asked)
  terminal.out(json ? jsonText(report) : subscriberText(report))
}
