/**
 * What each version of a message changed, read from its recipe: for every place what was there before and what stands there
 * now. The recipes are undone one after the other, from the message as it is down to the first version.
 */

import { bodyLines, skipLines } from '../message/body-lines.ts'
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'
import { defaultBounds, WorkBudget } from './bounds.ts'
import { introducingHop, previousVersion } from './history.ts'
import type { Hunk } from './hunks.ts'
import { HunkWork, hunks } from './hunks.ts'
import { MessageVersion } from './message-version.ts'
import type { Chain, Change, Recipe, Step, Version } from './model.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import { fieldCounter } from './recipe.ts'

/** The change of one version; text is decoded from UTF-8 as far as it is that. */
export interface VersionChange {
  readonly version: number
  /** i= of the hop that made it; null where none signed it. */
  readonly i: number | null
  readonly headers: readonly FieldChange[]
  /** Lines count in the body of this version. */
  readonly body: readonly Hunk[]
  /** Why the version before cannot be shown; null where it can. */
  readonly obstacle: string | null
}

/** What changed between a message and the one before it. */
export type Changes = Pick<VersionChange, 'headers' | 'body'>

export interface FieldChange {
  readonly name: string
  /** Values, the lowest field first. */
  readonly before: readonly string[]
  readonly now: readonly string[]
}

/** The changes of every version that changed anything, the first version first. */
export function versionChanges(message: Message, wanted: Reading = {}): VersionChange[] {
  return walk(message, { wanted, hasBody: true })
}

/**
 * The same of a message of which the header section alone is kept: header fields are compared as ever; of the body it tells what
 * recipes do, `now` is empty there.
 */
export function versionChangesWithoutBody(section: Message, wanted: Reading = {}): VersionChange[] {
  return walk(section, { wanted, hasBody: false })
}

interface Walk {
  readonly wanted: Reading
  readonly hasBody: boolean
}

function walk(message: Message, { wanted, hasBody }: Walk): VersionChange[] {
  const reading = readChain(message, defaultBounds, profileSource(wanted))
  if (reading.kind !== 'chain') return []
  const { chain } = reading
  const budget = new WorkBudget(defaultBounds.maxWorkBytes)
  const work = new HunkWork()
  const changes: VersionChange[] = []
  let state = new MessageVersion(chain.versions.length, message)
  for (const version of chain.versions.toReversed()) {
    const previous = previousVersion(state, hasBody ? version : withoutBodyChange(version), budget)
    const obstacle = previous instanceof MessageVersion ? null : obstacleTexts[previous]
    const change = versionChange(version, chain, state.message, obstacle, work)
    changes.push(hasBody ? change : withoutBodyNow(change, version, state.message))
    if (!(previous instanceof MessageVersion)) break
    state = previous
  }
  return changes.filter(one => one.headers.length + one.body.length > 0 || one.obstacle !== null).toReversed()
}

/** The version as far as header fields go. */
function withoutBodyChange(version: Version): Version {
  return {
    ...version,
    changes: { ...version.changes, body: false },
    recipe(count) {
      const recipe = version.recipe(count)
      return recipe && { headers: recipe.headers }
    },
  }
}

const bodyGone = 'its body is no longer kept: what this version put there cannot be shown any more'

function withoutBodyNow(change: VersionChange, version: Version, { fields }: Message): VersionChange {
  if (change.obstacle !== null || !version.changes.body) return change
  const body = version.recipe(fieldCounter(fields))?.body
  return { ...change, body: body === undefined ? [] : bodyRemains(body), obstacle: bodyGone }
}

const obstacleTexts = {
  unrecoverable: 'this version says that what was before cannot be recreated',
  misfit: 'the recipe does not fit the message',
  'too large': 'undoing it is more work than the bounds allow',
} as const

