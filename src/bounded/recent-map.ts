/** What was used last, within a number of entries and a sum of their sizes: the entry not used for the longest goes first. */

export interface RecentMapSettings<V> {
  /** Default: any number. */
  readonly maxEntries?: number
  /** The most that the sizes of all entries add up to, and what the size of one is. Default: any, and none has one. */
  readonly sizes?: { readonly max: number; of(value: V): number }
}

export class RecentMap<K, V> {
  readonly #maxEntries: number
  readonly #maxSize: number
  readonly #sizeOf: (value: V) => number
  /** A Map keeps the order of insertion: the first key is the one not used for the longest. */
  readonly #entries = new Map<K, V>()
  #size = 0

  constructor({ maxEntries = Number.POSITIVE_INFINITY, sizes }: RecentMapSettings<V>) {
    this.#maxEntries = maxEntries
    this.#maxSize = sizes?.max ?? 0
    this.#sizeOf = value => sizes?.of(value) ?? 0
  }

  /** Entries that there are. */
  get count(): number {
    return this.#entries.size
  }

  /** The value, which counts as used now. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** All of them, the one not used for the longest first. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries()
  }

  /** The value, without using it. */
  peek(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Puts a value in place of the one before; it counts as used now. One that is too large by itself is not kept, and displaces none. */
  set(key: K, value: V): void {
    this.delete(key)
    const size = this.#sizeOf(value)
    if (size > this.#maxSize) return
    this.#entries.set(key, value)
    this.#size += size
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#size <= this.#maxSize) break
      this.delete(oldest)
    }
  }

  delete(key: K): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#size -= this.#sizeOf(value)
    this.#entries.delete(key)
  }
}
