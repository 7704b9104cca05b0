/**
 * Signing in (RFC 4954): names and passwords against the accounts of the store. A name that nobody has takes the same work, the same
 * time and gets the same reply as a wrong password. Work is done for one try of a network at a time and for a few networks at the same
 * time, and not at all for who has had too many wrong passwords: whoever guesses slows nobody else.
 */
import { accountKey } from '../../accounts/account-name.ts'
import type { ClientId } from '../../accounts/client-id.ts'
import { clientKeyOf } from '../../accounts/client-id.ts'
import type { CredentialCost, Credentials } from '../../accounts/credentials.ts'
import { credentialsOfNobody } from '../../accounts/credentials.ts'
import type { Guess, GuessLimits } from '../../accounts/guess-limits.ts'
import { isPassword, preparedPassword } from '../../accounts/password.ts'
import type { Lanes } from '../../bounded/lanes.ts'
import type { Logger } from '../../log/log.ts'
import { peerKey } from '../../receive/networks.ts'
import type { ScramStart, SignIn, SignInOrigin, SubmissionHooks, Submitter } from '../../receive/submitter.ts'
import { signInBusy, wrongPassword, wrongPasswordsWait } from '../../smtp/replies.ts'
import type { StoredAccount } from '../../store/account-records.ts'
import type { Store } from '../../store/store.ts'

export interface SignInDependencies {
  readonly store: Pick<Store, 'account' | 'accountById' | 'noteClient'>
  readonly log: Logger
  readonly limits: GuessLimits
  /** By network. */
  readonly lanes: Lanes
  /** Of this relay: keys what is kept of clients, and makes up salts for names that nobody has. */
  readonly secret: Buffer
  readonly offersClientId: boolean
  /** Clients of an account that are remembered without being allowed. */
  readonly maxClients: number
  /** What a check of a name that nobody has costs: as much as one of an account. */
  readonly cost?: CredentialCost
  /** Unix milliseconds. */
  clock(): number
  random(octets: number): Buffer
  /** Waits before a wrong password is answered; `wrong`: how many the network has had lately. Never rejects. */
  delay(wrong: number, gone: AbortSignal): Promise<void>
}

/** Octets of the server's part of the nonce of SCRAM: as many as its hash needs so that none comes twice. */
const nonceOctets = 18

export class AccountsAtWork implements SubmissionHooks {
  readonly #dependencies: SignInDependencies

  constructor(dependencies: SignInDependencies) {
    this.#dependencies = dependencies
  }

  get offersClientId(): boolean {
    return this.#dependencies.offersClientId
  }

