/** lists create | set | delete. */
import type { Command } from 'commander'
import type { ListSettings } from '../../lists/settings.ts'
import type { Store } from '../../store/store.ts'
import { StoreError } from '../../store/store-error.ts'
import { withStore } from '../database.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { collect, collectAddress, withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, OperationFailed, UsageError } from '../terminal.ts'
import { findList, newListAddress } from './find-list.ts'
import { listReport } from './lists-text.ts'
import { assignSettings } from './settings-arguments.ts'

/** Subscribers that are removed in one transaction before their list is: a relay beside it has to wait for each. */
const removedAtOnce = 5_000

/** How often settings are read and changed again because another change came in between. */
const maxChangeAttempts = 10

interface CreateOptions extends ConfigOption, JsonOption {
  readonly owner?: readonly string[]
  readonly title?: string
  readonly set?: readonly string[]
}

/** Adds `lists create`. */
export function addCreate(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('create')))
    .description('make a list; its domain is one of the configuration')
    .argument('<list>', 'its address, such as news@lists.example')
    .option('--owner <address>', 'who answers for it; may be given several times', collectAddress)
    .option('--title <text>', 'what people call it')
    .option('--set <name=value>', 'a setting, as in lists set; may be given several times', collect)
    .action(async (text: string, options: CreateOptions) => {
      if (options.owner === undefined)
        throw new UsageError('lists create: expected --owner ADDRESS: somebody has to answer for the list')
      const { owner: owners, title, set = [] } = options
      const settings = assignSettings({ owners, ...(title === undefined ? {} : { title }) }, set)
      const address = await withStore(options.config, 'change', async (store, config) => {
        const wanted = await newListAddress(text, config, store)
        await create(store, wanted, settings, terminal.clock())
        return wanted
      })
      const said = { address, settings }
      terminal.out(options.json ? jsonText(said) : `${address} is made; posts are taken within a second.\n`)
      finish(0)
    })
}

async function create(
  store: Store,
  address: string,
  settings: ListSettings,
  createdAt: number,
): Promise<void> {
  try {
    await store.createList({ address, settings, createdAt })
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'conflict') throw error
    throw new OperationFailed(`${address}: there is a list of this address already`, { cause: error })
  }
}

/** Adds `lists set`. */
export function addSet(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('set')))
    .description(
      "change settings of a list: subjectTag=[news], footer.text='...', owners=a@x.example,b@x.example",
    )
    .argument('<list>')
    .argument('<name=value...>', 'nothing behind the = takes the default back')
    .action(async (address: string, assignments: string[], options: ConfigOption & JsonOption) => {
      const report = await withStore(options.config, 'change', store => change(store, address, assignments))
      terminal.out(options.json ? jsonText(report) : `${report.address} has its new settings.\n`)
      finish(0)
    })
}

/** Two people who change different settings at the same time both get theirs. */
async function change(
  store: Store,
  address: string,
  assignments: readonly string[],
): Promise<ReturnType<typeof listReport>> {
  for (let attempt = 0; attempt < maxChangeAttempts; attempt++) {
    const version = await store.listsVersion()
    const list = await findList(store, address)
    const settings = assignSettings(list.settings, assignments)
    if (await store.changeList(list.id, settings, version)) {
      return listReport({ ...list, settings }, await store.subscriberCounts(list.id))
    }
  }
  throw new OperationFailed(`${address}: lists are changed all the time by somebody else; try again`)
}

interface DeleteOptions extends ConfigOption, JsonOption {
  readonly yes?: true
}

/** Adds `lists delete`. */
export function addDelete(lists: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(lists.command('delete')))
    .description('remove a list with all its subscribers; export them before')
    .argument('<list>')
    .option('--yes', 'really do it')
    .action(async (address: string, options: DeleteOptions) => {
      const removed = await withStore(options.config, 'change', async store => {
        const list = await findList(store, address)
        const { active, suspended } = await store.subscriberCounts(list.id)
        const subscribers = active + suspended
        if (options.yes !== true)
          throw new UsageError(
            `${list.address} with ${subscribers} subscribers would be removed; --yes does it`,
          )
        while ((await store.removeSubscribers(list.id, removedAtOnce)) === removedAtOnce);
        await store.deleteList(list.id)
        return { address: list.address, subscribers }
      })
      const text = `${removed.address} is removed, and its ${removed.subscribers} subscribers.\n`
      terminal.out(options.json ? jsonText(removed) : text)
      finish(0)
    })
}
