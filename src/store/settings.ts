/** How a store is opened by a relay. */
import type { PostgresSettings } from './postgres/connection-settings.ts'
import type { NewRelay } from './relay-records.ts'
import type { StoreError } from './store-error.ts'

export interface StoreSettings {
  /** The database file; created with its tables if it does not exist. Its folder must exist. */
  readonly file: string
  /** A server that keeps the data instead; beside `file` is then only the lock of the relay. */
  readonly postgres?: PostgresSettings | undefined
  /** Makes each commit this much slower, as a slow disk would; for tests and the bench. Default 0. */
  readonly commitDelayMilliseconds?: number
  /** Largest size of the database in pages of 4096 octets, to see what a full disk does; for tests. Default: no limit. */
  readonly maxPages?: number
  /** The relay that opens it. Default: one that is alone. */
  readonly relay?: NewRelay
  /** Other relays may have the store open, under names of their own: they are not locked out. Default false. */
  readonly isShared?: boolean
  /** Called once if the store's thread ends by itself; from then on every request rejects with `closed`. */
  readonly onDeath?: (error: StoreError) => void
  /** Called when the files of the database have gone, were replaced, or are corrupt: once, however many requests fail by it. */
  readonly onDamage?: (error: StoreError) => void
}

/** Where a store is: the file of its database, or a server. */
export type StorePlace = string | PostgresSettings

/** What a command may do with a store that a relay may have open too. */
export type Access = 'read' | 'change'
