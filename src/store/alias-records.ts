/** Aliases that the store keeps, beside those of the configuration. */

/** An alias by name: both parts in the forms in which they are compared (`foldedLocalPart`, lower-case A-labels). */
export interface AliasName {
  readonly domain: string
  /** `*` takes every address of the domain that has no alias of its own. */
  readonly localPart: string
}

/** Where an alias leads. */
export interface StoredAlias extends AliasName {
  /** Addresses with commas between them: a hundred thousand are kept in memory like this. */
  readonly targets: string
}

/** What has become of an alias; targets null: it was removed. */
export interface AliasChange extends AliasName {
  readonly targets: string | null
  /** Above that of every change before. */
  readonly version: number
}

/** How many aliases a change has made what they are. */
export interface AliasesChanged {
  readonly added: number
  readonly changed: number
  /** Were so before. */
  readonly same: number
}
