/** The part of the store that posts are carried out with, in memory, and all else that their path needs. It can end in the middle. */
import { zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { aliasDirectory } from '../../../../src/expand/alias-directory.ts'
import type { MailingList } from '../../../../src/lists/list-table.ts'
import type { PostDependencies } from '../../../../src/service/posts/post-dependencies.ts'
import type { Subscriber } from '../../../../src/store/list-records.ts'
import type { StoredPost } from '../../../../src/store/post-records.ts'
import type { NewDelivery, StoredDelivery, StoredMessageWithOctets } from '../../../../src/store/records.ts'
import { noDkim } from '../../../support/no-dkim.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'
import { newList } from '../../lists/support.ts'

export const list = newList(7, 'news@lists.example', { title: 'News', fromRewrite: 'never' })
export const octets = Buffer.from(
  'From: jane@origin.example\r\nTo: news@lists.example\r\nMessage-ID: <1@origin.example>\r\nSubject: x\r\n\r\nHello\r\n',
)

/** The process has ended. */
export class Ended extends Error {}

export function subscriber(id: number, changes: Partial<Subscriber> = {}): Subscriber {
  const address = changes.address ?? `s${id}@far.example`
  return {
    id,
    listId: list.id,
    address,
    addressKey: address.toLowerCase(),
    state: 'active',
    subscribedAt: 1,
    suspendedAt: null,
    suspendedBy: null,
    reason: null,
    bounceScore: 0,
    bouncedAt: null,
    probes: 0,
    probeDueAt: null,
    probeQueueId: null,
    ...changes,
  }
}

export function storedPost(id: number, changes: Partial<StoredPost> = {}): StoredPost {
  return {
    id,
    queueId: 'Q1',
    listId: list.id,
    listAddress: list.address,
    recipient: list.address,
    state: 'accepted',
    reason: null,
    createdAt: 1,
    finishedAt: null,
    revision: null,
    cursor: 0,
    until: 0,
    copies: 0,
    ownerToldAt: null,
    nextOrdinal: 0,
    ...changes,
  }
}

function storedMessage(queueId: string): StoredMessageWithOctets {
  return {
    queueId,
    receivedAt: 1,
    record: { kind: 'forward', admission },
    state: 'forwarded',
    reason: null,
    listener: 'mx',
    peer: null,
    envelope: { reversePath: 'jane@origin.example', forwardPaths: [list.address], smtpUtf8: false },
    prepend: Buffer.alloc(0),
    removed: [],
    sizeBytes: octets.length,
    reportsOn: null,
    keepUntil: null,
    delayDsn: 'none',
    octets,
  }
}

export class FakePosts {
  readonly posts = new Map<number, StoredPost>()
  readonly messages = new Map<string, StoredMessageWithOctets>([['Q1', storedMessage('Q1')]])
  readonly lists = new Map<number, MailingList>([[list.id, list]])
  subscribers: Subscriber[] = []
  readonly deliveries: StoredDelivery[] = []
  readonly log = new RecordingLog()
  /** What was put into the queue, page by page. */
  readonly queued: StoredDelivery[][] = []
  /** What was waited for between the pages. */
  readonly waited: (readonly [string, number])[] = []
  /** Changes until the process ends, before and after which it does. */
  endsBefore: number | undefined
  endsAfter: number | undefined
  changes = 0
  isStopping = false
  atMost: () => Promise<void> = async () => {}
  readonly #octets = new Map<number, Buffer>()

  constructor(posts: readonly StoredPost[] = [storedPost(1)], subscribers: readonly Subscriber[] = []) {
    for (const post of posts) this.posts.set(post.id, post)
    this.subscribers = [...subscribers]
  }

  add(queueId: string): void {
    this.messages.set(queueId, storedMessage(queueId))
  }

  /** Forward-paths of the copies, in the order of their ordinals. */
  get copies(): string[] {
    return this.deliveries.toSorted((a, b) => a.ordinal - b.ordinal).map(({ forwardPath }) => forwardPath)
  }

  readonly dependencies = (changes: Partial<PostDependencies> = {}): PostDependencies => ({
    store: this.#store,
    log: this.log,
    resolver: zoneResolver({}),
    hasOwnLinks: false,
    clock: () => 5_000,
    list: id => this.lists.get(id),
    copyDependencies: () => ({
      aliases: aliasDirectory({ 'lists.example': { team: ['a@x.example', 'b@x.example'] } }),
      expandBounds: { maxDepth: 10, maxTargets: 100 },
      listAt: () => undefined,
      defaultDomain: 'lists.example',
      bounceAddress: (queueId, ordinal, domain) => `b+${queueId}-${ordinal}@${domain}`,
      isCarriable: () => true,
      isSuspended: () => false,
      ...noDkim,
      unsubscribeUrl: () => undefined,
      signers: () => [],
      profileFor: () => 'mailversion',
      revisionFor: () => '09',
      nowMilliseconds: 5_000,
      firstRetryAt: 65_000,
      expiresAt: 1_000_000,
    }),
    keepUntil: milliseconds => milliseconds + 500,
    queue: copies => void this.queued.push([...copies]),
    atMost: async (queueId, copies) => {
      this.waited.push([queueId, copies])
      await this.atMost()
    },
    isStopping: () => this.isStopping,
    ...changes,
  })

  readonly #store: PostDependencies['store'] = {
    message: async queueId => this.messages.get(queueId),
    openPosts: async ({ limit, after = 0 }) =>
      [...this.posts.values()].filter(post => isOpen(post) && post.id > after).slice(0, limit),
    claimWork: async (_, queueIds) => [...queueIds],
    postsOf: async queueId =>
      [...this.posts.values()]
        .filter(post => post.queueId === queueId)
        .map(post => ({ ...post, nextOrdinal: this.#ordinals(queueId) })),
    postOctets: async id => this.#octets.get(id),
    revisePost: async ({ postId, revision, octets: revised, reason }) =>
      this.#change(postId, post => {
        if (post.state !== 'accepted') return undefined
        this.#octets.set(postId, revised)
        const until = Math.max(0, ...this.subscribers.map(({ id }) => id))
        return {
          ...post,
          state: 'expanding',
          revision,
          reason,
          until,
          nextOrdinal: this.#ordinals(post.queueId),
        }
      }),
    planCopies: async (page, deliveries) => {
      let planned: StoredDelivery[] | undefined
      this.#change(page.postId, post => {
        if (post.state !== 'expanding' || post.cursor !== page.after) return undefined
        planned = deliveries.map(one => this.#stored(page.queueId, one))
        this.deliveries.push(...planned)
        const copies = post.copies + deliveries.length
        return { ...post, cursor: page.cursor, copies, state: page.isLast ? 'done' : 'expanding' }
      })
      return planned
    },
    endPost: async (postId, { state, reason, at }) =>
      this.#change(postId, post =>
        isOpen(post) ? { ...post, state, reason, finishedAt: at } : undefined,
      ) !== undefined,
    subscribers: async ({ listId, state, after = 0, limit }) =>
      this.subscribers
        .filter(one => one.listId === listId && one.id > after && (state ?? one.state) === one.state)
        .slice(0, limit),
  }

  #ordinals(queueId: string): number {
    return this.deliveries.filter(one => one.queueId === queueId).length
  }

  #stored(queueId: string, delivery: NewDelivery): StoredDelivery {
    const { failure, added = null, ...rest } = delivery
    return {
      added,
      ...rest,
      id: this.deliveries.length + delivery.ordinal + 1,
      queueId,
      state: failure === undefined ? 'queued' : 'failed',
      attempts: 1,
      finishedAt: null,
      reason: failure?.reason ?? null,
      dsn: failure === undefined ? 'none' : 'due',
      dsnQueueId: null,
      postId: delivery.postId ?? null,
      subscriberId: delivery.subscriberId ?? null,
      notification: null,
      successDsn: 'none',
      inOrder: false,
    }
  }

  /** One transaction: done as a whole, or, where the process ends before it, not at all. */
  #change(id: number, change: (post: StoredPost) => StoredPost | undefined): StoredPost | undefined {
    this.changes += 1
    if (this.changes === this.endsBefore) throw new Ended()
    const post = this.posts.get(id)
    const changed = post && change(post)
    if (changed !== undefined) this.posts.set(id, changed)
    if (this.changes === this.endsAfter) throw new Ended()
    return changed
  }
}

function isOpen({ state }: StoredPost): boolean {
  return state === 'accepted' || state === 'expanding'
}
