/**
 * What the page of a subscriber does: delivery is paused and resumed, and the address changed once the new one has confirmed. Who has
 * the link has read mail of the subscriber; a new address must prove itself, and the one before hears of it.
 */
import { RateMeter } from '../../bounded/rate-meter.ts'
import type {
  ChangeAnswer,
  SubscriberDesk,
  SubscriberWish,
  SubscriptionAnswer,
  SubscriptionSubject,
} from '../../http/subscriber-desk.ts'
import { addressChanges } from '../../limits.ts'
import { isTokenOf } from '../../lists/address-token.ts'
import { addressKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import * as notices from '../../lists/notices.ts'
import { newSubscriber, subscriberProblem } from '../../lists/subscriber-address.ts'
import { isGenuineToken, makeToken, readToken, unsubscribeUrl } from '../../lists/tokens.ts'
import { oneLine } from '../../message/printable.ts'
import type { Subscriber } from '../../store/list-records.ts'
import { carryOut } from './list-desk.ts'
import type { LinkDependencies } from './list-links.ts'
import { besideThisPage } from './list-links.ts'

const dayMilliseconds = 86_400_000

/** A subscription that a token is good for. */
interface Found {
  readonly kind: 'found'
  readonly subscriber: Subscriber
  readonly list: MailingList
}

type NotFound = { readonly kind: 'gone' } | { readonly kind: 'expired' }

/** @param isCarriable whether a signature can name an address */
export function subscriberDesk(
  dependencies: LinkDependencies,
  isCarriable: (address: string) => boolean,
): SubscriberDesk {
  const rate = { most: addressChanges.mostPerDay, periodMilliseconds: dayMilliseconds }
  const asked = new RateMeter(rate, addressChanges.remembered)
  const look = async (token: string) => shown(await find(token, dependencies), dependencies)
  return {
    look,
    async carryOut(token, wish) {
      const found = await find(token, dependencies)
      if (found.kind !== 'found') return found
      if (wish.do === 'change')
        return askNewAddress(found, wish.address, { asked, isCarriable }, dependencies)
      await pauseOrResume(found, wish, dependencies)
      return look(token)
    },
    async lookAtChange(token, address) {
      const found = await findChange(token, address, dependencies)
      return found.kind === 'found' ? changed(found, address) : found
    },
    confirmChange: (token, address) => confirmChange(token, address, dependencies),
  }
}

async function find(text: string, dependencies: LinkDependencies): Promise<Found | NotFound> {
  const token = readToken(text)
  if (token?.kind !== 'manage') return { kind: 'gone' }
  const subscriber = await dependencies.store.subscriberById(token.id)
  const list = subscriber && dependencies.lists().list(subscriber.listId)
  const isGenuine = isTokenOf(dependencies.tokenKeys, token, list?.address ?? '', subscriber)
  if (!isGenuine || subscriber === undefined || list === undefined) return { kind: 'gone' }
  if (dependencies.clock() > token.expiresAtMilliseconds) return { kind: 'expired' }
  return { kind: 'found', subscriber, list }
}

function shown(found: Found | NotFound, dependencies: LinkDependencies): SubscriptionAnswer {
  return found.kind === 'found' ? { kind: 'good', subject: subjectOf(found, dependencies) } : found
}

function subjectOf(
  { subscriber, list }: Found,
  { tokenKeys, clock, ownPageMilliseconds }: LinkDependencies,
): SubscriptionSubject {
  const { id, address, addressKey } = subscriber
  const expiresAtMilliseconds = clock() + ownPageMilliseconds
  const leaving = { id, addressKey, listAddress: list.address, expiresAtMilliseconds }
  return {
    ...namesOf(list),
    address,
    state: stateOf(subscriber),
    leaveUrl: unsubscribeUrl(besideThisPage, tokenKeys[0], leaving),
    mayChange: mayChange(list),
  }
}

function namesOf({ settings, address }: MailingList) {
  const { language, title } = settings
  return { listTitle: oneLine(title) || address, listAddress: address, language }
}

function stateOf({ state, suspendedBy }: Subscriber): SubscriptionSubject['state'] {
  if (state === 'active') return 'active'
  if (suspendedBy === 'subscriber') return 'paused'
  return suspendedBy === 'bounces' ? 'failing' : 'stopped'
}

/** Where owners decide who is subscribed, they decide about a new address too. */
function mayChange({ settings }: MailingList): boolean {
  return settings.subscription === 'open'
}

async function pauseOrResume(
  { subscriber, list }: Found,
  wish: Extract<SubscriberWish, { do: 'pause' | 'resume' }>,
  { store, clock, log }: LinkDependencies,
): Promise<void> {
  const keys = [subscriber.addressKey]
  const state = stateOf(subscriber)
  // What an owner has stopped only owners resume.
  if (state === 'stopped') return
  if (wish.do === 'resume') await store.resumeSubscribers(list.id, keys)
  else {
    const suspension = { at: clock(), by: 'subscriber', reason: 'paused on the own page' } as const
    await store.suspendSubscribers(list.id, keys, suspension)
  }
  log.info(
    { list: list.address, subscriber: subscriber.id, wish: wish.do },
    'subscription changed by its page',
  )
}

interface AskingForAddress {
  /** How often, by subscriber and by new address. */
  readonly asked: RateMeter
  isCarriable(address: string): boolean
}

async function askNewAddress(
  found: Found,
  address: string,
  { asked, isCarriable }: AskingForAddress,
  dependencies: LinkDependencies,
): Promise<SubscriptionAnswer> {
  const { subscriber, list } = found
  const subject = subjectOf(found, dependencies)
  const isFit = subscriberProblem(address, list.address) === undefined && isCarriable(address)
  if (!mayChange(list) || !isFit) return { kind: 'good', subject, said: 'bad-address' }
  const now = dependencies.clock()
  const counted = [`subscriber ${subscriber.id}`, `address ${addressKey(address)}`]
  if (counted.some(key => asked.wait(key, now) > 0)) return { kind: 'good', subject, said: 'too-often' }
  for (const key of counted) asked.add(key, now)
  const untilMilliseconds = now + dependencies.confirmMilliseconds
  const claim = { kind: 'change', id: subscriber.id, expiresAtMilliseconds: untilMilliseconds } as const
  const boundTo = [list.address, subscriber.addressKey, address]
  const token = makeToken(dependencies.tokenKeys[0], claim, boundTo)
  const url = `${dependencies.publicUrl ?? ''}/change/${token}?to=${encodeURIComponent(address)}`
  await dependencies.sendNotice(notices.newAddressNotice({ list, to: address }, url, untilMilliseconds))
  return { kind: 'good', subject, said: 'sent' }
}

/** The token is bound to the address before and to the new one: it is good once, and for nothing else. */
async function findChange(
  text: string,
  address: string,
  dependencies: LinkDependencies,
): Promise<Found | NotFound> {
  const token = readToken(text)
  if (token?.kind !== 'change') return { kind: 'gone' }
  const subscriber = await dependencies.store.subscriberById(token.id)
  const list = subscriber && dependencies.lists().list(subscriber.listId)
  const boundTo = [list?.address ?? '', subscriber?.addressKey ?? '', address]
  const isGenuine = isGenuineToken(dependencies.tokenKeys, token, boundTo)
  if (!isGenuine || subscriber === undefined || list === undefined || !mayChange(list))
    return { kind: 'gone' }
  if (dependencies.clock() > token.expiresAtMilliseconds) return { kind: 'expired' }
  return { kind: 'found', subscriber, list }
}

async function confirmChange(
  token: string,
  address: string,
  dependencies: LinkDependencies,
): Promise<ChangeAnswer> {
  const found = await findChange(token, address, dependencies)
  if (found.kind !== 'found') return found
  const { subscriber, list } = found
  const { id: subscriberId, addressKey: from } = subscriber
  const order = { changeAddress: { subscriberId, listId: list.id, from, to: newSubscriber(address) } }
  const notice = notices.addressChangedNotice({ list, to: subscriber.address })
  if (!(await carryOut(order, notice, {}, dependencies))) return { kind: 'gone' }
  dependencies.log.info({ list: list.address, subscriber: subscriberId }, 'address of a subscriber changed')
  return changed(found, address)
}

function changed({ list }: Found, address: string): ChangeAnswer {
  return { kind: 'good', subject: { ...namesOf(list), address } }
}