  clientKey(id: ClientId): string {
    return clientKeyOf(id, this.#dependencies.secret)
  }

  async checkPassword(name: string, password: string, origin: SignInOrigin): Promise<SignIn> {
    const guess = guessOf(name, origin)
    const judged = await this.#dependencies.lanes.run(guess.network, async () => {
      const wait = this.#wait(guess)
      if (wait !== undefined) return wait
      const { account, credentials } = await this.#find(guess.nameKey)
      const prepared = preparedPassword(password)
      // What is no password is compared like one.
      const fits = await isPassword(prepared ?? '', credentials.scrypt)
      return this.#judge(fits && prepared !== undefined ? account : undefined, account, guess, origin)
    })
    if (judged === undefined) return { kind: 'refused', reply: signInBusy }
    return this.#answered(judged, origin)
  }

  async beginScram(name: string, origin: SignInOrigin): Promise<ScramStart> {
    const guess = guessOf(name, origin)
    const wait = this.#wait(guess)
    if (wait !== undefined) return wait
    const { credentials } = await this.#find(guess.nameKey)
    const nonce = this.#dependencies.random(nonceOctets).toString('base64')
    return { kind: 'goes-on', verifier: credentials.scram, nonce }
  }

  async endScram(name: string, isProved: boolean, origin: SignInOrigin): Promise<SignIn> {
    const guess = guessOf(name, origin)
    const { account } = await this.#find(guess.nameKey)
    const judged = await this.#judge(isProved ? account : undefined, account, guess, origin)
    return this.#answered(judged, origin)
  }

  async current({ accountId, changedAt }: Submitter): Promise<Submitter | undefined> {
    const account = await this.#dependencies.store.accountById(accountId)
    const isSame = account?.state === 'active' && account.changedAt === changedAt
    return isSame ? submitterOf(account) : undefined
  }

  #wait(guess: Guess): Refused | undefined {
    const { limits, clock } = this.#dependencies
    const milliseconds = limits.waitMilliseconds(guess, clock())
    if (milliseconds === 0) return undefined
    return { kind: 'refused', reply: wrongPasswordsWait(Math.ceil(milliseconds / 1000)) }
  }

  async #find(nameKey: string): Promise<{ account: StoredAccount | undefined; credentials: Credentials }> {
    const { store, secret, cost } = this.#dependencies
    const account = await store.account(nameKey)
    const nobody = credentialsOfNobody(nameKey, secret, cost)
    return { account, credentials: (account && readCredentials(account)) ?? nobody }
  }

  /** @param proved the account, where the password was its own; @param named the account of that name, if there is one */
  async #judge(
    proved: StoredAccount | undefined,
    named: StoredAccount | undefined,
    guess: Guess,
    origin: SignInOrigin,
  ): Promise<Judged> {
    const { limits, clock, log } = this.#dependencies
    const reason = proved === undefined ? 'wrong password' : await this.#refusalOf(proved, origin)
    // The name is told only where it is one: people type their password there.
    const fields = { account: named?.name, peer: origin.address, clientKey: origin.clientKey }
    if (proved === undefined || reason !== undefined) {
      log.warn({ ...fields, reason: named === undefined ? 'no such account' : reason }, 'not signed in')
      return { kind: 'refused', reply: wrongPassword, wrong: limits.failed(guess, clock()) }
    }
    limits.succeeded(guess)
    log.info(fields, 'signed in')
    return { kind: 'signed-in', submitter: submitterOf(proved) }
  }

  /** Why an account whose password was right may not sign in all the same; the client hears nothing of that. */
  async #refusalOf(account: StoredAccount, { clientKey }: SignInOrigin): Promise<string | undefined> {
    if (account.state !== 'active') return 'disabled'
    const { store, clock, maxClients } = this.#dependencies
    const isAllowed =
      clientKey !== undefined && (await store.noteClient(account.id, clientKey, clock(), maxClients))
    if (account.clients === 'observe' || isAllowed) return undefined
    return clientKey === undefined ? 'bound to clients, and none was named' : 'bound to other clients'
  }

  async #answered(judged: Judged, { gone }: SignInOrigin): Promise<SignIn> {
    if (judged.kind === 'signed-in') return judged
    const { reply, wrong } = judged
    if (wrong !== undefined) await this.#dependencies.delay(wrong, gone)
    return { kind: 'refused', reply }
  }
}

type Refused = Extract<SignIn, { kind: 'refused' }>

/** `wrong`: how many wrong passwords the network has had with this one; absent where none was looked at. */
type Judged = Exclude<SignIn, Refused> | (Refused & { readonly wrong?: number })

function guessOf(name: string, { address }: SignInOrigin): Guess {
  return { network: peerKey(address), nameKey: accountKey(name) }
}

/** undefined: they were written by another version, and nobody can sign in with them. */
function readCredentials({ credentials }: StoredAccount): Credentials | undefined {
  return isCredentials(credentials) ? credentials : undefined
}

function isCredentials(value: object): value is Credentials {
  return 'scrypt' in value && 'scram' in value
}

function submitterOf({ id, name, senders, dailyLimit, changedAt }: StoredAccount): Submitter {
  return { accountId: id, name, senders, dailyLimit, changedAt }
}
