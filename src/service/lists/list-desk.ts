/**
 * What becomes of requests to lists: each step is one transaction that moves the request, changes the subscribers and queues the
 * mail about it, so that it happens once, whoever asks twice and whenever this process dies. Commands by mail and pages come here.
 */
import type { KeyObject } from 'node:crypto'
import type { Notice } from '../../lists/compose-notice.ts'
import { commandAddress } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import type { NoticeOccasion } from '../../lists/notice-text.ts'
import * as notices from '../../lists/notices.ts'
import { subscriptionToDecideNotice } from '../../lists/owner-notices.ts'
import type { TokenKind } from '../../lists/tokens.ts'
import { makeToken } from '../../lists/tokens.ts'
import type { Subscriber } from '../../store/list-records.ts'
import type { ListOrder, ListRequest } from '../../store/list-request-records.ts'
import type { Store } from '../../store/store.ts'
import type { NoticeSettings } from '../send-notice.ts'

export interface ListDesk {
  readonly store: Pick<Store, 'carryOut' | 'subscriber'>
  readonly tokenKeys: readonly [KeyObject, ...KeyObject[]]
  readonly confirmMilliseconds: number
  readonly decideMilliseconds: number
  /** How long a link to the page of a subscriber is good. */
  readonly ownPageMilliseconds: number
  /** What links begin with; undefined where there are no pages. */
  readonly publicUrl: string | undefined
  clock(): number
  sendNotice(notice: Notice, settings?: NoticeSettings): Promise<string | undefined>
}

/** The message that a step follows from; none for a page. */
export interface Cause {
  readonly command?: NonNullable<ListOrder['command']>
  readonly messageId?: string | undefined
  /** Nobody is answered: a program asked. */
  readonly isSilent?: boolean
}

/** A request that has just come in. */
export async function beginRequest(
  request: ListRequest,
  list: MailingList,
  isVouched: boolean,
  cause: Cause,
  desk: ListDesk,
): Promise<boolean> {
  const subscriber = await desk.store.subscriber(list.id, request.addressKey)
  const occasion = occasionOf(list, request, cause)
  const end = { request: { id: request.id, from: 'asked', to: 'done' } } as const
  const ownPage = ownPageUrl(list, subscriber, desk)
  if (request.kind === 'help') return carryOut({ ...end }, notices.helpNotice(occasion, ownPage), cause, desk)
  if (request.kind === 'subscribe') {
    return subscriber?.state === 'active'
      ? carryOut({ ...end }, notices.alreadySubscribedNotice(occasion, ownPage), cause, desk)
      : askForConfirmation(request, list, cause, desk)
  }
  if (subscriber === undefined) {
    return carryOut({ ...end }, isVouched ? notices.notSubscribedNotice(occasion) : undefined, cause, desk)
  }
  if (!isVouched) return askForConfirmation(request, list, cause, desk)
  const unsubscribe = { listId: list.id, addressKey: request.addressKey }
  return carryOut({ ...end, unsubscribe }, notices.goodbyeNotice(occasion), cause, desk)
}

function askForConfirmation(
  request: ListRequest,
  list: MailingList,
  cause: Cause,
  desk: ListDesk,
): Promise<boolean> {
  const expiresAt = desk.clock() + desk.confirmMilliseconds
  const token = tokenFor('confirm', request, list, expiresAt, desk)
  const what = request.kind === 'unsubscribe' ? 'unsubscribe' : 'subscribe'
  const notice = notices.confirmationNotice(occasionOf(list, request, cause), what, {
    address: commandAddress(list.address, 'confirm', token),
    url: desk.publicUrl === undefined ? undefined : `${desk.publicUrl}/confirm/${token}`,
    untilMilliseconds: expiresAt,
  })
  const order = { request: { id: request.id, from: 'asked', to: 'confirming', expiresAt } } as const
  return carryOut(order, notice, cause, desk)
}

