/**
 * The part of verification that needs the message: rebuilding its versions from the newest down, and checking on each the
 * hashes of that version and the signatures of the hops that signed it. draft-ietf-dkim-dkim2-spec-06 sections 11.6, 11.7.
 */

import { lowerAscii, type Message } from '../message/message.ts'
import { type ChainBounds, WorkBudget } from './bounds.ts'
import { isFromAuthentic } from './from-authentic.ts'
import { checkHopHashes, checkVersionHashes } from './hash-checks.ts'
import { introducingHop, previousVersion } from './history.ts'
import type { FetchedKeys } from './keys.ts'
import { MessageVersion } from './message-version.ts'
import type { Chain, Hop, Version } from './model.ts'
import type { WireProfile } from './profile.ts'
import { checkSignatures } from './signature-checks.ts'
import { type Failure, signatureFailure, versionFailure } from './verdict.ts'

/** Fetches the keys of one hop. */
export type FetchHopKeys = (hop: Hop) => Promise<FetchedKeys>

/** Octets hashed in one go: about four milliseconds. */
const yieldAfterBytes = 2 * 1024 * 1024

/**
 * One walk from the message as it is down to the lowest version that is needed. Given the keys of all hops, it judges all of them;
 * given a way to fetch them, it fetches those of a hop when it comes to it, and ends with the first hop that fails.
 */
export class ChainWalk {
  /** Sequence numbers of the hops whose signatures were checked. */
  readonly judged = new Set<number>()
  readonly #chain: Chain
  readonly #profile: WireProfile
  readonly #keys: FetchedKeys | FetchHopKeys
  readonly #bounds: ChainBounds
  readonly #budget: WorkBudget
  /** Of keys that were fetched on the way. */
  readonly #keyFailures: Failure[] = []
  readonly #structure: Failure[] = []
  readonly #signatures: Promise<Failure | undefined>[] = []
  readonly #hashes: Failure[] = []
  readonly #hopHashes: Failure[] = []
  readonly #from: Failure[] = []
  #state: MessageVersion
  #pendingBytes = 0
  #hashedBody: Buffer | undefined
  #sinceYield = 0

  constructor(
    message: Message,
    chain: Chain,
    profile: WireProfile,
    keys: FetchedKeys | FetchHopKeys,
    bounds: ChainBounds,
  ) {
    this.#chain = chain
    this.#profile = profile
    this.#keys = keys
    this.#bounds = bounds
    this.#budget = new WorkBudget(bounds.maxWorkBytes)
    this.#state = new MessageVersion(chain.versions.length, message)
  }

