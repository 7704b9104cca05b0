/** Subscribers on the pages. */
import type { SubscriberDesk, SubscribersSearch } from '../../http/admin/subscriber-pages.ts'
import { adminPages } from '../../limits.ts'
import { addressKey } from '../../lists/list-address.ts'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import type { StoredList, Subscriber } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import type { PathDependencies } from '../path-dependencies.ts'

type SubscriberChange = Parameters<SubscriberDesk['changeSubscriber']>[1]

export function subscriberDesk({
  store,
  clock,
  log,
}: Pick<PathDependencies, 'store' | 'clock' | 'log'>): SubscriberDesk {
  return {
    async subscribers(address, search) {
      const list = await store.list(address)
      if (list === undefined) return undefined
      const [counts, found] = await Promise.all([
        store.subscriberCounts(list.id),
        findSubscribers(list.id, search, store),
      ])
      return { list: list.address, ...counts, ...found }
    },
    async changeSubscriber(address, change, by) {
      const list = await store.list(address)
      if (list === undefined) return 'There is no such list.'
      const problem = await changeSubscriber(list, change, { store, now: clock() })
      const { action, address: subscriber } = change
      log.info({ list: address, subscriber, action, by, problem }, 'a subscriber was changed on the pages')
      return problem
    },
  }
}

/** A text is looked for in so many addresses at most, and the next page goes on from there. */
async function findSubscribers(
  listId: number,
  { text, state, after }: SubscribersSearch,
  store: Pick<Store, 'subscribers'>,
): Promise<{ found: Subscriber[]; more?: number }> {
  const wanted = text.toLowerCase()
  const found: Subscriber[] = []
  let last = after
  for (let seen = 0; seen < adminPages.searched; seen += adminPages.rows) {
    const query = { listId, limit: adminPages.rows, after: last, ...(state !== '' && { state }) }
    const page = await store.subscribers(query)
    for (const one of page) {
      if (found.length === adminPages.rows) return { found, more: last }
      last = one.id
      if (one.addressKey.includes(wanted) || one.address.toLowerCase().includes(wanted)) found.push(one)
    }
    if (page.length < adminPages.rows) return { found }
  }
  return { found, more: last }
}

/** @returns why nothing was done; undefined: it is done */
async function changeSubscriber(
  list: StoredList,
  { action, address }: SubscriberChange,
  { store, now }: { readonly store: Pick<Store, 'together'>; readonly now: number },
): Promise<string | undefined> {
  const keys = [addressKey(address)]
  switch (action) {
    case 'subscribe': {
      const problem = subscriberProblem(address, list.address)
      if (problem !== undefined) return `${address}: expected ${problem}.`
      const [answer] = await store.together([['subscribe', list.id, [newSubscriber(address)], now]])
      return answer?.added === 1 ? undefined : `${address} was subscribed before.`
    }
    case 'unsubscribe': {
      const [removed] = await store.together([['unsubscribe', list.id, keys]])
      return removed === 1 ? undefined : `${address} is not subscribed any more.`
    }
    case 'resume': {
      const [resumed] = await store.together([['resumeSubscribers', list.id, keys]])
      return resumed === 1 ? undefined : `${address} is not suspended any more.`
    }
    case 'suspend': {
      const suspension = { at: now, by: 'operator', reason: 'suspended on the pages' } as const
      const [suspended] = await store.together([['suspendSubscribers', list.id, keys, suspension]])
      return suspended === 1 ? undefined : `${address} gets no posts as it is.`
    }
  }
}
