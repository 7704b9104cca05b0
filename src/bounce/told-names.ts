/** Which names a report may tell, and which it keeps back. */

/** Names that are to be kept back, and those that may be told. */
export interface Privacy {
  /** Addresses, host names and IP addresses from beyond this hop, and our own bounce address; lower case. */
  readonly hidden: readonly string[]
  /** The domain of the forward-path, in its spellings; messages may mention it for reasons of their own. Lower case. */
  readonly hiddenDomains: readonly string[]
  /** Domains of this relay: any address in them may be told, apart from bounce addresses. Lower case. */
  readonly ownDomains: readonly string[]
  /** Addresses, domains and hosts of this relay and the previous hop; lower case. */
  readonly nameable: readonly string[]
}
