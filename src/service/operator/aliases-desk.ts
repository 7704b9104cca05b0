/** Aliases: all of them to look at, those of the database to change. */
import { aliasAddress, readAliasMap, readTargets } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { foldedAddress, foldedLocalPart } from '../../message/mailbox.ts'
import { printable } from '../../message/printable.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import type { Answer, Asked, Performers } from '../../operator/operations.ts'
import { NotThere, UsageError } from '../../operator/problems.ts'
import type { AliasName, StoredAlias } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'
import type { Outside } from '../outside/outside.ts'
import { StoredAliases } from '../outside/stored-aliases.ts'
import { aliasArgument, isOwnDomain, remarksOn } from './checked-aliases.ts'
import type { DeskDependencies } from './desk-dependencies.ts'
import { nextOf, numberAfter, wrongCursor } from './page-cursor.ts'

type AliasesDesk = Pick<
  Performers,
  'listAliases' | 'addAlias' | 'setAlias' | 'removeAlias' | 'importAliases' | 'exportAliases'
>
type Dependencies = Pick<DeskDependencies, 'store' | 'config' | 'outside' | 'clock' | 'progress' | 'changed'>
type ShownAlias = Answer<'listAliases'>['aliases'][number]

export function aliasesDesk(dependencies: Dependencies): AliasesDesk {
  const { store, config, outside } = dependencies
  return {
    async listAliases(asked) {
      const suspended = new Set(await (await store('read')).suspendedTargets())
      return pageOf(shownAliases(await config(), (await outside()).sources(), suspended), asked)
    },
    addAlias: ({ alias, targets }) => put(alias, before => [...before, ...targets], dependencies),
    setAlias: ({ alias, targets }) => put(alias, () => targets, dependencies),
    removeAlias: asked => remove(asked, dependencies),
    importAliases: asked => importAll(asked, dependencies),
    async exportAliases({ after, limit }) {
      const changes = await (await store('read')).aliasChanges({
        after: after === undefined ? 0 : numberAfter(after),
        limit,
      })
      return {
        aliases: changes.map(({ localPart, domain, targets }) => ({ localPart, domain, targets })),
        next: nextOf(changes, limit, last => String(last.version)),
      }
    },
  }
}

/** The first source that knows an alias goes; in the order of names, and of sources for each. */
export function shownAliases(
  { domains }: RelayConfig,
  outside: ReturnType<Outside['sources']>,
  suspendedKeys: ReadonlySet<string>,
): ShownAlias[] {
  const configured = Object.entries(domains).flatMap(([domain, { aliases }]) =>
    Object.entries(aliases).map(([name, targets]) => ({ localPart: foldedLocalPart(name), domain, targets })),
  )
  const seen = new Set<string>()
  return [{ name: 'configuration', entries: configured }, ...outside]
    .flatMap(({ name, entries }) =>
      [...entries].map(({ targets, ...key }) => {
        const alias = aliasAddress(key)
        const inForce = !seen.has(alias)
        seen.add(alias)
        const suspended = targets.filter(target => suspendedKeys.has(foldedAddress(target)))
        return { alias, source: name, inForce, targets, suspended }
      }),
    )
    .toSorted((one, other) => compare(one.alias, other.alias))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one === other ? 0 : 1
}

/** An alias that several sources have stands on several lines: the cursor tells how many of them were shown. */
function pageOf(all: readonly ShownAlias[], { text, suspended, limit, after }: Asked<'listAliases'>) {
  const found = all.filter(
    one =>
      (text === undefined || hasText(one, text.toLowerCase())) &&
      (suspended !== true || one.suspended.length > 0),
  )
  const from = after === undefined ? 0 : placeAfter(found, after)
  const aliases = found.slice(from, from + limit)
  const next = from + limit < found.length ? cursorAt(found, from + limit) : null
  return { aliases, total: found.length, next }
}

function cursorAt(found: readonly ShownAlias[], place: number): string {
  const alias = found[place - 1]?.alias ?? ''
  const first = found.findIndex(one => one.alias === alias)
  return `${place - first} ${alias}`
}

/** @throws UsageError for what no page has said */
function placeAfter(found: readonly ShownAlias[], cursor: string): number {
  const [, shown, alias] = /^(\d{1,4}) (.+)$/s.exec(cursor) ?? []
  if (shown === undefined || alias === undefined) throw wrongCursor(cursor)
  const first = found.findIndex(one => one.alias >= alias)
  if (first < 0) return found.length
  return found[first]?.alias === alias ? first + Number(shown) : first
}

