/** Why a hop cannot be added to a message. Thrown by `prepareHop` and `signHop`; data, so that callers can answer with it. */

export type SigningObstacle =
  /** An address that the wire profile cannot hold (`address`): 553 5.1.3 inbound, a DSN when forwarding. */
  | 'uncarriable address'
  /** The signing domain is neither the reverse-path's domain nor a parent of it. */
  | 'domain not aligned'
  /** The reverse-path does not follow from where the previous hop had sent the message. */
  | 'custody broken'
  /** The message has as many hops, or versions, as its profile allows. */
  | 'chain full'
  /** The DKIM2 fields of the message are malformed or mixed. */
  | 'chain unreadable'
  /** The header section begins with a continuation line, which would become part of what is put above it. */
  | 'header unreadable'
  /** The recipe cannot be expressed in the profile. */
  | 'recipe inexpressible'
  /** The recipe does not fit the message, or does not lead back to what was received. */
  | 'recipe disproved'
  /** The message differs from its highest version, and no recipe says how. */
  | 'recipe missing'
  /** The From field is not one that the signing domain may put into a message. */
  | 'From not authentic'
  /** No signer, too many, two of one selector, or an algorithm that the profile has not. */
  | 'signers unsuitable'
  /** A flag, nonce, selector, domain or timestamp that cannot be written. */
  | 'parameter invalid'

export class SigningError extends Error {
  override readonly name = 'SigningError'
  readonly obstacle: SigningObstacle
  /** The address at fault, for 'uncarriable address' and 'custody broken'. */
  readonly address: string | undefined

  constructor(obstacle: SigningObstacle, message: string, address?: string) {
    super(message)
    this.obstacle = obstacle
    this.address = address
  }
}
