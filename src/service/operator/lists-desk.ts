/** Mailing lists and their settings. */
import { isoTime } from '../../hoplog/record.ts'
import type { MailingList } from '../../lists/list-table.ts'
import type { ListSettings } from '../../lists/settings.ts'
import type { Answer, Asked, Performers } from '../../operator/operations.ts'
import { OperationFailed } from '../../operator/problems.ts'
import type { SubscriberCounts } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import { StoreError } from '../../store/store-error.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { findList, newListAddress, readList } from './find-list.ts'
import { assignSettings, givenSettings, patchSettings } from './list-settings.ts'
import { subscriberReport } from './subscribers-desk.ts'

type ListsDesk = Pick<Performers, 'lists' | 'showList' | 'createList' | 'changeList' | 'deleteList'>
type Dependencies = Pick<DeskDependencies, 'store' | 'config' | 'clock' | 'changed'>

export function listsDesk(dependencies: Dependencies): ListsDesk {
  const { store, clock } = dependencies
  return {
    lists: async asked => linesOf(await store('read'), asked),
    async showList({ list: address, limit }) {
      const from = await store('read')
      const list = await findList(from, address)
      const failing = await from.failingSubscribers(list.id, limit)
      return {
        ...reportOf(list, await from.subscriberCounts(list.id)),
        failing: failing.map(one => subscriberReport(one, list, clock())),
      }
    },
    createList: asked => create(asked, dependencies),
    changeList: asked => change(asked, dependencies),
    deleteList: asked => remove(asked, dependencies),
  }
}

async function linesOf(
  store: Pick<Store, 'lists' | 'subscriberCounts'>,
  { limit, after }: Asked<'lists'>,
): Promise<Answer<'lists'>> {
  const all = (await store.lists()).filter(({ address }) => after === undefined || address > after)
  const page = all.slice(0, limit)
  const lists = await Promise.all(
    page.map(async list => lineOf(readList(list), await store.subscriberCounts(list.id))),
  )
  return { lists, next: all.length > limit ? (page.at(-1)?.address ?? null) : null }
}

function lineOf({ address, settings, createdAt }: MailingList, subscribers: SubscriberCounts) {
  return { address, title: settings.title, createdAt: isoTime(createdAt), subscribers }
}

function reportOf(list: MailingList, subscribers: SubscriberCounts) {
  return { ...lineOf(list, subscribers), settings: { ...list.settings } }
}

async function create(
  { address: text, settings: given }: Asked<'createList'>,
  { store, config, clock, changed }: Dependencies,
): Promise<Answer<'createList'>> {
  const settings = givenSettings(given)
  const to = await store('change')
  const address = await newListAddress(text, await config(), to)
  await to.createList({ address, settings, createdAt: clock() }).catch((error: unknown) => {
    if (!(error instanceof StoreError) || error.code !== 'conflict') throw error
    throw new OperationFailed(`${address}: there is a list of this address already`, { cause: error })
  })
  changed()
  return { address, settings: { ...settings } }
}

/** How often settings are read and changed again because another change came in between. */
const maxChangeAttempts = 10

/** Two people who change different settings at the same time both get theirs. */
async function change(
  asked: Asked<'changeList'>,
  { store, changed }: Dependencies,
): Promise<Answer<'changeList'>> {
  const to = await store('change')
  for (let attempt = 0; attempt < maxChangeAttempts; attempt++) {
    const version = await to.listsVersion()
    const list = await findList(to, asked.list)
    const settings = settingsAfter(list.settings, asked)
    if (await to.changeList(list.id, settings, version)) {
      changed()
      return reportOf({ ...list, settings }, await to.subscriberCounts(list.id))
    }
  }
  throw new OperationFailed(`${asked.list}: lists are changed all the time by somebody else; try again`)
}

function settingsAfter(before: ListSettings, { settings, set = [] }: Asked<'changeList'>): ListSettings {
  return assignSettings(settings === undefined ? before : patchSettings(before, settings), set)
}

/** Subscribers that are removed in one transaction before their list is: a relay beside it has to wait for each. */
const removedAtOnce = 5_000

async function remove(
  { list: address }: Asked<'deleteList'>,
  { store, changed }: Dependencies,
): Promise<Answer<'deleteList'>> {
  const to = await store('change')
  const list = await findList(to, address)
  const { active, suspended } = await to.subscriberCounts(list.id)
  while ((await to.removeSubscribers(list.id, removedAtOnce)) === removedAtOnce);
  await to.deleteList(list.id)
  changed()
  return { address: list.address, subscribers: active + suspended }
}
