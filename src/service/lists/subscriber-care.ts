/**
 * What is done about subscribers whose mail fails, now and then: probes are sent and decided on, and owners are told what became
 * of whom, once a day and not once a failure.
 */

import { newsEveryMilliseconds, newsInOneNotice, probesAtOnce } from '../../limits.ts'
import type { Notice } from '../../lists/compose-notice.ts'
import { commandAddress } from '../../lists/list-address.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { newsNotice } from '../../lists/news-notice.ts'
import { probeNotice } from '../../lists/notices.ts'
import type { BounceScoreSettings } from '../../lists/settings.ts'
import type { Addressee } from '../../lists/standing.ts'
import { afterProbeArrived, afterProbeReturned, afterProbeSent, afterWaiting } from '../../lists/standing.ts'
import type { Logger } from '../../log/log.ts'
import type { StandingChange, Subscriber, UntoldNews } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import type { NoticeSettings } from '../send-notice.ts'
import { probeKind } from './count-failures.ts'

const hourMilliseconds = 3_600_000

export interface CareDependencies {
  readonly store: Pick<
    Store,
    'probesDue' | 'changeSubscriber' | 'delivery' | 'spoolProbe' | 'untoldNews' | 'listNews' | 'spoolNews'
  >
  readonly lists: ListTable
  readonly log: Logger
  clock(): number
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
}

/** Sends the probes that are due, decides on those whose time is over, and tells the owners. */
export async function careForSubscribers(dependencies: CareDependencies): Promise<void> {
  for (;;) {
    const due = await dependencies.store.probesDue(dependencies.clock(), probesAtOnce)
    for (const subscriber of due) await settleProbe(subscriber, dependencies)
    if (due.length < probesAtOnce) break
  }
  for (const untold of await dependencies.store.untoldNews()) await tellOwners(untold, dependencies)
}

async function settleProbe(subscriber: Subscriber, dependencies: CareDependencies): Promise<void> {
  const list = dependencies.lists.list(subscriber.listId)
  const isSuspended = subscriber.state === 'suspended' && subscriber.suspendedBy === 'bounces'
  if (list === undefined) {
    // Its settings cannot be read at the moment.
    await change(subscriber, afterWaiting(subscriber, dependencies.clock() + hourMilliseconds), dependencies)
  } else if (!isSuspended) {
    await change(subscriber, afterWaiting(subscriber, null), dependencies)
  } else if (subscriber.probeQueueId === null) {
    await sendProbe(subscriber, list, dependencies)
  } else {
    const settings = list.settings.bounceScore
    const decided = await afterProbe(subscriber, subscriber.probeQueueId, settings, dependencies)
    await change(subscriber, decided, dependencies)
    const { news } = decided
    if (news !== undefined)
      dependencies.log.warn({ list: list.address, subscriber: news.address }, `subscriber ${news.kind}`)
  }
}

async function change(
  { id: subscriberId }: Subscriber,
  changed: StandingChange,
  { store }: Pick<CareDependencies, 'store'>,
): Promise<void> {
  await store.changeSubscriber({ subscriberId, ...changed })
}

/** The time of a probe is over. */
export async function afterProbe(
  addressee: Addressee,
  probeQueueId: string,
  settings: BounceScoreSettings,
  { store, clock }: { readonly store: Pick<Store, 'delivery'>; clock(): number },
): Promise<StandingChange> {
  const now = clock()
  const probe = await store.delivery(probeQueueId, 0)
  // A host that is down for days has neither taken nor refused it.
  if (probe?.state === 'queued' || probe?.state === 'held')
    return afterWaiting(addressee, now + hourMilliseconds)
  if (probe?.state === 'delivered') return afterProbeArrived(addressee, now)
  return afterProbeReturned(addressee, probe?.reason ?? 'the probe is gone', settings, now)
}

async function sendProbe(
  subscriber: Subscriber,
  list: MailingList,
  dependencies: CareDependencies,
): Promise<void> {
  const notice = probeNotice({ list, to: subscriber.address }, subscriber)
  const queueId = await dependencies.sendNotice(notice, {
    reversePath: 'bounce-address',
    commit(message, deliveries) {
      const settings = list.settings.bounceScore
      const sent = afterProbeSent(subscriber, message.queueId, settings, dependencies.clock())
      const probes = deliveries.map(one => ({ ...one, kind: probeKind, subscriberId: subscriber.id }))
      return dependencies.store.spoolProbe({ subscriberId: subscriber.id, ...sent }, message, probes)
    },
  })
  if (queueId !== undefined)
    dependencies.log.info({ list: list.address, subscriber: subscriber.address, queueId }, 'probe')
}

async function tellOwners(
  { listId, count, toldAt }: UntoldNews,
  dependencies: CareDependencies,
): Promise<void> {
  const now = dependencies.clock()
  const list = dependencies.lists.list(listId)
  if (list === undefined || (toldAt !== null && now - toldAt < newsEveryMilliseconds)) return
  const news = await dependencies.store.listNews(listId, Math.max(count, 1))
  if (news.length === 0) return
  const notice = newsNotice({ list, to: commandAddress(list.address, 'owner') }, news, newsInOneNotice)
  await dependencies.sendNotice(notice, {
    commit: (message, deliveries) =>
      dependencies.store.spoolNews({ listId, news, at: now }, message, deliveries),
  })
  dependencies.log.info({ list: list.address, count: news.length }, 'owners told')
}
