/**
 * What the configuration says of aliases and routes, together with what stands outside of it: aliases of the store, and maps in files. A running
 * relay looks every second whether something has changed.
 */
import type { RelayConfig, RouteConfig } from '../../config/schema.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import type { AliasEntries, AliasEntry, OutsideAliases } from '../../expand/outside-aliases.ts'
import { mapFiles } from '../../limits.ts'
import type { ListTable } from '../../lists/list-table.ts'
import type { Logger } from '../../log/log.ts'
import type { AliasChange } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'
import { isDamage } from '../../store/store-error.ts'
import { aliasesOf } from '../directory.ts'
import { aliasFaults } from '../losing-mail.ts'
import { RepeatedLook } from '../repeated-look.ts'
import { aliasFiles, type MapFiles, type RouteTable, routeFiles } from './map-files.ts'
import { StoredAliases } from './stored-aliases.ts'

export type OutsideStore = Pick<Store, 'aliasesVersion' | 'aliasChanges'>

/** Where aliases stand. */
export interface AliasSource {
  /** `database`, or the name of a file. */
  readonly name: string
  readonly entries: AliasEntries
}

/** Whom a running relay tells, and what it needs to look over a change. */
export interface Watching {
  readonly log: Logger
  readonly lists: () => ListTable
}

/** All aliases and routes, as they are at the moment of each question. */
export interface Outside {
  /** The configuration with the routes of files behind its own. */
  readonly config: RelayConfig
  readonly aliases: AliasDirectory
  /** The aliases that do not stand in the configuration, by source: the database, then each file. Whichever knows an alias first goes. */
  sources(): readonly AliasSource[]
  /** All of those aliases, one after the other. */
  entries(): Iterable<AliasEntry>
  /** Looks now; it is done every second anyway once it is watched. Never rejects. */
  check(): Promise<void>
  /** Looks every second from now on. */
  watch(watching: Watching): { stop(): Promise<void> }
}

/**
 * Reads everything once.
 *
 * @param store undefined: there is no database yet
 * @param changes made to what the store says, to look at what they would lead to
 * @throws ConfigError naming file and line of a map, StoreError
 */
export async function openOutside(
  config: RelayConfig,
  store: OutsideStore | undefined,
  changes: readonly Omit<AliasChange, 'version'>[] = [],
): Promise<Outside> {
  const outside = new OutsideOfConfig(config, store ?? emptyStore)
  await outside.first(changes)
  return outside
}

const emptyStore: OutsideStore = { aliasesVersion: async () => 0, aliasChanges: async () => [] }

class OutsideOfConfig implements Outside {
  readonly config: RelayConfig
  readonly aliases: AliasDirectory
  readonly #aliasFiles: MapFiles<AliasEntries>
  readonly #routeFiles: MapFiles<RouteTable>
  readonly #stored: StoredAliases
  readonly #configured: RelayConfig
  /** Those who look for a route hold on to it. */
  readonly #routes: Record<string, RouteConfig> = {}
  readonly #looking: RepeatedLook
  #watching: Watching | undefined

  constructor(config: RelayConfig, store: OutsideStore) {
    this.#configured = config
    this.config = { ...config, routes: this.#routes }
    this.#aliasFiles = aliasFiles(config)
    this.#routeFiles = routeFiles(config)
    this.#stored = new StoredAliases(store)
    this.aliases = aliasesOf(
      config,
      among(() => this.#entries),
    )
    this.#looking = new RepeatedLook(
      mapFiles.everyMilliseconds,
      () => this.#look(),
      error => {
        if (!isDamage(error)) this.#watching?.log.error({ error }, 'aliases cannot be read again')
      },
    )
  }

  async first(changes: readonly Omit<AliasChange, 'version'>[]): Promise<void> {
    await Promise.all([this.#aliasFiles.first(), this.#routeFiles.first(), this.#stored.look()])
    for (const { localPart, domain, targets } of changes) this.#stored.entries.set(localPart, domain, targets)
    this.#takeRoutes()
  }

  get #entries(): readonly AliasEntries[] {
    return [this.#stored.entries, ...this.#aliasFiles.maps]
  }

  sources(): readonly AliasSource[] {
    const { aliases: files } = this.#configured.maps
    return this.#entries.map((entries, at) => ({ name: files[at - 1] ?? 'database', entries }))
  }

  *entries(): Generator<AliasEntry> {
    for (const source of this.#entries) yield* source
  }

  check(): Promise<void> {
    return this.#looking.check()
  }

  watch(watching: Watching): { stop(): Promise<void> } {
    this.#watching = watching
    this.#looking.start()
    return this.#looking
  }

  async #look(): Promise<void> {
    const log = this.#watching?.log
    const before = this.#stored.version
    const changed = await this.#stored.look()
    if (this.#stored.version !== before) {
      log?.info({ aliases: this.#stored.version - before }, 'aliases have changed')
      this.#tellFaults(changed)
    }
    const aliasMaps = await this.#aliasFiles.again((map, at) => this.#loopsOf(map, at))
    const routeMaps = await this.#routeFiles.again(() => [])
    if (routeMaps.read.length > 0) this.#takeRoutes()
    for (const file of [...aliasMaps.read, ...routeMaps.read]) log?.info({ file }, 'map read again')
    for (const error of [...aliasMaps.kept, ...routeMaps.kept])
      log?.error({ error }, 'a map cannot be used: it stays as it was read last')
  }

  #tellFaults(changed: readonly AliasEntry[]): void {
    if (this.#watching === undefined) return
    const { log, lists } = this.#watching
    const { loops, nowhere } = aliasFaults(this.#configured, this.aliases, lists(), changed, 'entries')
    for (const reason of [...loops, ...nowhere])
      log.error({ reason }, 'an alias leads nowhere: its mail comes back')
  }

  /** What a map would lead back to itself, in the place of the one that is in force. */
  #loopsOf(map: AliasEntries, at: number): readonly string[] {
    if (this.#watching === undefined) return []
    const beside = aliasesOf(
      this.#configured,
      among(() => this.#entries.with(at + 1, map)),
    )
    return aliasFaults(this.#configured, beside, this.#watching.lists(), map, 'entries').loops
  }

  #takeRoutes(): void {
    const { routes } = this.#configured
    const ofFiles = this.#routeFiles.maps.toReversed().flatMap(map => [...map])
    const all = { ...Object.fromEntries(ofFiles), ...routes }
    for (const domain of Object.keys(this.#routes))
      if (!Object.hasOwn(all, domain)) delete this.#routes[domain]
    Object.assign(this.#routes, all)
  }
}

/** Sources in their order: the first that knows an alias goes. */
function among(sources: () => readonly AliasEntries[]): OutsideAliases {
  return (localPart, domain) => {
    for (const source of sources()) {
      const targets = source.targetsOf(localPart, domain)
      if (targets !== undefined) return targets
    }
    return undefined
  }
}
