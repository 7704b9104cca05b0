/**
 * News of other processes: whoever has changed what a relay may wait for tells it by NOTIFY, and each relay listens. What was told while
 * nobody could listen is found by a slow look.
 */
import type { ServerSettings } from './connection-settings.ts'
import { Lane } from './lane.ts'

const channel = 'dkim2_relay_news'

/** How often it is looked whether something was missed. */
const lookMilliseconds = 15_000

export class News {
  readonly #lane: Lane
  #timer: NodeJS.Timeout | undefined
  #listening: Promise<void> = Promise.resolve()
  /** What may have changed since somebody asked. */
  #queue = false
  #lists = true

  /** @param name of this store: what it has told itself is no news */
  constructor(server: ServerSettings, name: string) {
    this.#lane = new Lane(server, client => {
      client.on('notification', ({ payload }) => {
        if (payload !== name) this.missed()
      })
      this.#listening = client.query(`LISTEN ${channel}`).then(
        () => this.missed(),
        () => this.#lane.drop(),
      )
    })
  }

  /** Begins to listen. Rejects with a StoreError. */
  async start(): Promise<void> {
    await this.#lane.open()
    await this.#listening
    this.#timer = setInterval(() => void this.#look(), lookMilliseconds).unref()
  }

  /** Something may have changed. */
  missed(): void {
    this.#queue = true
    this.#lists = true
  }

  /** This store itself has changed lists. */
  listsChanged(): void {
    this.#lists = true
  }

  /** Whether others may have changed something since this was last asked. */
  takeQueue(): boolean {
    const before = this.#queue
    this.#queue = false
    return before
  }

  /** Whether lists may have changed since this was last asked. */
  takeLists(): boolean {
    const before = this.#lists
    this.#lists = false
    return before
  }

  close(): Promise<void> {
    clearInterval(this.#timer)
    return this.#lane.close()
  }

  async #look(): Promise<void> {
    this.missed()
    await this.#lane.open().catch(() => {})
  }
}

/** Tells it to whoever listens, when the transaction is committed. */
export const tellNews = `SELECT pg_notify('${channel}', @name)`
