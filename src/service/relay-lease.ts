/**
 * The lease of this relay in a store that it shares with others (store/relay-records.ts): renewed while it works, so that nobody takes
 * over what it has in hand. While it could not be renewed in time no new attempt is begun.
 */
import type { Logger } from '../log/log.ts'
import type { Store } from '../store/store.ts'

export interface RelayLeaseDependencies {
  readonly store: Pick<Store, 'renewLease'>
  readonly log: Logger
  /** Unix milliseconds. */
  clock(): number
  /** How long it lasts. undefined: the relay is alone, and nobody judges it. */
  readonly leaseMilliseconds: number | undefined
  /** Others have taken over. */
  onLost(error: Error): void
}

/** Renewals within the time of a lease: two of them may fail. */
const renewalsPerLease = 3

export class RelayLease {
  readonly #dependencies: RelayLeaseDependencies
  #until: number
  #relays = 1
  #timer: NodeJS.Timeout | undefined
  #renewing: Promise<void> | undefined
  /** It had run out, and a renewal was begun for that. */
  #isRenewedBetween = false
  readonly #listeners = new Set<() => void>()

  /** The store was opened a moment ago, which is when the lease began. */
  constructor(dependencies: RelayLeaseDependencies) {
    this.#dependencies = dependencies
    this.#until = dependencies.clock() + (dependencies.leaseMilliseconds ?? 0)
  }

  /** Whether what this relay has claimed is still its own. Where it has run out it is renewed: a clock was set, or the machine slept. */
  get isInForce(): boolean {
    const { leaseMilliseconds, clock } = this.#dependencies
    if (leaseMilliseconds === undefined || clock() < this.#until) return true
    this.#renewBetween()
    return false
  }

  /** Once from one renewal to the next: a store that is away is not asked for each message. */
  #renewBetween(): void {
    if (this.#isRenewedBetween || this.#timer === undefined) return
    this.#isRenewedBetween = true
    void this.renew()
  }

  /** How many relays share the store, as of the last renewal. */
  get relays(): number {
    return this.#relays
  }

  /** Called when claims of others are free, when the number of relays has changed, and when a lease that had run out is renewed; until the answer is called. */
  whenChanged(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Renews now, and again and again. */
  async start(): Promise<void> {
    const { leaseMilliseconds } = this.#dependencies
    if (leaseMilliseconds === undefined) return
    this.#timer = setInterval(() => {
      this.#isRenewedBetween = false
      void this.renew()
    }, leaseMilliseconds / renewalsPerLease).unref()
    await this.renew()
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#renewing
  }

  /** One renewal. Never rejects: the store may be away for a while. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew()
      .catch((error: unknown) =>
        this.#dependencies.log.warn({ error }, 'the lease of this relay was not renewed'),
      )
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  async #renew(): Promise<void> {
    const { store, clock, log, leaseMilliseconds = 0, onLost } = this.#dependencies
    const now = clock()
    const hadEnded = now >= this.#until
    const { isHeld, relays, takenOver } = await store.renewLease({ now, leaseMilliseconds })
    if (!isHeld) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return onLost(
        new Error('this relay gave no sign of life for too long: others have taken over its work'),
      )
    }
    this.#until = now + leaseMilliseconds
    this.#isRenewedBetween = false
    if (takenOver.length > 0) log.warn({ relays: takenOver }, 'a relay has ended: others take over its work')
    const isNews = hadEnded || takenOver.length > 0 || relays !== this.#relays
    this.#relays = relays
    if (isNews) for (const listener of this.#listeners) listener()
  }
}