function versionChange(
  version: Version,
  chain: Chain,
  message: Message,
  obstacle: string | null,
  work: HunkWork,
): VersionChange {
  const recipe = obstacle === null ? version.recipe(fieldCounter(message.fields)) : undefined
  return {
    version: version.number,
    i: introducingHop(chain, version.number)?.sequence ?? null,
    ...(recipe === undefined ? { headers: [], body: [] } : recipeChanges(recipe, message, work)),
    obstacle,
  }
}

/** What was changed to make a message of the one that its recipe leads back to. */
export function recipeChanges(recipe: Recipe, message: Message, work = new HunkWork()): Changes {
  return {
    headers: fieldChanges(recipe, message),
    body: recipe.body === undefined ? [] : bodyChanges(recipe.body, message.body, work),
  }
}

/**
 * What a recipe alone tells, of a message that is no longer kept: which fields changed, where in the body, and what had stood
 * there before. `now` is empty everywhere.
 */
export function recipeRemains({ headers, body }: Recipe): Changes {
  return {
    headers: headers.map(({ name, change }) => ({
      name,
      before: gaps(change, Number.POSITIVE_INFINITY).flatMap(gap => gap.before.map(textOf)),
      now: [],
    })),
    body: body === undefined ? [] : bodyRemains(body),
  }
}

/** Nobody knows whether anything stands after the last copied line, unless nothing else was changed. */
function bodyRemains(change: Change): Hunk[] {
  const all = gaps(change, Number.POSITIVE_INFINITY)
  const known = all.filter(gap => gap.before.length > 0 || (Number.isFinite(gap.end) && isChange(gap)))
  const places = known.length > 0 ? known : all.slice(-1)
  return places.map(({ from, before }) => ({ line: from, before: before.map(textOf), now: [] }))
}

function fieldChanges(recipe: Recipe, message: Message): FieldChange[] {
  return recipe.headers.flatMap(({ name, change }) => {
    const fields = message.fields.filter(field => lowerAscii(field.name) === lowerAscii(name))
    const values = fields.toReversed().map(field => Buffer.from(fieldValue(field), 'latin1'))
    const changed = gaps(change, values.length).filter(isChange)
    if (changed.length === 0) return []
    const now = changed.flatMap(gap => values.slice(gap.from - 1, gap.end).map(textOf))
    // Recipes may write names in lower case; what stands there shows how it is spelled.
    return [{ name: fields[0]?.name ?? name, before: changed.flatMap(gap => gap.before.map(textOf)), now }]
  })
}

function bodyChanges(change: Change, body: Buffer, work: HunkWork): Hunk[] {
  const changes: Hunk[] = []
  let line = 1
  let offset = 0
  for (const gap of gaps(change, Number.POSITIVE_INFINITY)) {
    offset = skipLines(body, offset, gap.from - line) ?? body.length
    const end = Number.isFinite(gap.end) ? skipLines(body, offset, gap.end + 1 - gap.from) : undefined
    const now = [...bodyLines(body.subarray(offset, end ?? body.length))]
    changes.push(...hunks({ line: gap.from, before: gap.before.map(textOf), now: now.map(textOf) }, work))
    line = gap.from + now.length
    offset = end ?? body.length
  }
  return changes
}

/** A place that no copy step covers: items `from` to `end` of now stand where `before` had stood. */
interface Gap {
  readonly from: number
  readonly end: number
  readonly before: readonly Buffer[]
}

function isChange(gap: Gap): boolean {
  return gap.before.length > 0 || gap.end >= gap.from
}

function gaps(change: Change, count: number): Gap[] {
  if (change === 'unrecoverable') return []
  const found: Gap[] = []
  let from = 1
  let before: Buffer[] = []
  for (const step of change as readonly Step[]) {
    if (step.kind === 'data') before.push(...step.items)
    else {
      found.push({ from, end: step.from - 1, before })
      before = []
      from = step.to + 1
    }
  }
  return [...found, { from, end: count, before }]
}

function textOf(octets: Buffer): string {
  return octets.toString('utf8')
}
