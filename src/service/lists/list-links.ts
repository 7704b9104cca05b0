/** What links in mail do: they look up what their token names, and act only for a token that was made for exactly that. */
import type { LinkAnswer, LinkDesk } from '../../http/app.ts'
import type { LinkSubject } from '../../http/list-pages.ts'
import { isTokenOf } from '../../lists/address-token.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import { readToken } from '../../lists/tokens.ts'
import type { Logger } from '../../log/log.ts'
import { oneLine } from '../../message/printable.ts'
import type { ListRequest } from '../../store/list-request-records.ts'
import type { Store } from '../../store/store.ts'
import type { ListDesk } from './list-desk.ts'
import { confirmRequest, ownPageUrl } from './list-desk.ts'

export interface LinkDependencies extends ListDesk {
  readonly store: ListDesk['store'] &
    Pick<
      Store,
      | 'subscriberById'
      | 'hasLeft'
      | 'removeSubscriber'
      | 'listRequest'
      | 'suspendSubscribers'
      | 'resumeSubscribers'
    >
  readonly log: Logger
  lists(): ListTable
}

/** What a token leads to: the answer, and how to act on it. */
interface Link {
  readonly answer: LinkAnswer
  readonly act?: () => Promise<boolean>
  /** The answer to who acts, where that is another one. */
  readonly done?: LinkAnswer
  /** The answer where somebody else was faster. */
  readonly failed?: LinkAnswer
}

const gone: Link = { answer: { kind: 'gone' } }
const left: LinkAnswer = { kind: 'done' }

/** Where other pages are, seen from one with a token: the same way through a proxy and without one. */
export const besideThisPage = '..'

/** The link in a post that ends the subscription (RFC 8058). */
export function unsubscribeLinks(dependencies: LinkDependencies): LinkDesk {
  return linkDesk(token => unsubscribeLink(token, dependencies))
}

/** The link that confirms a request. */
export function confirmLinks(dependencies: LinkDependencies): LinkDesk {
  return linkDesk(token => confirmLink(token, dependencies))
}

function linkDesk(open: (token: string) => Promise<Link>): LinkDesk {
  return {
    look: async token => (await open(token)).answer,
    async act(token) {
      const link = await open(token)
      if (link.act === undefined || (await link.act())) return link.done ?? link.answer
      return link.failed ?? gone.answer
    },
  }
}

async function unsubscribeLink(text: string, dependencies: LinkDependencies): Promise<Link> {
  const token = readToken(text)
  if (token?.kind !== 'unsubscribe') return gone
  const subscriber = await dependencies.store.subscriberById(token.id)
  const list = subscriber && dependencies.lists().list(subscriber.listId)
  const isGenuine = isTokenOf(dependencies.tokenKeys, token, list?.address ?? '', subscriber)
  // The address that would prove the token is forgotten; to end what has ended needs no proof. Opening it shows no more than before.
  if (subscriber === undefined && (await dependencies.store.hasLeft(token.id))) return { ...gone, done: left }
  if (!isGenuine || subscriber === undefined || list === undefined) return gone
  if (dependencies.clock() > token.expiresAtMilliseconds) return { answer: { kind: 'expired' } }
  const { id, listId, address } = subscriber
  return {
    answer: {
      kind: 'good',
      subject: {
        ...subjectOf('unsubscribe', list, address),
        ownPage: ownPageUrl(list, subscriber, { ...dependencies, publicUrl: besideThisPage }),
      },
    },
    async act() {
      const isDone = await dependencies.store.removeSubscriber(listId, id)
      if (isDone)
        dependencies.log.info({ list: list.address, subscriber: id }, 'unsubscribed by the link in a post')
      return isDone
    },
    failed: left,
  }
}

async function confirmLink(text: string, dependencies: LinkDependencies): Promise<Link> {
  const token = readToken(text)
  if (token?.kind !== 'confirm') return gone
  const request = await dependencies.store.listRequest(token.id)
  const list = request && dependencies.lists().list(request.listId)
  const isGenuine = isTokenOf(dependencies.tokenKeys, token, list?.address ?? '', request)
  if (!isGenuine || request === undefined || list === undefined) return gone
  if (request.state !== 'confirming' || isClosed(request, list)) return gone
  if (dependencies.clock() > Math.min(token.expiresAtMilliseconds, request.expiresAt))
    return { answer: { kind: 'expired' } }
  return {
    answer: { kind: 'good', subject: subjectOf(whatOf(request), list, request.address) },
    act: () => confirmRequest(request, list, {}, dependencies),
  }
}

/** The list takes no subscriptions any more. */
function isClosed(request: ListRequest, list: MailingList): boolean {
  return request.kind === 'subscribe' && list.settings.subscription === 'closed'
}

function whatOf({ kind }: ListRequest): LinkSubject['what'] {
  return kind === 'unsubscribe' ? 'unsubscribe' : 'subscribe'
}

function subjectOf(what: LinkSubject['what'], list: MailingList, address: string): LinkSubject {
  return {
    what,
    listTitle: oneLine(list.settings.title) || list.address,
    listAddress: list.address,
    language: list.settings.language,
    address,
    waitsForOwner: list.settings.subscription === 'approval',
  }
}
