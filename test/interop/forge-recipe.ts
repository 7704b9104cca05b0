/** A recipe of the simplest kind for the forge: whole old values of changed fields, and the old lines between those that stayed. */

import { fieldsOf, isUnsigned } from './forge.ts'

interface Data {
  readonly d?: readonly string[]
  readonly u?: readonly string[]
}
type Step = Data | { readonly c: readonly [number, number] }

export interface ForgedRecipe {
  readonly h?: Readonly<Record<string, readonly Step[]>>
  readonly b?: readonly Step[]
}

/** What leads from `current` back to `previous`; undefined where no signed octet differs. */
export function forgeRecipe(previous: Buffer, current: Buffer): ForgedRecipe | undefined {
  const h = headerRecipe(valuesByName(previous), valuesByName(current))
  const b = bodyRecipe(linesOf(previous), linesOf(current))
  if (!h && !b) return undefined
  return { ...(h ? { h } : {}), ...(b ? { b } : {}) }
}

type Values = ReadonlyMap<string, readonly string[]>

function headerRecipe(before: Values, after: Values): ForgedRecipe['h'] {
  const names = [...new Set([...before.keys(), ...after.keys()])]
    .filter(name => String(before.get(name)) !== String(after.get(name)))
    .sort()
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map(name => [name, (before.get(name) ?? []).map(value => data([value]))]))
}

function bodyRecipe(before: readonly string[], after: readonly string[]): readonly Step[] | undefined {
  if (before.join('\n') === after.join('\n')) return undefined
  const shorter = Math.min(before.length, after.length)
  let top = 0
  while (top < shorter && before[top] === after[top]) top += 1
  let bottom = 0
  while (bottom < shorter - top && before.at(-1 - bottom) === after.at(-1 - bottom)) bottom += 1
  const between = before.slice(top, before.length - bottom)
  return [
    ...(top > 0 ? [{ c: [1, top] } as const] : []),
    ...between.map(line => data([line])),
    ...(bottom > 0 ? [{ c: [after.length - bottom + 1, after.length] } as const] : []),
  ]
}

/** Signed values by lower-case name, from the bottom of the header section upwards, in latin1. */
function valuesByName(message: Buffer): Values {
  const values = new Map<string, string[]>()
  for (const field of fieldsOf(message).reverse()) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).trim().toLowerCase()
    if (isUnsigned(name)) continue
    const value = field
      .slice(colon + 1)
      .replace(/\r\n/g, '')
      .replace(/^[ \t]+|[ \t]+$/g, '')
    values.set(name, [...(values.get(name) ?? []), value])
  }
  return values
}

/** Body lines in latin1; a last line without its CRLF counts. */
function linesOf(message: Buffer): readonly string[] {
  const end = message.indexOf('\r\n\r\n')
  const body = end < 0 ? '' : message.subarray(end + 4).toString('latin1')
  return body === '' ? [] : body.replace(/\r\n$/, '').split('\r\n')
}

/** `d` where the octets are UTF-8, `u` otherwise. */
function data(values: readonly string[]): Data {
  const octets = values.map(value => Buffer.from(value, 'latin1'))
  const isText = octets.every(value => Buffer.from(value.toString('utf8')).equals(value))
  return isText
    ? { d: octets.map(value => value.toString('utf8')) }
    : { u: octets.map(value => value.toString('base64')) }
}
