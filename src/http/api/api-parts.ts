/** What the API asks of the relay. */
import type { MessageLine } from '../../hoplog/summary.ts'
import type { Logger } from '../../log/log.ts'
import type { Performers } from '../../operator/operations.ts'
import type { MessageCriteria } from '../../store/queries.ts'

/** Who asks. */
export interface TokenHolder {
  readonly id: number
  readonly name: string
  readonly scopes: readonly string[]
}

export type Access =
  | { readonly kind: 'token'; readonly token: TokenHolder }
  /** No token was sent. */
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly reason: string }
  /** Too many wrong tokens of this network. */
  | { readonly kind: 'wait'; readonly seconds: number }

export interface ApiParts {
  readonly version: string
  readonly log: Logger
  readonly desk: Performers
  /**
   * @param authorization the header field; undefined: there is none
   * @param address IP address of the client
   */
  access(authorization: string | undefined, address: string): Promise<Access>
  /** Counts a request of a token; how many seconds it has to wait instead, 0: none. */
  waitSeconds(token: TokenHolder): number
  /** What is new at each look, every second or so, until the signal ends it. */
  follow(criteria: MessageCriteria, signal: AbortSignal): AsyncIterable<readonly MessageLine[]>
  /** Unix milliseconds. */
  clock(): number
}
