/**
 * The lists of a running relay, in memory: their settings, not their subscribers. The command line changes lists while the
 * relay runs; so the store is asked every second whether there was a change, and only then for the lists.
 */
import { listWatchMilliseconds } from '../../limits.ts'
import type { ListTable } from '../../lists/list-table.ts'
import { listTable, mailingList } from '../../lists/list-table.ts'
import { readStoredSettings } from '../../lists/settings.ts'
import type { Logger } from '../../log/log.ts'
import type { StoredList } from '../../store/list-records.ts'
import type { Store } from '../../store/store.ts'
import { isDamage } from '../../store/store-error.ts'

export interface ListWatchSettings {
  readonly store: Pick<Store, 'listsVersion' | 'lists'>
  readonly log: Logger
}

export class ListWatch {
  readonly #settings: ListWatchSettings
  #table = listTable([])
  #version: number | undefined
  readonly #listeners: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined

  constructor(settings: ListWatchSettings) {
    this.#settings = settings
  }

  /** The lists as of the last look. */
  get table(): ListTable {
    return this.#table
  }

  /** Looks now, and then every second. Rejects only when the first look fails. */
  async start(): Promise<void> {
    await this.#look()
    this.#timer = setInterval(() => void this.check(), listWatchMilliseconds).unref()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
  }

  /** Called after every change that a look has found. */
  whenChanged(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** One look; after a change of the relay's own it need not wait for the next second. Never rejects. */
  check(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        if (!isDamage(error)) this.#settings.log.error({ error }, 'the lists cannot be read again')
      })
      .finally(() => {
        this.#looking = undefined
      })
    return this.#looking
  }

  async #look(): Promise<void> {
    const { store } = this.#settings
    // Asked before the lists are: a change in between is seen at the next look.
    const version = await store.listsVersion()
    if (version === this.#version) return
    const stored = await store.lists()
    const { table, unreadable } = readTable(stored, this.#table)
    for (const fields of unreadable) this.#settings.log.error(fields, 'settings of a list cannot be read')
    this.#table = table
    const isFirst = this.#version === undefined
    this.#version = version
    if (isFirst) return
    this.#settings.log.info({ lists: stored.length }, 'lists have changed')
    for (const listener of this.#listeners) listener()
  }
}

/**
 * The lists of the store with their settings read. One whose settings cannot be read stays as it was: what comes to it must not
 * bounce because of that.
 *
 * @param before the lists as they were read last
 */
export function readTable(
  stored: readonly StoredList[],
  before: ListTable = listTable([]),
): {
  readonly table: ListTable
  readonly unreadable: readonly { readonly list: string; readonly settings: readonly string[] }[]
} {
  const readings = stored.map(list => ({ list, reading: readStoredSettings(list.settings) }))
  const lists = readings.flatMap(({ list, reading }) => {
    const kept = reading.kind === 'read' ? mailingList(list, reading.settings) : before.list(list.id)
    return kept ?? []
  })
  const unreadable = readings.flatMap(({ list, reading }) =>
    reading.kind === 'read'
      ? []
      : [{ list: list.address, settings: reading.issues.map(issue => issue.path.join('.')) }],
  )
  return { table: listTable(lists), unreadable }
}
