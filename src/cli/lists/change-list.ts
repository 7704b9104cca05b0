/** lists create | set | delete. */
import type { Command } from 'commander'
import { assignSettings } from '../../service/operator/list-settings.ts'
import type { DeskOptions } from '../desk/desk-options.ts'
import { withDesk } from '../desk/desk-options.ts'
import { useDesk } from '../desk/use-desk.ts'
import type { JsonOption } from '../options.ts'
import { collect, collectAddress, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'

interface CreateOptions extends DeskOptions, JsonOption {
  readonly owner?: readonly string[]
  readonly title?: string
  readonly set?: readonly string[]
}

/** Adds `lists create`. */
export function addCreate(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('create')))
    .description('make a list; its domain is one of the configuration')
    .argument('<list>', 'its address, such as news@lists.example')
    .option('--owner <address>', 'who answers for it; may be given several times', collectAddress)
    .option('--title <text>', 'what people call it')
    .option('--set <name=value>', 'a setting, as in lists set; may be given several times', collect)
    .action(async (text: string, options: CreateOptions) => {
      if (options.owner === undefined)
        throw new UsageError('lists create: expected --owner ADDRESS: somebody has to answer for the list')
      const { owner: owners, title, set = [] } = options
      const settings = { ...assignSettings({ owners, ...(title === undefined ? {} : { title }) }, set) }
      const made = await useDesk(options, terminal, desk =>
        desk.ask('createList', { address: text, settings }),
      )
      terminal.out(
        options.json ? jsonText(made) : `${made.address} is made; posts are taken within a second.\n`,
      )
      finish(0)
    })
}

/** Adds `lists set`. */
export function addSet(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('set')))
    .description(
      "change settings of a list: subjectTag=[news], footer.text='...', owners=a@x.example,b@x.example",
    )
    .argument('<list>')
    .argument('<name=value...>', 'nothing behind the = takes the default back')
    .action(async (list: string, set: string[], options: DeskOptions & JsonOption) => {
      const report = await useDesk(options, terminal, desk => desk.ask('changeList', { list, set }))
      terminal.out(options.json ? jsonText(report) : `${report.address} has its new settings.\n`)
      finish(0)
    })
}

interface DeleteOptions extends DeskOptions, JsonOption {
  readonly yes?: true
}

/** Adds `lists delete`. */
export function addDelete(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withDesk(lists.command('delete')))
    .description('remove a list with all its subscribers; export them before')
    .argument('<list>')
    .option('--yes', 'really do it')
    .action(async (list: string, options: DeleteOptions) => {
      const removed = await useDesk(options, terminal, async desk => {
        if (options.yes === true) return desk.ask('deleteList', { list })
        const { address, subscribers } = await desk.ask('showList', { list, limit: 1 })
        const all = subscribers.active + subscribers.suspended
        throw new UsageError(`${address} with ${all} subscribers would be removed; --yes does it`)
      })
      const text = `${removed.address} is removed, and its ${removed.subscribers} subscribers.\n`
      terminal.out(options.json ? jsonText(removed) : text)
      finish(0)
    })
}
