/** Tokens of the API as they are shown: looked up, compared, counted. Lasts as long as the process: a change of the configuration forgives no guess. */
import { isSecret, readToken } from '../../accounts/api-token.ts'
import { GuessLimits } from '../../accounts/guess-limits.ts'
import { RateMeter } from '../../bounded/rate-meter.ts'
import { RecentMap } from '../../bounded/recent-map.ts'
import type { Access, TokenHolder } from '../../http/api/api-parts.ts'
import { apiServer } from '../../limits-api.ts'
import type { Logger } from '../../log/log.ts'
import { peerKey } from '../../receive/networks.ts'
import type { StoredToken, TokenStore } from '../../store/token-store.ts'

export interface AccessDependencies {
  readonly store: Pick<TokenStore, 'token' | 'noteTokenUse'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
}

const minute = 60_000

export class ApiAccess {
  readonly #guesses = new GuessLimits(apiServer.guesses)
  readonly #rates = new RateMeter(
    { most: apiServer.requestsPerMinute, periodMilliseconds: minute },
    apiServer.remembered,
  )
  /** When the use of a token was last written down. */
  readonly #noted = new RecentMap<number, number>({ maxEntries: apiServer.remembered })

  /**
   * A good token is always let in: nobody guesses one, and whoever sends wrong ones from the same network must not lock it out. Wrong ones are
   * counted for their network, and past the limit answered with a wait and no longer logged.
   */
  async judge(
    authorization: string | undefined,
    address: string,
    dependencies: AccessDependencies,
  ): Promise<Access> {
    if (authorization === undefined) return { kind: 'none' }
    const now = dependencies.clock()
    const found = await find(authorization, dependencies, now)
    if (typeof found !== 'string') {
      await this.#note(found, dependencies, now)
      return { kind: 'token', token: { id: found.id, name: found.name, scopes: found.scopes } }
    }
    return this.#wrong(found, address, dependencies, now)
  }

  /** How many seconds a token has to wait, 0: none; counts one request then. */
  waitSeconds({ id }: Pick<TokenHolder, 'id'>, now: number): number {
    const wait = this.#rates.wait(String(id), now)
    if (wait === 0) this.#rates.add(String(id), now)
    return Math.ceil(wait / 1000)
  }

  #wrong(reason: string, address: string, { log }: AccessDependencies, now: number): Access {
    const network = peerKey(address)
    const guess = { network, nameKey: network }
    const wait = this.#guesses.waitMilliseconds(guess, now)
    if (wait > 0) return { kind: 'wait', seconds: Math.ceil(wait / 1000) }
    this.#guesses.failed(guess, now)
    log.warn({ peer: address, reason }, 'a token of the API is not good')
    return { kind: 'wrong', reason }
  }

  async #note({ id }: StoredToken, { store }: AccessDependencies, now: number): Promise<void> {
    const noted = this.#noted.get(id)
    if (noted !== undefined && Math.abs(now - noted) < apiServer.usedEveryMilliseconds) return
    this.#noted.set(id, now)
    await store.noteTokenUse(id, now)
  }
}

/** The token, or why it is not good: in words that say nothing of what there is. */
async function find(
  authorization: string,
  { store }: AccessDependencies,
  now: number,
): Promise<StoredToken | string> {
  const [, text = ''] = /^Bearer +([^ ]+) *$/i.exec(authorization) ?? []
  const read = readToken(text)
  if (read === undefined) return 'expected Bearer with a token as tokens add printed it'
  const stored = await store.token(read.id)
  if (!isSecret(read.secret, stored?.secretHash) || stored === undefined) return 'there is no such token'
  if (stored.expiresAt !== null && stored.expiresAt <= now) return 'the time of the token is over'
  return stored
}
