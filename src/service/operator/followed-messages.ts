/**
 * hops follow: messages as they come, and again when something has become of them. The store is asked only when another process has
 * changed it.
 */
import type { MessageLine } from '../../hoplog/summary.ts'
import { messageLine } from '../../hoplog/summary.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import type { MessageSummary } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'

/** Messages that are looked up in one question. */
const lookedUpAtOnce = 200

/** Messages on their way that are watched for what becomes of them: each is looked up after every change. The oldest are left first. */
const maxWatched = 1_000

export type FollowedStore = Pick<Store, 'changesOfOthers' | 'newMessages' | 'messagesById'>

/** What is known of the messages that were told and are not done yet: the line of each, as text. */
export class FollowedMessages {
  readonly #store: FollowedStore
  readonly #criteria: MessageCriteria
  readonly #watched = new Map<string, string>()
  #last: number | undefined

  constructor(store: FollowedStore, criteria: MessageCriteria) {
    this.#store = store
    this.#criteria = criteria
  }

  /** What is to be told since the last look; the first one tells nothing and says where to begin. */
  async look(): Promise<MessageLine[]> {
    const isChanged = await this.#store.changesOfOthers()
    if (this.#last !== undefined && !isChanged) return []
    const changed = await this.#changed()
    return [...changed, ...(await this.#arrived())]
  }

  async #arrived(): Promise<MessageLine[]> {
    const found: MessageLine[] = []
    for (;;) {
      const { messages, last } = await this.#store.newMessages({
        ...(this.#last !== undefined && { after: this.#last }),
        limit: lookedUpAtOnce,
        criteria: this.#criteria,
      })
      this.#last = last
      found.push(...messages.map(message => this.#told(message)))
      if (messages.length < lookedUpAtOnce) return found
    }
  }

  async #changed(): Promise<MessageLine[]> {
    const ids = [...this.#watched.keys()]
    const found: MessageLine[] = []
    for (let at = 0; at < ids.length; at += lookedUpAtOnce) {
      const known = await this.#store.messagesById(ids.slice(at, at + lookedUpAtOnce))
      const news = known.filter(message => this.#watched.get(message.queueId) !== keyOf(messageLine(message)))
      found.push(...news.map(message => this.#told(message)))
    }
    return found
  }

  #told(message: MessageSummary): MessageLine {
    const line = messageLine(message)
    if (isDone(line)) this.#watched.delete(line.queueId)
    else this.#watched.set(line.queueId, keyOf(line))
    const [oldest] = this.#watched.size > maxWatched ? this.#watched.keys() : []
    if (oldest !== undefined) this.#watched.delete(oldest)
    return line
  }
}

function keyOf({ state, deliveries }: MessageLine): string {
  return JSON.stringify([state, deliveries])
}

/** Posts make their copies page by page: a message without any is not done yet. */
function isDone({ state, deliveries }: MessageLine): boolean {
  const { queued = 0, held = 0, delivered = 0, failed = 0 } = deliveries
  if (state === 'spooled') return false
  return state !== 'forwarded' || (queued + held === 0 && delivered + failed > 0)
}
