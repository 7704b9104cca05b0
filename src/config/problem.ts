/** What is wrong with a configuration, told so that its author finds the place and knows what to write there. */

import type { z } from 'zod'
import { masked } from '../message/printable.ts'

/** A mistake in the configuration or in a file that it names. The text is complete: no stack is needed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Issue = z.core.$ZodIssue
type Path = readonly PropertyKey[]

const shownCharacters = 60

/** Says which settings there are at a place, for the one that does not exist. */
export type KnownSettings = (path: Path) => readonly string[]

/**
 * One line per mistake: `path: expected X, found Y`.
 *
 * @param issues what the schema says
 * @param config the configuration as written; its values are shown, except what looks like a key
 * @param known the settings of each place
 */
export function problemLines(issues: readonly Issue[], config: unknown, known: KnownSettings): string[] {
  return issues.flatMap(issue => issueLines(issue, [], { config, known }))
}

interface Source {
  readonly config: unknown
  readonly known: KnownSettings
}

function issueLines(issue: Issue, above: Path, source: Source): string[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const expected = source.known(path).join(', ')
    return issue.keys.map(key => `${pathText([...path, key])}: unknown setting; expected one of ${expected}`)
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors)
    if (branch !== undefined) return branch.flatMap(inner => issueLines(inner, path, source))
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map(inner => `${pathText(path)}: expected ${expectation(inner)} as the name`)
  }
  return [
    `${pathText(path)}: expected ${expectation(issue)}, found ${foundText(valueAt(source.config, path))}`,
  ]
}

/** Of the kinds that a value could have been, the one it was meant to be: where the mistake lies deepest, and the fewest settings are unknown. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches
    .filter(branch => branch.every(issue => issue.code !== 'invalid_type' || issue.path.length > 0))
    .toSorted((a, b) => unknownSettings(a) - unknownSettings(b))[0]
}

function unknownSettings(branch: readonly Issue[]): number {
  const counts = branch.map(issue => (issue.code === 'unrecognized_keys' ? issue.keys.length : 0))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** What was expected, in words. */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeText(issue.expected)
    case 'invalid_value':
      return `one of ${issue.values.map(value => foundText(value)).join(', ')}`
    case 'too_small':
      return issue.origin === 'array'
        ? `at least ${issue.minimum} ${entries(issue.minimum)}`
        : smallestText(issue)
    case 'too_big':
      return issue.origin === 'array'
        ? `at most ${issue.maximum} ${entries(issue.maximum)}`
        : biggestText(issue)
    case 'invalid_union':
      return unionText(issue.errors)
    default:
      return issue.message
  }
}

function entries(number: number | bigint): string {
  return number === 1 ? 'entry' : 'entries'
}

function smallestText(issue: z.core.$ZodIssueTooSmall): string {
  return issue.origin === 'string' ? 'a text that is not empty' : `a number of at least ${issue.minimum}`
}

function biggestText(issue: z.core.$ZodIssueTooBig): string {
  return issue.message.startsWith('Too big') ? `a number of at most ${issue.maximum}` : issue.message
}

function unionText(branches: readonly (readonly Issue[])[]): string {
  return [...new Set(branches.flatMap(branch => branch.slice(0, 1).map(expectation)))].join(' or ')
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function typeText(type: string): string {
  return typeNames[type] ?? type
}

/** A path as it would be written in code: `domains["alias.example"].aliases.team[0]`. */
export function pathText(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(String(part))) text += text === '' ? String(part) : `.${String(part)}`
    else text += `[${JSON.stringify(String(part))}]`
  }
  return text === '' ? 'the configuration' : text
}

function valueAt(config: unknown, path: Path): unknown {
  let value = config
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[part]
  }
  return value
}

/** A value as it was found: short, and nothing of what looks like a key. */
export function foundText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value !== 'string') return String(value)
  if (/-----BEGIN|PRIVATE KEY/.test(value)) return 'text that looks like a key (not shown)'
  const short = value.length > shownCharacters ? `${value.slice(0, shownCharacters)}...` : value
  return `'${masked(short)}'`
}
