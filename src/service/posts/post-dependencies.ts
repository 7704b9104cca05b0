/** What the path of a post is told of the relay. */
import type { Resolver } from '../../dns/resolver.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { unsubscribeUrl } from '../../lists/tokens.ts'
import type { Logger } from '../../log/log.ts'
import type { StoredDelivery } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { DkimDependencies } from '../dkim/dkim-dependencies.ts'
import { forwardDependencies } from '../forward/forward-dependencies.ts'
import type { SignDependencies } from '../forward/sign-copies.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import type { PathDependencies } from '../path-dependencies.ts'
import { keptUntil } from '../settings.ts'
import type { CopyDependencies } from './copies-of-post.ts'

export interface PostDependencies {
  readonly store: Pick<
    Store,
    | 'message'
    | 'openPosts'
    | 'claimWork'
    | 'postsOf'
    | 'postOctets'
    | 'revisePost'
    | 'planCopies'
    | 'endPost'
    | 'subscribers'
  >
  readonly log: Logger
  readonly resolver: Resolver
  /** Every copy gets its own link to unsubscribe. */
  readonly hasOwnLinks: boolean
  /** Unix milliseconds. */
  clock(): number
  /** undefined: it was deleted. */
  list(listId: number): MailingList | undefined
  /** What copies are made and signed with, as of now. */
  copyDependencies(): CopyDependencies & SignDependencies & DkimDependencies
  keepUntil(milliseconds: number): number
  /** Copies are in the store and can be attempted. */
  queue(copies: readonly StoredDelivery[]): void
  /** Resolves when no more than so many planned copies of a message still wait for their attempt, or when the relay stops. */
  atMost(queueId: string, copies: number): Promise<void>
  isStopping(): boolean
}

/** The link in a copy that ends the subscription it was sent for; none without an HTTP listener. */
function oneClickUrl({ config, tokenKeys, clock }: JudgingDependencies): CopyDependencies['unsubscribeUrl'] {
  const { http, lists } = config
  if (http === undefined) return () => undefined
  const expiresAtMilliseconds = clock() + lists.unsubscribeLinkSeconds * 1000
  return ({ address: listAddress }, { id, addressKey }) =>
    unsubscribeUrl(http.publicUrl, tokenKeys[0], { id, addressKey, listAddress, expiresAtMilliseconds })
}

/** What the copies of a post are made and signed with, at this moment. */
export function copyDependencies(
  dependencies: JudgingDependencies,
): CopyDependencies & SignDependencies & DkimDependencies {
  return { ...forwardDependencies(dependencies), unsubscribeUrl: oneClickUrl(dependencies) }
}

/** What the path of a post needs to know. */
export function postDependencies(
  dependencies: PathDependencies,
  path: Pick<PostDependencies, 'queue' | 'isStopping' | 'atMost'>,
) {
  const { store, log, resolver, clock, lists, config } = dependencies
  return {
    store,
    log,
    resolver,
    hasOwnLinks: config.http !== undefined,
    clock,
    list: (id: number) => lists.table.list(id),
    copyDependencies: () => copyDependencies(dependencies),
    keepUntil: (milliseconds: number) => keptUntil(config, milliseconds),
    ...path,
  }
}
