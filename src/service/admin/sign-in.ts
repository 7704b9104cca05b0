/** Passwords of the pages of the admin listener: compared with the same work whatever the answer is, and not too often. */
import { randomBytes } from 'node:crypto'
import { accountKey } from '../../accounts/account-name.ts'
import { credentialsOfNobody } from '../../accounts/credentials.ts'
import { GuessLimits } from '../../accounts/guess-limits.ts'
import type { ScryptVerifier } from '../../accounts/password.ts'
import { isPassword, preparedPassword } from '../../accounts/password.ts'
import { Lanes } from '../../bounded/lanes.ts'
import { adminSignIn, signIn } from '../../limits.ts'
import type { Logger } from '../../log/log.ts'
import { peerKey } from '../../receive/networks.ts'
import type { AdminStore, StoredAdmin } from '../../store/admin-store.ts'

export type AdminSignIn =
  | { readonly kind: 'signed-in'; readonly admin: StoredAdmin }
  | { readonly kind: 'wrong' }
  /** Too many wrong passwords, or too many at the same time. */
  | { readonly kind: 'wait'; readonly seconds: number }

export interface AdminSignInDependencies {
  readonly store: Pick<AdminStore, 'admin'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
}

/** Lasts as long as the process: a change of the configuration forgives no guess. */
export class AdminPasswords {
  readonly #limits = new GuessLimits(adminSignIn)
  readonly #lanes = new Lanes(signIn.hashedAtOnce, signIn.maxWaiting)
  readonly #secret = randomBytes(32)

  /** @param address IP address of the client */
  async check(
    name: string,
    password: string,
    address: string,
    { store, log, clock }: AdminSignInDependencies,
  ): Promise<AdminSignIn> {
    const guess = { network: peerKey(address), nameKey: accountKey(name) }
    const judged = await this.#lanes.run(guess.network, async (): Promise<AdminSignIn> => {
      const wait = this.#limits.waitMilliseconds(guess, clock())
      if (wait > 0) return { kind: 'wait', seconds: Math.ceil(wait / 1000) }
      const admin = await store.admin(guess.nameKey)
      const verifier = verifierOf(admin) ?? credentialsOfNobody(guess.nameKey, this.#secret).scrypt
      const prepared = preparedPassword(password)
      const fits = await isPassword(prepared ?? '', verifier)
      if (!fits || prepared === undefined || admin === undefined) {
        this.#limits.failed(guess, clock())
        return { kind: 'wrong' }
      }
      this.#limits.succeeded(guess)
      return { kind: 'signed-in', admin }
    })
    const answer = judged ?? { kind: 'wait', seconds: 10 }
    // A name that nobody has may be a password in the wrong place.
    const fields = { peer: address, ...(answer.kind === 'signed-in' && { admin: answer.admin.name }) }
    if (answer.kind === 'signed-in') log.info(fields, 'signed in to the pages')
    else log.warn(fields, 'not signed in to the pages')
    return answer
  }
}

/** undefined: there is none, or another version has written it, and nobody can sign in with it. */
function verifierOf(admin: StoredAdmin | undefined): ScryptVerifier | undefined {
  const credentials = admin?.credentials
  return credentials !== undefined && hasScrypt(credentials) ? credentials.scrypt : undefined
}

function hasScrypt(value: object): value is { readonly scrypt: ScryptVerifier } {
  return 'scrypt' in value
}
