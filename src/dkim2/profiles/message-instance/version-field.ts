/** The Message-Instance field. docs/design/message-instance.md, "Message-Instance". */

import type { HeaderField } from '../../../message/message.ts'
import type { FieldBounds } from '../../bounds.ts'
import { signingForm } from '../../canonicalize.ts'
import { base64Pieces, base64Tag, foldedField, plainTag } from '../../folding.ts'
import type { Hashes, Recipe, Version, VersionChanges } from '../../model.ts'
import type { VersionDraft } from '../../profile.ts'
import { type Failure, unknownSequence, versionFailure } from '../../verdict.ts'
import {
  isTextString,
  joinGroups,
  readableNumber,
  readNumber,
  readOctets,
  readTags,
  readTriples,
} from './fields.ts'
import { writeRecipe } from './recipe-codec.ts'
import { recipeOf } from './recipe-failures.ts'
import type { RuleSet } from './rules.ts'
import { versionFieldName, versionLabel } from './version-label.ts'

/** Reads a Message-Instance field. */
export function readVersion(field: HeaderField, bounds: FieldBounds, rules: RuleSet): Version | Failure {
  const list = readTags(field, rules)
  if (!list) return versionFailure.syntax(versionLabel(readableNumber(field, 'm')))
  const text = list.get('m')
  if (text === undefined) return versionFailure.tagMissing(versionLabel(unknownSequence), 'm')
  const number = readNumber(text, bounds.maxVersions)
  const label = versionLabel(number || readableNumber(field, 'm'))
  if (number === 0) return versionFailure.syntax(label)
  const h = list.get('h')
  if (h === undefined) return versionFailure.tagMissing(label, 'h')
  const hashes = readHashes(h, rules)
  if (!hashes) return versionFailure.syntax(label)
  if (new Set(hashes.map(({ algorithm }) => algorithm)).size < hashes.length) {
    return versionFailure.duplicateHash(label)
  }
  const recipe = readRecipeTag(list.get('r'), number, bounds, rules)
  if ('state' in recipe) return recipe
  return {
    number,
    field,
    signingForm: signingForm(field),
    hashes,
    parts: [],
    changes: changesOf(recipe),
    recipe: () => recipe,
  }
}

/** A hash of another length is well-formed; it matches nothing. */
function readHashes(text: string, rules: RuleSet): Hashes[] | undefined {
  const hashes: Hashes[] = []
  for (const { group, first, second, third } of readTriples(text, rules) ?? []) {
    const header = readOctets(second)
    const body = readOctets(third)
    if (!isTextString(first) || !header || !body) return undefined
    hashes.push({ algorithm: first, group, header, body })
  }
  return hashes.length === 0 ? undefined : hashes
}

function readRecipeTag(
  text: string | undefined,
  number: number,
  bounds: FieldBounds,
  rules: RuleSet,
): Recipe | Failure {
  if (text === undefined) return { headers: [] }
  const octets = readOctets(text)
  if (!octets) return versionFailure.syntax(versionLabel(number))
  const recipe = recipeOf(octets, number, rules)
  if ('state' in recipe) return recipe
  return headerItems(recipe) > bounds.maxHeaderSteps ? versionFailure.tooLarge(versionLabel(number)) : recipe
}

/** Steps, and the fields that they restore. */
function headerItems(recipe: Recipe): number {
  return recipe.headers.reduce((sum, { change }) => {
    if (change === 'unrecoverable') return sum
    return change.reduce((steps, step) => steps + (step.kind === 'data' ? step.items.length : 1), sum)
  }, 0)
}

function changesOf(recipe: Recipe): VersionChanges {
  const replaced = recipe.headers.filter(
    ({ change }) => change === 'unrecoverable' || change.some(step => step.kind === 'data'),
  )
  return {
    body: recipe.body !== undefined,
    headers: recipe.headers.map(({ name }) => name),
    headersReplaced: replaced.map(({ name }) => name),
    unrecoverable: recipe.body === 'unrecoverable',
  }
}

/**
 * Writes a Message-Instance field.
 *
 * @throws RangeError for a recipe that cannot be expressed
 */
export function writeVersion(draft: VersionDraft, rules: RuleSet): HeaderField {
  const { number, state, recipe } = draft
  const recipeOctets = recipe && writeRecipe(recipe, rules)
  const sets = draft.hashes.map(algorithm => ({
    group: 0,
    pieces: [
      ...withColon(base64Pieces(`${algorithm}:`, state.headerHash(rules.isUnsigned, algorithm))),
      ...base64Pieces('', state.bodyHash('simple', algorithm)),
    ],
  }))
  return foldedField(versionFieldName, [
    plainTag('m', String(number)),
    { name: 'h', pieces: joinGroups(sets) },
    ...(recipeOctets ? [base64Tag('r', recipeOctets)] : []),
  ])
}

function withColon(pieces: readonly string[]): string[] {
  return [...pieces.slice(0, -1), `${pieces.at(-1) ?? ''}:`]
}
