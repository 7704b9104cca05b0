/** Settings of a list as they stand on a command line: `subjectTag=[news]`, `footer.text=...`, `maxMessageBytes=50000`. */
import type { z } from 'zod'
import { problemLines } from '../../config/problem.ts'
import { knownSettingsOf } from '../../config/reference.ts'
import type { ListSettings } from '../../lists/settings.ts'
import { listSettingsSchema, readListSettings } from '../../lists/settings.ts'
import { UsageError } from '../../operator/problems.ts'

type Values = { [name: string]: unknown }
type Issue = z.core.$ZodIssue

/**
 * Settings with the assignments carried out, in their order. Nothing behind the `=` takes the default back.
 *
 * @param before as they are; may lack settings that have no default
 * @throws UsageError with one line per mistake
 */
export function assignSettings(before: object, assignments: readonly string[]): ListSettings {
  const values = structuredClone(before) as Values
  for (const assignment of assignments) assign(values, assignment)
  const reading = readListSettings(values)
  if (reading.kind === 'read') return reading.settings
  throw wrongSettings(reading.issues, values)
}

/**
 * Settings as they were given, with defaults for what is missing.
 *
 * @throws UsageError with one line per mistake
 */
export function givenSettings(given: object): ListSettings {
  return assignSettings(given, [])
}

/**
 * Settings with a JSON merge patch (RFC 7396) carried out; what it makes of them is not looked at.
 *
 * @param patch null takes the default back
 */
export function patchSettings(before: object, patch: object): object {
  const values: Values = { ...before }
  for (const [name, value] of Object.entries(patch)) {
    const inner = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === null) delete values[name]
    else if (isObject(value)) own(values, name, patchSettings(isObject(inner) ? inner : {}, value))
    else own(values, name, value)
  }
  return values
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrongSettings(issues: readonly Issue[], values: Values): UsageError {
  const lines = problemLines(issues, values, knownSettingsOf(listSettingsSchema))
  return new UsageError(
    ['the settings of the list are not valid:', ...lines.map(line => `  ${line}`)].join('\n'),
  )
}

function assign(values: Values, assignment: string): void {
  const at = assignment.indexOf('=')
  if (at < 1) throw new UsageError(`${assignment}: expected name=value, such as 'subjectTag=[news]'`)
  const path = assignment.slice(0, at).split('.')
  const text = assignment.slice(at + 1)
  if (text === '') return put(values, path, undefined)
  // A text is the text itself wherever the setting takes it; only then may it be a number, a word of JSON, or a list.
  const readings = [text, ...jsonValue(text), text.split(',').map(part => part.trim())]
  const fitting = readings.find(value => issuesAt(values, path, value).length === 0)
  put(values, path, fitting === undefined ? closest(values, path, readings) : fitting)
}

function jsonValue(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

/** Of readings that are all wrong, one of the right kind: its mistake is what the person made. */
function closest(values: Values, path: readonly string[], readings: readonly unknown[]): unknown {
  const isOfKind = (value: unknown) =>
    !issuesAt(values, path, value).some(
      issue => issue.code === 'invalid_type' && issue.path.length === path.length,
    )
  return readings.find(isOfKind) ?? readings[0]
}

/** What the schema says about one setting with this value. */
function issuesAt(values: Values, path: readonly string[], value: unknown): Issue[] {
  const tried = structuredClone(values)
  put(tried, path, value)
  const reading = readListSettings(tried)
  if (reading.kind === 'read') return []
  return reading.issues.filter(issue =>
    path.every((part, at) => at >= issue.path.length || issue.path[at] === part),
  )
}

function put(values: Values, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length > 0) {
    const inner = Object.hasOwn(values, name) ? values[name] : undefined
    const below = typeof inner === 'object' && inner !== null ? (inner as Values) : {}
    put(below, rest, value)
    own(values, name, below)
  } else if (value === undefined) delete values[name]
  else own(values, name, value)
}

/** Also for a name such as `__proto__`, which an assignment would treat as something else. */
function own(values: Values, name: string, value: unknown): void {
  Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true })
}