  /** All failures in the order of the steps: keys, signatures, hashes of versions, hashes in signatures, misfits of recipes, From. */
  async down(lowest: number): Promise<Failure[]> {
    const needed = Math.max(lowest, this.#chain.hops[0]?.version === 0 ? 0 : 1)
    do {
      if (!this.#chargeHashes()) break
      await this.#checkState()
      await this.#letOthersRun()
    } while (
      this.#state.number > needed &&
      !(await this.#isOver()) &&
      this.#undo() &&
      !(await this.#isOver())
    )
    if (this.#state.number <= 1) this.#checkFrom()
    const found = await this.#signatureFailures()
    const early = [...this.#keyFailures, ...found, ...this.#hashes, ...this.#hopHashes]
    return [...early, ...this.#structure, ...this.#from]
  }

  async #signatureFailures(): Promise<Failure[]> {
    return (await Promise.all(this.#signatures)).filter(failure => failure !== undefined)
  }

  /** A hop has failed, and those below it need not be looked at. */
  async #isOver(): Promise<boolean> {
    if (typeof this.#keys !== 'function') return false
    const found = [this.#keyFailures, this.#structure, this.#hashes, this.#hopHashes, this.#from]
    return found.some(failures => failures.length > 0) || (await this.#signatureFailures()).length > 0
  }

  /** A body that was not hashed yet costs its length, for the whole and for its parts; false beyond the bound. */
  #chargeHashes(): boolean {
    const { body } = this.#state.message
    if (body === this.#hashedBody) return true
    this.#hashedBody = body
    this.#sinceYield += 2 * body.length
    if (this.#budget.spend(2 * body.length)) return true
    const by = introducingHop(this.#chain, this.#state.number)?.sequence
    this.#structure.push(versionFailure.tooLarge(this.#profile.versionLabel(this.#state.number), by))
    return false
  }

  /** Hashing runs on the caller's thread: between versions of large messages everybody else gets a turn. */
  async #letOthersRun(): Promise<void> {
    if (this.#sinceYield < yieldAfterBytes) return
    this.#sinceYield = 0
    await new Promise<void>(resolve => setImmediate(resolve))
  }

  async #checkState(): Promise<void> {
    const version = this.#chain.versions[this.#state.number - 1]
    if (version) {
      const by = introducingHop(this.#chain, version.number)?.sequence
      const failure = await checkVersionHashes(this.#state, version, this.#profile, by, this.#bounds)
      if (failure) this.#hashes.push(failure)
    }
    for (const hop of this.#chain.hops.toReversed()) {
      if (hop.version === this.#state.number && !(await this.#isOver())) await this.#checkHop(hop)
    }
  }

  async #checkHop(hop: Hop): Promise<void> {
    const prefix = this.#profile.signingPrefix(this.#state, this.#chain, hop.sequence)
    const own = Buffer.from(this.#profile.withoutSignatures(hop.signingForm), 'latin1')
    const input = Buffer.concat([prefix, own])
    if (!this.#budget.spend(input.length)) {
      this.#structure.push(versionFailure.tooLarge(this.#profile.versionLabel(hop.version), hop.sequence))
      return
    }
    this.judged.add(hop.sequence)
    const failure = checkHopHashes(this.#state, hop, this.#profile.bodyForm)
    if (failure) this.#hopHashes.push(failure)
    if (await this.#isOver()) return
    const keys = await this.#keysOf(hop)
    this.#signatures.push(checkSignatures(hop, input, keys, this.#profile.groups))
    this.#pendingBytes += input.length
    if (this.#pendingBytes > this.#bounds.maxPendingBytes) {
      await Promise.all(this.#signatures)
      this.#pendingBytes = 0
    }
  }

  async #keysOf(hop: Hop): Promise<FetchedKeys> {
    if (typeof this.#keys !== 'function') return this.#keys
    const keys = await this.#keys(hop)
    this.#keyFailures.push(...keys.failures)
    return keys
  }

  /** Goes one version back; false where that is impossible, which is a failure. */
  #undo(): boolean {
    const version = this.#chain.versions[this.#state.number - 1]
    if (!version) return false
    const previous = previousVersion(this.#state, version, this.#budget)
    if (previous instanceof MessageVersion) {
      if (namesFrom(version)) this.#checkFrom()
      this.#state = previous
      return true
    }
    const by = introducingHop(this.#chain, version.number)?.sequence
    const label = this.#profile.versionLabel(version.number)
    this.#structure.push(
      previous === 'too large' ? versionFailure.tooLarge(label, by) : this.#profile.misfit(version, by),
    )
    return false
  }

  /** From is the affair of the hop that put it there: the first one, or one whose recipe names it. */
  #checkFrom(): void {
    const { fromPolicy, pathFailures } = this.#profile
    const hop = introducingHop(this.#chain, this.#state.number)
    if (!fromPolicy || !hop || isFromAuthentic(this.#state.message.fields, hop.domain, fromPolicy)) return
    this.#from.push({ ...signatureFailure.notAuthentic(hop.sequence), state: pathFailures })
  }
}

function namesFrom(version: Version): boolean {
  return version.changes.headers.some(name => lowerAscii(name) === 'from')
}