/** The address has confirmed. False: another request won, or the list takes no subscriptions any more. */
export function confirmRequest(
  request: ListRequest,
  list: MailingList,
  cause: Cause,
  desk: ListDesk,
): Promise<boolean> {
  const { id, addressKey } = request
  const occasion = occasionOf(list, request, cause)
  const done = { id, from: 'confirming', to: 'done' } as const
  if (request.kind === 'unsubscribe') {
    const unsubscribe = { listId: list.id, addressKey }
    return carryOut({ request: done, unsubscribe }, notices.goodbyeNotice(occasion), cause, desk)
  }
  if (list.settings.subscription === 'approval') return askOwners(request, list, cause, desk)
  if (list.settings.subscription === 'closed') {
    return carryOut({ request: { ...done, to: 'refused' } }, notices.deniedNotice(occasion), cause, desk)
  }
  const order = { request: done, subscribe: subscription(request, list, desk) }
  return carryOut(order, notices.welcomeNotice(occasion), cause, desk)
}

function askOwners(request: ListRequest, list: MailingList, cause: Cause, desk: ListDesk): Promise<boolean> {
  const expiresAt = desk.clock() + desk.decideMilliseconds
  const addressFor = (kind: TokenKind) =>
    commandAddress(list.address, 'moderate', tokenFor(kind, request, list, expiresAt, desk))
  const occasion = { list, to: commandAddress(list.address, 'owner') }
  const notice = subscriptionToDecideNotice(occasion, request.address, {
    admit: addressFor('admit'),
    deny: addressFor('deny'),
    untilMilliseconds: expiresAt,
  })
  const order = { request: { id: request.id, from: 'confirming', to: 'deciding', expiresAt } } as const
  return carryOut(order, notice, cause, desk)
}

/** An owner has decided about a subscription. */
export function decideSubscription(
  request: ListRequest,
  list: MailingList,
  isYes: boolean,
  cause: Cause,
  desk: ListDesk,
): Promise<boolean> {
  // What answers the owner's mail is a notice to somebody else.
  const occasion = { list, to: request.address }
  const move = { id: request.id, from: 'deciding' } as const
  if (!isYes)
    return carryOut({ request: { ...move, to: 'refused' } }, notices.deniedNotice(occasion), cause, desk)
  const subscribe = subscription(request, list, desk)
  return carryOut(
    { request: { ...move, to: 'done' }, subscribe },
    notices.welcomeNotice(occasion),
    cause,
    desk,
  )
}

function subscription(request: ListRequest, list: MailingList, desk: ListDesk) {
  const { address, addressKey } = request
  return { listId: list.id, subscriber: { address, addressKey }, at: desk.clock() }
}

function tokenFor(
  kind: TokenKind,
  request: ListRequest,
  list: MailingList,
  expiresAtMilliseconds: number,
  desk: ListDesk,
): string {
  const claim = { kind, id: request.id, expiresAtMilliseconds }
  return makeToken(desk.tokenKeys[0], claim, [list.address, request.addressKey])
}

function occasionOf(list: MailingList, request: ListRequest, cause: Cause): NoticeOccasion {
  return { list, to: request.address, inReplyTo: cause.messageId }
}

/** The page of a subscriber; undefined for who is none, and where there are no pages. */
export function ownPageUrl(
  list: MailingList,
  subscriber: Pick<Subscriber, 'id' | 'addressKey'> | undefined,
  { publicUrl, tokenKeys, ownPageMilliseconds, clock }: Omit<ListDesk, 'store'>,
): string | undefined {
  if (subscriber === undefined || publicUrl === undefined) return undefined
  const { id, addressKey } = subscriber
  const claim = { kind: 'manage', id, expiresAtMilliseconds: clock() + ownPageMilliseconds } as const
  return `${publicUrl}/subscriber/${makeToken(tokenKeys[0], claim, [list.address, addressKey])}`
}

/** Carries out an order together with the notice about it. False: it was not done. */
export async function carryOut(
  order: ListOrder,
  notice: Notice | undefined,
  cause: Cause,
  desk: ListDesk,
): Promise<boolean> {
  const whole = { ...order, ...(cause.command === undefined ? {} : { command: cause.command }) }
  if (notice === undefined || cause.isSilent === true) return (await desk.store.carryOut(whole)).isDone
  let isDone = false
  await desk.sendNotice(notice, {
    async commit(message, deliveries) {
      const answer = await desk.store.carryOut(whole, { message, deliveries })
      isDone = answer.isDone
      return answer.deliveries
    },
  })
  return isDone
}
