/** What the store keeps of accounts that submit mail. All times are Unix milliseconds. */

/** A disabled account cannot sign in. */
export type AccountState = 'active' | 'disabled'

/** `observe` notes the clients that an account signs in from, `bind` lets it sign in from allowed ones only. */
export type ClientRule = 'observe' | 'bind'

/** An account to be made. */
export interface NewAccount {
  /** As it was given. */
  readonly name: string
  /** The form in which names are compared (accounts/account-name). */
  readonly nameKey: string
  /** Kept as JSON; the store never looks inside (accounts/credentials). */
  readonly credentials: object
  /** Addresses and domains that it may send from (accounts/senders). */
  readonly senders: readonly string[]
  /** Recipients in a day; null: what the configuration says. */
  readonly dailyLimit: number | null
  readonly clients: ClientRule
  readonly createdAt: number
}

/** An account as read back. */
export interface StoredAccount extends NewAccount {
  /** Never given to a second account. */
  readonly id: number
  readonly state: AccountState
  /** When its state or its credentials were changed last. */
  readonly changedAt: number
}

/** What is changed of an account; what is absent stays. */
export interface AccountChange {
  readonly state?: AccountState
  readonly credentials?: object
  readonly senders?: readonly string[]
  readonly dailyLimit?: number | null
  readonly clients?: ClientRule
}

/** An installation that an account has signed in from. */
export interface AccountClient {
  /** Keyed hash (accounts/client-id). */
  readonly clientKey: string
  readonly state: 'seen' | 'allowed'
  readonly firstAt: number
  readonly lastAt: number
  readonly times: number
}

/** What a submitted message takes of the day of its account. */
export interface AccountUse {
  readonly accountId: number
  /** Days since 1970 (UTC). */
  readonly day: number
  readonly recipients: number
  /** The most that all messages of the day add up to. */
  readonly limit: number
}