function hasText({ alias, targets }: ShownAlias, text: string): boolean {
  return [alias, ...targets].some(address => address.toLowerCase().includes(text))
}

async function put(
  text: string,
  targetsOf: (before: readonly string[]) => readonly string[],
  { store, config, clock, changed }: Dependencies,
): Promise<Answer<'setAlias'>> {
  const [settings, to] = [await config(), await store('change')]
  const name = aliasArgument(text, settings)
  const before = (await to.alias(name))?.targets.split(',') ?? []
  const alias = { ...name, targets: joined(targetsOf(before).map(addressArgument)) }
  const remarks = await remarksOn([alias], { store: to, config: settings })
  await to.setAliases([alias], clock())
  changed()
  return { alias: aliasAddress(alias), targets: alias.targets.split(','), remarks }
}

/** Each address once, however it is spelled. */
function joined(targets: readonly string[]): string {
  const once = new Map(targets.toReversed().map(target => [foldedAddress(target), target]))
  const read = readTargets([...once.values()].toReversed())
  if ('problem' in read) throw new UsageError(read.problem)
  return read.targets
}

async function remove(
  { alias: text, target }: Asked<'removeAlias'>,
  { store, config, clock, changed }: Dependencies,
): Promise<Answer<'removeAlias'>> {
  const [settings, to] = [await config(), await store('change')]
  const name = aliasArgument(text, settings)
  const before = (await to.alias(name))?.targets.split(',') ?? []
  const gone = new Set((target ?? []).map(one => foldedAddress(addressArgument(one))))
  const left = target === undefined ? [] : before.filter(one => !gone.has(foldedAddress(one)))
  if (left.length === before.length)
    throw new NotThere(`${printable(text)}: the database has no such alias or address of it`)
  const alias = { ...name, targets: left.join(',') }
  if (left.length === 0) await to.removeAliases([name], clock())
  else {
    await remarksOn([alias], { store: to, config: settings })
    await to.setAliases([alias], clock())
  }
  changed()
  return { alias: aliasAddress(name), targets: left }
}

/** Aliases in one transaction: a relay beside it waits a fraction of a second, not until the last one is in. */
const changedAtOnce = 2_000

async function importAll(
  { octets, replace, dryRun }: Asked<'importAliases'>,
  dependencies: Dependencies,
): Promise<Answer<'importAliases'>> {
  const [settings, to] = [await dependencies.config(), await dependencies.store('change')]
  const text = Buffer.from(octets).toString()
  const { entries, bad } = await readAliasMap(text, domain => isOwnDomain(domain, settings))
  const aliases = [...entries].map(({ targets, ...name }) => ({ ...name, targets: targets.join(',') }))
  const gone = replace ? (await aliasesIn(to)).filter(one => !entries.has(one.localPart, one.domain)) : []
  const nothing = { added: 0, changed: 0, same: 0, removed: 0, bad, imported: false }
  if (bad.length > 0) return { ...nothing, remarks: [] }
  const remarks = await remarksOn(aliases, { store: to, config: settings, removed: gone })
  if (dryRun) return { ...nothing, remarks }
  const removed = await removeAll(gone, to, dependencies)
  const done = await setAll(aliases, to, dependencies)
  dependencies.changed()
  return { ...done, removed, bad, remarks, imported: true }
}

async function setAll(aliases: readonly StoredAlias[], to: Store, { clock, progress }: Dependencies) {
  const sum = { added: 0, changed: 0, same: 0 }
  for (let at = 0; at < aliases.length; at += changedAtOnce) {
    const done = await to.setAliases(aliases.slice(at, at + changedAtOnce), clock())
    sum.added += done.added
    sum.changed += done.changed
    sum.same += done.same
    progress(`${Math.min(at + changedAtOnce, aliases.length)} of ${aliases.length} aliases set`)
  }
  progress('')
  return sum
}

async function removeAll(names: readonly AliasName[], to: Store, { clock }: Dependencies): Promise<number> {
  let removed = 0
  for (let at = 0; at < names.length; at += changedAtOnce)
    removed += await to.removeAliases(names.slice(at, at + changedAtOnce), clock())
  return removed
}

async function aliasesIn(store: Store): Promise<AliasName[]> {
  const stored = new StoredAliases(store)
  await stored.look()
  return [...stored.entries]
}
