/**
 * Wrong passwords, counted for each account and for each network that they came from. Who has too many is asked to come again later
 * before any work is done. Pure but for what it remembers, which is bounded; times are Unix milliseconds.
 */
import { RecentMap } from '../bounded/recent-map.ts'

export interface GuessLimitSettings {
  /** Wrong passwords of one network within the window. */
  readonly perNetwork: number
  /** Wrong passwords for one account within the window, from networks that it has not signed in from. */
  readonly perAccount: number
  readonly windowMilliseconds: number
  /** Networks, accounts and pairs of both that are remembered; the one not met for the longest goes first. */
  readonly remembered: number
}

/** A try to sign in. */
export interface Guess {
  /** The form in which networks are counted (receive/networks). */
  readonly network: string
  /** The form in which names are compared, also of one that nobody has. */
  readonly nameKey: string
}

interface Count {
  readonly wrong: number
  readonly until: number
}

export class GuessLimits {
  readonly #settings: GuessLimitSettings
  readonly #networks: RecentMap<string, Count>
  readonly #accounts: RecentMap<string, Count>
  /** Pairs that have signed in: a stranger who guesses cannot lock out a person at the usual place. */
  readonly #known: RecentMap<string, true>

  constructor(settings: GuessLimitSettings) {
    this.#settings = settings
    this.#networks = new RecentMap({ maxEntries: settings.remembered })
    this.#accounts = new RecentMap({ maxEntries: settings.remembered })
    this.#known = new RecentMap({ maxEntries: settings.remembered })
  }

  /** Entries that are remembered. */
  get count(): number {
    return this.#networks.count + this.#accounts.count + this.#known.count
  }

  /** How long to wait before the next try is looked at, in milliseconds; 0: it is looked at now. */
  waitMilliseconds(guess: Guess, now: number): number {
    const { perNetwork, perAccount } = this.#settings
    const ofNetwork = waitOf(this.#networks.peek(guess.network), perNetwork, now)
    const isKnown = this.#known.peek(pair(guess)) !== undefined
    const ofAccount = isKnown ? 0 : waitOf(this.#accounts.peek(guess.nameKey), perAccount, now)
    return Math.max(ofNetwork, ofAccount)
  }

  /** Counts a wrong password; answers how many the network has within its window, this one included. */
  failed({ network, nameKey }: Guess, now: number): number {
    this.#count(this.#accounts, nameKey, now)
    return this.#count(this.#networks, network, now)
  }

  succeeded(guess: Guess): void {
    this.#known.set(pair(guess), true)
  }

  /** The window begins with the first wrong password in it. */
  #count(counts: RecentMap<string, Count>, key: string, now: number): number {
    const before = counts.peek(key)
    const { windowMilliseconds } = this.#settings
    // A clock that was set back must not make a window longer.
    const goesOn = before !== undefined && before.until > now && before.until <= now + windowMilliseconds
    const count = goesOn
      ? { wrong: before.wrong + 1, until: before.until }
      : { wrong: 1, until: now + windowMilliseconds }
    counts.set(key, count)
    return count.wrong
  }
}

function waitOf(count: Count | undefined, most: number, now: number): number {
  return count === undefined || count.wrong < most ? 0 : Math.max(0, count.until - now)
}

function pair({ network, nameKey }: Guess): string {
  return `${network} ${nameKey}`
}
