/**
 * Aliases that do not stand in the configuration: a hundred thousand of them may be in memory, so each is kept as two texts. Whoever is asked
 * first goes first.
 */

/** Where a local part of an own domain leads; both as they are compared. Undefined: no alias of it here. */
export type OutsideAliases = (localPart: string, domain: string) => readonly string[] | undefined

export const noOutsideAliases: OutsideAliases = () => undefined

/** One alias, to be looked over. */
export interface AliasEntry {
  readonly domain: string
  readonly localPart: string
  readonly targets: readonly string[]
}

/** Aliases of one source, by domain and local part. */
export class AliasEntries {
  readonly #domains = new Map<string, Map<string, string>>()

  /** @param targets addresses with commas between them; null: there is no such alias any more */
  set(localPart: string, domain: string, targets: string | null): void {
    const entries = this.#domains.get(domain) ?? new Map<string, string>()
    if (targets === null) entries.delete(localPart)
    else entries.set(localPart, targets)
    this.#domains.set(domain, entries)
  }

  has(localPart: string, domain: string): boolean {
    return this.#domains.get(domain)?.has(localPart) === true
  }

  targetsOf(localPart: string, domain: string): readonly string[] | undefined {
    return this.#domains.get(domain)?.get(localPart)?.split(',')
  }

  get size(): number {
    return this.#domains.values().reduce((sum, entries) => sum + entries.size, 0)
  }

  *[Symbol.iterator](): Generator<AliasEntry> {
    for (const [domain, entries] of this.#domains)
      for (const [localPart, targets] of entries) yield { domain, localPart, targets: targets.split(',') }
  }
}
