/** The aliases of the store, in memory. After the first time only what has changed is asked for, however many there are. */
import { AliasEntries, type AliasEntry } from '../../expand/outside-aliases.ts'
import type { AliasChange } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'

/** Aliases that are read in one question. */
const readAtOnce = 10_000

export class StoredAliases {
  readonly #store: Pick<Store, 'aliasesVersion' | 'aliasChanges'>
  readonly entries = new AliasEntries()
  #version = 0
  #isRead = false

  constructor(store: Pick<Store, 'aliasesVersion' | 'aliasChanges'>) {
    this.#store = store
  }

  /** Grows with every change. */
  get version(): number {
    return this.#version
  }

  /** Reads what has changed since the last look; the aliases that are new or lead elsewhere now, of the first look none. */
  async look(): Promise<AliasEntry[]> {
    const isFirst = !this.#isRead
    this.#isRead = true
    // Asked before the changes are: one in between is seen at the next look.
    const version = await this.#store.aliasesVersion()
    if (version === this.#version) return []
    const changed: AliasEntry[] = []
    for (;;) {
      const page = await this.#store.aliasChanges({ after: this.#version, limit: readAtOnce })
      for (const change of page) this.#apply(change, isFirst ? undefined : changed)
      this.#version = page.at(-1)?.version ?? this.#version
      if (page.length < readAtOnce) break
    }
    // The last change may have been a removal that is forgotten by now.
    this.#version = Math.max(this.#version, version)
    return changed
  }

  #apply({ localPart, domain, targets }: AliasChange, changed: AliasEntry[] | undefined): void {
    this.entries.set(localPart, domain, targets)
    if (targets !== null) changed?.push({ localPart, domain, targets: targets.split(',') })
  }
}
