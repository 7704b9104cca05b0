/** The subscribers of lists. */
import { isoTime } from '../../hoplog/record.ts'
import { scoreAt } from '../../lists/bounce-score.ts'
import { addressKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import { printable } from '../../message/printable.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { PeopleAction } from '../../operator/list-operations.ts'
import type { Answer, Asked, Performers } from '../../operator/operations.ts'
import { NotThere, UsageError } from '../../operator/problems.ts'
import type { NewSubscriber, Subscriber } from '../../store/list-records.ts'
import type { OperatorAnswer, OperatorChange, Store } from '../../store/store.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { findList } from './find-list.ts'
import { nextOf, numberAfter } from './page-cursor.ts'
import { readSubscribers } from './subscriber-file.ts'

type SubscribersDesk = Pick<
  Performers,
  'listSubscribers' | 'showSubscriber' | 'changeSubscribers' | 'importSubscribers'
>
type Dependencies = Pick<DeskDependencies, 'store' | 'clock' | 'progress' | 'changed'>

export function subscribersDesk(dependencies: Dependencies): SubscribersDesk {
  const { store, clock } = dependencies
  return {
    async listSubscribers({ list: address, state, limit, after }) {
      const from = await store('read')
      const list = await findList(from, address)
      const page = await from.subscribers({
        listId: list.id,
        limit,
        ...(after !== undefined && { after: numberAfter(after) }),
        ...(state !== undefined && { state }),
      })
      return {
        subscribers: page.map(one => subscriberReport(one, list, clock())),
        next: nextOf(page, limit, last => String(last.id)),
      }
    },
    async showSubscriber({ list: address, subscriber }) {
      const from = await store('read')
      const list = await findList(from, address)
      const person = addressArgument(subscriber)
      const found = await from.subscriber(list.id, addressKey(person))
      if (found === undefined) throw new NotThere(`${printable(person)}: not subscribed to ${list.address}`)
      return subscriberReport(found, list, clock())
    },
    changeSubscribers: asked => change(asked, dependencies),
    importSubscribers: asked => importAll(asked, dependencies),
  }
}

/** `list` and `now` tell how much of the score is forgotten. */
export function subscriberReport(
  subscriber: Subscriber,
  list: MailingList,
  now: number,
): Answer<'showSubscriber'> {
  const { address, state, suspendedBy, reason, probes } = subscriber
  const bounceScore = scoreAt(subscriber, list.settings.bounceScore, now)
  return {
    address,
    state,
    subscribedAt: isoTime(subscriber.subscribedAt),
    suspendedAt: timeOrNull(subscriber.suspendedAt),
    suspendedBy,
    reason,
    bounceScore: Math.round(bounceScore * 100) / 100,
    bouncedAt: timeOrNull(subscriber.bouncedAt),
    probes,
    probeDueAt: timeOrNull(subscriber.probeDueAt),
  }
}

function timeOrNull(time: number | null): string | null {
  return time === null ? null : isoTime(time)
}

type PeopleChangeName = 'subscribe' | 'unsubscribe' | 'suspendSubscribers' | 'resumeSubscribers'
type PeopleChange = OperatorChange<PeopleChangeName>

/** Participle for those it was done to, and what is true of the others. */
const results: Readonly<Record<PeopleAction, { readonly done: string; readonly otherwise: string }>> = {
  subscribe: { done: 'subscribed', otherwise: 'subscribed before' },
  unsubscribe: { done: 'unsubscribed', otherwise: 'not subscribed' },
  suspend: { done: 'suspended', otherwise: 'not an active subscriber' },
  resume: { done: 'resumed', otherwise: 'not a suspended subscriber' },
}

/** All of them or none: a mistake in the third address must not leave two of them changed. */
async function change(
  asked: Asked<'changeSubscribers'>,
  { store, clock, changed }: Dependencies,
): Promise<Answer<'changeSubscribers'>> {
  const to = await store('change')
  const list = await findList(to, asked.list)
  const people = asked.addresses.map(addressArgument)
  if (asked.action === 'subscribe') refuseMistakes(people, list)
  const at = clock()
  const answers = await to.together(people.map(person => changeOf(asked, list, person, at)))
  changed()
  const { done, otherwise } = results[asked.action]
  return {
    results: people.map((address, index) => {
      const isOne = isDone(answers[index])
      return { address, done: isOne, result: isOne ? done : otherwise }
    }),
  }
}

/** @throws UsageError with a line for each that is wrong */
function refuseMistakes(people: readonly string[], list: MailingList): void {
  const mistakes = people.flatMap(person => {
    const problem = subscriberProblem(person, list.address)
    return problem === undefined ? [] : [`${person}: expected ${problem}`]
  })
  if (mistakes.length > 0) throw new UsageError(mistakes.map(printable).join('\n'))
}

function changeOf(
  { action, reason = 'suspended on the command line' }: Asked<'changeSubscribers'>,
  { id }: MailingList,
  person: string,
  at: number,
): PeopleChange {
  switch (action) {
    case 'subscribe':
      return ['subscribe', id, [newSubscriber(person)], at]
    case 'unsubscribe':
      return ['unsubscribe', id, [addressKey(person)]]
    case 'suspend':
      return ['suspendSubscribers', id, [addressKey(person)], { at, by: 'operator', reason }]
    case 'resume':
      return ['resumeSubscribers', id, [addressKey(person)]]
  }
}

/** Whether a change of one person has found something to change. */
function isDone(answer: OperatorAnswer<PeopleChangeName> | undefined): boolean {
  return (typeof answer === 'object' ? answer.added : answer) === 1
}

/** Subscribers in one transaction: a relay beside it waits a fraction of a second, not until the last one is in. */
const addedAtOnce = 5_000

async function importAll(
  asked: Asked<'importSubscribers'>,
  dependencies: Dependencies,
): Promise<Answer<'importSubscribers'>> {
  const { store, clock, progress, changed } = dependencies
  const to = await store('change')
  const list = await findList(to, asked.list)
  const { subscribers, ...read } = await readSubscribers(
    Buffer.from(asked.octets),
    list.address,
    clock(),
    lines => progress(`${lines} lines read`),
  )
  const isGood = read.bad.length === 0 || (asked.skipBad === true && read.isWhole)
  if (asked.dryRun === true || !isGood) {
    progress('')
    return { added: 0, present: 0, ...read, imported: false }
  }
  const added = await addAll(to, list.id, subscribers, dependencies)
  changed()
  return { added, present: subscribers.length - added, ...read, imported: true }
}

async function addAll(
  store: Pick<Store, 'subscribe'>,
  listId: number,
  subscribers: readonly NewSubscriber[],
  { clock, progress }: Dependencies,
): Promise<number> {
  let added = 0
  for (let at = 0; at < subscribers.length; at += addedAtOnce) {
    added += (await store.subscribe(listId, subscribers.slice(at, at + addedAtOnce), clock())).added
    progress(`${Math.min(at + addedAtOnce, subscribers.length)} of ${subscribers.length} subscribed`)
  }
  progress('')
  return added
}
