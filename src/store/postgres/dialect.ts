/**
 * SQL as it is written for this program, in the words that SQLite takes, for PostgreSQL. What both understand stands as it is; here is
 * where they differ:
 * - parameters are `$1`, `$2` instead of `@name` and `?`; numbers say that they may be large
 * - names with capital letters (the fields of rows) are quoted, or they would be folded to lower case
 * - whether a parameter is NULL is said, not asked
 * - a text is said to be JSON where a part of it is asked for
 * - a list of values is an array: `IN (SELECT value FROM json_each(@ids))` becomes `= ANY ($1)`
 * - `max` and `min` of several values are `greatest` and `least`, `json_group_array` is `json_agg`, `INSERT OR IGNORE` has its say at the end
 * - the number that a new row gets is answered only when it is asked for
 */

/** A statement, ready for the server. */
export interface Bound {
  readonly text: string
  readonly values: unknown[]
}

interface Part {
  /** SQL between parameters. */
  readonly sql: string
  /** The parameter behind it: its name, or its place among those without one. */
  readonly parameter?: string | number
  readonly isList?: boolean
  /** It is only asked whether it is NULL: the server would not know of what type it is. */
  readonly isNullTest?: boolean
}

/** A statement taken apart, once. */
export type Template = readonly Part[]

const listOf = /(NOT )?IN \(SELECT value FROM json_each\((@\w+|\?)\)\)/g
const token = /'(?:[^']|'')*'|"[^"]*"|(@\w+|\?)(\[\]| IS NULL\b)?|\b[a-z]+(?:[A-Z][a-z0-9]*)+\b/g

/** Takes a statement apart. */
export function template(source: string): Template {
  const sql = withoutDialect(source)
  const parts: Part[] = []
  let places = 0
  let from = 0
  let text = ''
  for (const { 0: found, 1: parameter, 2: suffix, index } of sql.matchAll(token)) {
    text += sql.slice(from, index)
    from = index + found.length
    if (parameter === undefined) {
      text += /^['"]/.test(found) ? found : `"${found}"`
      continue
    }
    const named = parameter === '?' ? places++ : parameter.slice(1)
    parts.push({ sql: text, parameter: named, isList: suffix === '[]', isNullTest: suffix === ' IS NULL' })
    text = ''
  }
  return [...parts, { sql: text + sql.slice(from) }]
}

function withoutDialect(sql: string): string {
  const plain = sql
    .replace(listOf, (_, not: string | undefined, parameter: string) =>
      not === undefined ? `= ANY (${parameter}[])` : `<> ALL (${parameter}[])`,
    )
    .replace(/ INDEXED BY \w+/g, '')
    .replace(/\bx''/g, `''::bytea`)
    .replace(/\b(\w\.\w+) (?=->> ')/g, '($1::json) ')
    .replace(/json_group_array\(([^)]*)\)/g, 'json_agg($1)::text')
    .replace(/\b(max|min)\((?=[^()]*(?:\([^()]*\)[^()]*)*,)/g, (_, name: string) =>
      name === 'max' ? 'greatest(' : 'least(',
    )
  const numbered =
    /^\s*INSERT INTO (?:messages|deliveries|lists|accounts|admins|api_tokens|batch_messages) /.test(plain) &&
    !/\bRETURNING\b/.test(plain)
  if (/^\s*INSERT OR IGNORE/.test(plain))
    return `${plain.replace('INSERT OR IGNORE', 'INSERT')} ON CONFLICT DO NOTHING`
  return numbered ? `${plain} RETURNING id` : plain
}

/** Puts parameters into a statement: by their names, of one object, or by their places. */
export function bind(template: Template, parameters: readonly unknown[]): Bound {
  const values: unknown[] = []
  const known = new Map<string | number, string>()
  let text = ''
  for (const { sql, parameter, isList = false, isNullTest } of template) {
    text += sql
    if (parameter === undefined) continue
    if (isNullTest) {
      text += (parameterOf(parameter, parameters) ?? null) === null
      continue
    }
    let place = known.get(parameter)
    if (place === undefined) {
      const value = toValue(parameterOf(parameter, parameters), isList)
      place = `$${values.push(value)}${typeOf(value)}`
      known.set(parameter, place)
    }
    text += place
  }
  return { text, values }
}

function parameterOf(parameter: string | number, parameters: readonly unknown[]): unknown {
  if (typeof parameter === 'number') return parameters[parameter]
  return (parameters[0] as Readonly<Record<string, unknown>> | undefined)?.[parameter]
}

/** A NUL has no place in a text of PostgreSQL; octets go as they are. */
function toValue(value: unknown, isList: boolean): unknown {
  if (isList) return listIn(String(value)).map(one => toValue(one, false))
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd')
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value ?? null
}

/** @throws TypeError: the statement was given something else */
function listIn(json: string): readonly unknown[] {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) throw new TypeError(`expected a list of values as JSON, found ${json}`)
  return list
}

/** Nothing for what the server finds out by itself. */
function typeOf(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? '::bigint' : '::double precision'
  if (!Array.isArray(value) || value.length === 0) return ''
  return typeof value[0] === 'number' ? '::bigint[]' : '::text[]'
}
