/** What is wrong with a recipe, in the words of the revision. docs/design/message-instance.md, "Recipes". */

import type { Recipe, Version } from '../../model.ts'
import { type Failure, versionFailure } from '../../verdict.ts'
import { readOctets, readTags } from './fields.ts'
import { readJson } from './json.ts'
import { readRecipe } from './recipe-codec.ts'
import type { RuleSet } from './rules.ts'
import { versionLabel } from './version-label.ts'

/** Reads the octets of an r= tag; what is no recipe is a failure, and so is a body given up where that is not allowed. */
export function recipeOf(octets: Buffer, number: number, rules: RuleSet): Recipe | Failure {
  const label = versionLabel(number)
  const recipe = readRecipe(octets, rules)
  if (recipe?.body === 'unrecoverable' && rules.nullBody === 'permerror') {
    return { ...versionFailure.nullRecipe(label), state: 'permerror' }
  }
  if (recipe) return recipe
  const isJson = rules.quotesRecipes && readJson(octets) !== undefined
  return isJson ? versionFailure.invalidRecipe(label, octets) : versionFailure.invalidJson(label)
}

/** What a recipe that does not fit the message is. */
export function misfitOf(version: Version, sequence: number | undefined, rules: RuleSet): Failure {
  const label = versionLabel(version.number)
  if (rules.misfit === 'syntax error') return versionFailure.recipe(label, sequence)
  const octets = readOctets(readTags(version.field, rules)?.get('r') ?? '')
  return rules.quotesRecipes && octets
    ? versionFailure.invalidRecipe(label, octets, sequence)
    : versionFailure.invalidJson(label, sequence)
}
