/** The part of the `Store` that is about people who use the pages of the admin listener; what it says of changes and questions holds here too. */
import type { TokenStore } from './token-store.ts'

/** `operator` may change what is shown, `reader` may look at it. */
export type AdminRole = 'operator' | 'reader'

export interface NewAdmin {
  /** As it was given. */
  readonly name: string
  /** The form in which names are compared (accounts/account-name). */
  readonly nameKey: string
  readonly role: AdminRole
  /** Kept as JSON; the store never looks inside (accounts/password). */
  readonly credentials: object
  /** Unix milliseconds. */
  readonly createdAt: number
}

export interface StoredAdmin extends NewAdmin {
  /** Never given to a second one. */
  readonly id: number
  /** When role or credentials were changed last; Unix milliseconds. */
  readonly changedAt: number
}

/** What is changed; what is absent stays. */
export interface AdminChange {
  readonly role?: AdminRole
  readonly credentials?: object
}

/** Programs that do the same have tokens. */
export interface AdminStore extends TokenStore {
  /** All of them, by name. */
  admins(): Promise<StoredAdmin[]>
  /** By the form in which names are compared. */
  admin(nameKey: string): Promise<StoredAdmin | undefined>
  adminById(adminId: number): Promise<StoredAdmin | undefined>
  /** Answers the id. Rejects with `conflict` if there is one of that name. */
  createAdmin(admin: NewAdmin): Promise<number>
  /** False: there is no such admin. */
  changeAdmin(adminId: number, change: AdminChange, at: number): Promise<boolean>
  /** False: there is no such admin. */
  deleteAdmin(adminId: number): Promise<boolean>
}
