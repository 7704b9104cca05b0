/** The part of the `Store` that is about tokens of the API; what it says of changes and questions holds here too. */

export interface NewToken {
  /** What it is for. */
  readonly name: string
  /** The form in which names are compared (accounts/account-name). */
  readonly nameKey: string
  /** What it may do (operator/scopes). */
  readonly scopes: readonly string[]
  /** Of its secret (accounts/api-token). */
  readonly secretHash: string
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Unix milliseconds; null: never. */
  readonly expiresAt: number | null
}

export interface StoredToken extends NewToken {
  /** Never given to a second one. */
  readonly id: number
  /** About when it was used last; Unix milliseconds; null: never. */
  readonly usedAt: number | null
}

export interface TokenStore {
  /** All of them, by name. */
  tokens(): Promise<StoredToken[]>
  token(tokenId: number): Promise<StoredToken | undefined>
  /** Answers the id. Rejects with `conflict` if there is one of that name. */
  createToken(token: NewToken): Promise<number>
  noteTokenUse(tokenId: number, at: number): Promise<void>
  /** By the form in which names are compared. False: there is no such token. */
  deleteToken(nameKey: string): Promise<boolean>
}
