/**
 * The MTA-STS policies of destinations (RFC 8461): found by their TXT record, fetched over HTTPS, and kept in the store for as
 * long as they say. A policy that is in force stays so when its record or its host cannot be reached: taking them away is
 * how an attacker would begin (section 10.2).
 */
import { RecentMap } from '../bounded/recent-map.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { Store } from '../store/store.ts'
import type { StsPolicyRecord } from '../store/tls-records.ts'
import type { StsFetched, StsFetchFailure } from './sts-fetch.ts'
import { readStsRecord } from './sts-policy.ts'

export interface StsDependencies {
  readonly store: Pick<Store, 'stsPolicy' | 'keepStsPolicy' | 'stsPoliciesToRefresh'>
  readonly resolver: Pick<Resolver, 'txt'>
  fetch(domain: string): Promise<StsFetched>
  /** Unix milliseconds. */
  clock(): number
  readonly settings: StsSettings
  /** A policy could not be fetched; `kept` is the one that stays in force. */
  failed(problem: StsProblem): void
  /** A policy was fetched. */
  fetched(policy: StsPolicyRecord): void
}

export interface StsSettings {
  /** A host that failed is left alone for so long; RFC 8461 section 3.3 asks for five minutes at least. */
  readonly retryFetchMilliseconds: number
  /** A policy that is older is fetched again, though its id is the same (section 3.3 suggests a day). */
  readonly refreshAfterMilliseconds: number
  /** Domains whose policies, or lack of one, are remembered without asking the store. */
  readonly maxRemembered: number
}

export interface StsProblem {
  readonly domain: string
  readonly failure: StsFetchFailure
  readonly reason: string
  readonly kept?: StsPolicyRecord
}

export class StsPolicies {
  readonly #dependencies: StsDependencies
  /** What the store says; null: nothing. */
  readonly #remembered: RecentMap<string, StsPolicyRecord | null>
  /** Ids of policies that could not be fetched, by domain, with the time from which they may be asked for again. */
  readonly #failures: RecentMap<string, { readonly id: string; readonly until: number }>
  readonly #underWay = new Map<string, Promise<StsPolicyRecord | undefined>>()

  constructor(dependencies: StsDependencies) {
    this.#dependencies = dependencies
    const { maxRemembered: maxEntries } = dependencies.settings
    this.#remembered = new RecentMap({ maxEntries })
    this.#failures = new RecentMap({ maxEntries })
  }

  /**
   * The policy that a message to this domain has to obey; undefined when there is none, or mode `none`. Never rejects for
   * what DNS or a policy host does.
   *
   * @param domain lower case, A-labels
   */
  async policyFor(domain: string): Promise<StsPolicyRecord | undefined> {
    const record = await readStsRecord(await this.#dependencies.resolver.txt(`_mta-sts.${domain}`))
    const kept = await this.#inForce(domain)
    const isNew = record.kind === 'id' && record.id !== kept?.id
    const policy = isNew && this.#mayFetch(domain, record.id) ? await this.#fetch(domain, record.id) : kept
    return policy?.mode === 'none' ? undefined : policy
  }

  /**
   * Fetches old policies again before they expire, so that nobody can wait until they do; a few at a time.
   *
   * @returns how many were looked at
   */
  async refresh(limit: number): Promise<number> {
    const { store, settings, clock, resolver } = this.#dependencies
    const now = clock()
    const fetchedBefore = now - settings.refreshAfterMilliseconds
    const due = await store.stsPoliciesToRefresh({ now, fetchedBefore, limit })
    for (const { domain, id } of due) {
      const record = await readStsRecord(await resolver.txt(`_mta-sts.${domain}`))
      const current = record.kind === 'id' ? record.id : id
      if (this.#mayFetch(domain, current)) await this.#fetch(domain, current)
    }
    return due.length
  }

  /** The policy of the store while its time lasts. */
  async #inForce(domain: string): Promise<StsPolicyRecord | undefined> {
    const known = this.#remembered.get(domain)
    const kept = known === undefined ? ((await this.#dependencies.store.stsPolicy(domain)) ?? null) : known
    this.#remembered.set(domain, kept)
    return kept !== null && kept.expiresAt > this.#dependencies.clock() ? kept : undefined
  }

  #mayFetch(domain: string, id: string): boolean {
    const failure = this.#failures.peek(domain)
    return failure === undefined || failure.id !== id || failure.until <= this.#dependencies.clock()
  }

  /** The policy as it is now; the one in force where it cannot be fetched. Messages that wait for the same share the answer. */
  #fetch(domain: string, id: string): Promise<StsPolicyRecord | undefined> {
    const key = `${domain} ${id}`
    const before = this.#underWay.get(key)
    if (before !== undefined) return before
    const fetching = this.#fetchNow(domain, id).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, fetching)
    return fetching
  }

  async #fetchNow(domain: string, id: string): Promise<StsPolicyRecord | undefined> {
    const { store, settings, clock, fetch } = this.#dependencies
    const answer = await fetch(domain)
    const now = clock()
    if (answer.kind === 'failed') {
      const { failure, reason } = answer
      this.#failures.set(domain, { id, until: now + settings.retryFetchMilliseconds })
      const kept = await this.#inForce(domain)
      this.#dependencies.failed({ domain, failure, reason, ...(kept !== undefined && { kept }) })
      return kept
    }
    const expiresAt = now + answer.policy.maxAgeSeconds * 1000
    const policy: StsPolicyRecord = { domain, id, ...answer.policy, fetchedAt: now, expiresAt }
    await store.keepStsPolicy(policy)
    this.#failures.delete(domain)
    this.#remembered.set(domain, policy)
    this.#dependencies.fetched(policy)
    return policy
  }
}
