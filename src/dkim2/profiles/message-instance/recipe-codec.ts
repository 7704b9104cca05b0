/** Recipes as Message-Instance spells them: base64 of JSON. docs/design/message-instance.md, "Recipes". */

import { isUtf8 } from 'node:buffer'
import { decodeBase64, encodeBase64 } from '../../../message/base64.ts'
import { isFieldName } from '../../../message/header-field.ts'
import { lowerAscii } from '../../../message/message.ts'
import type { Change, HeaderChange, Recipe, Step } from '../../model.ts'
import { isDkim2Field } from '../../unsigned-fields.ts'
import { type JsonMember, type JsonValue, readJson } from './json.ts'
import type { RuleSet } from './rules.ts'

/** Reads the octets of an r= tag; undefined where they are no recipe. Recipes of unsigned fields are left out. */
export function readRecipe(octets: Buffer, rules: RuleSet): Recipe | undefined {
  const root = readJson(octets)
  if (root?.kind !== 'object') return undefined
  const members = uniqueMembers(root.members, rules.foldsRecipeKeys)
  const h = members?.get('h')
  const b = members?.get('b')
  if (!members || (!h && !b)) return undefined
  const headers = h ? readHeaders(h, rules) : []
  const body = b?.kind === 'null' ? 'unrecoverable' : b && readSteps(b, rules)
  if (!headers || (b && !body)) return undefined
  return body === undefined ? { headers } : { headers, body }
}

/** Members by name; undefined where two have the same. */
function uniqueMembers(
  members: readonly JsonMember[],
  foldsCase: boolean,
): ReadonlyMap<string, JsonValue> | undefined {
  const found = new Map(members.map(({ name, value }) => [foldsCase ? lowerAscii(name) : name, value]))
  return found.size === members.length ? found : undefined
}

function readHeaders(value: JsonValue, rules: RuleSet): HeaderChange[] | undefined {
  if (value.kind !== 'object' || value.members.length === 0) return undefined
  const changes = uniqueMembers(value.members, true)
  if (!changes) return undefined
  const headers: HeaderChange[] = []
  for (const [name, steps] of changes) {
    const change = readSteps(steps, rules)
    if (!change || !isFieldName(name)) return undefined
    if (!rules.isUnsigned(name)) headers.push({ name, change, spelling: 'lost' })
  }
  return headers
}

function readSteps(value: JsonValue, rules: RuleSet): readonly Step[] | undefined {
  if (value.kind !== 'array') return undefined
  const steps: Step[] = []
  let end = 0
  for (const item of value.items) {
    const step = readStep(item, rules)
    if (!step) return undefined
    if (step.kind === 'copy') {
      if (step.from <= end || step.to < step.from) return undefined
      end = step.to
    }
    steps.push(step)
  }
  return steps
}

/** A step has exactly one key: c, d or u. */
function readStep(value: JsonValue, rules: RuleSet): Step | undefined {
  if (value.kind !== 'object') return undefined
  const members = uniqueMembers(value.members, rules.foldsRecipeKeys)
  const known = rules.octetSteps ? ['c', 'd', 'u'] : ['c', 'd']
  const key = known.find(name => members?.has(name))
  const content = key === undefined ? undefined : members?.get(key)
  if (value.members.length !== 1 || content?.kind !== 'array') return undefined
  if (key === 'c') return readCopy(content.items)
  const items = readItems(content.items, key === 'u' ? canonicalBase64 : text => text)
  return items && items.length > 0 ? { kind: 'data', items } : undefined
}

/** Numbers with more digits count nothing that a message can hold. */
const position = /^[1-9][0-9]{0,14}$/

function readCopy(items: readonly JsonValue[]): Step | undefined {
  const [from, to, ...others] = items
  if (from?.kind !== 'number' || to?.kind !== 'number' || others.length > 0) return undefined
  if (!position.test(from.text) || !position.test(to.text)) return undefined
  return { kind: 'copy', from: Number(from.text), to: Number(to.text) }
}

function readItems(
  items: readonly JsonValue[],
  decode: (octets: Buffer) => Buffer | undefined,
): Buffer[] | undefined {
  const decoded: Buffer[] = []
  for (const item of items) {
    const octets = item.kind === 'string' ? decode(item.octets) : undefined
    if (!octets || octets.includes(0x0d) || octets.includes(0x0a)) return undefined
    decoded.push(octets)
  }
  return decoded
}

/** With padding, without white space and with zeros for the bits that are over: one text for one value. */
function canonicalBase64(text: Buffer): Buffer | undefined {
  const encoded = text.toString('latin1')
  const octets = decodeBase64(encoded)
  return octets && encodeBase64(octets) === encoded ? octets : undefined
}

/**
 * The octets of an r= tag.
 *
 * @returns undefined for a recipe that changes nothing that is signed
 * @throws RangeError for a recipe that the rules cannot express: a body that cannot be recreated, octets that are not UTF-8,
 *   a CR or LF in data, two changes of one name, a DKIM2 field
 */
export function writeRecipe(recipe: Recipe, rules: RuleSet): Buffer | undefined {
  const headers = recipe.headers.filter(({ name }) => !rules.isUnsigned(lowerAscii(name)))
  checkNames(recipe.headers)
  const members = [
    ...(headers.length === 0
      ? []
      : [`"h":{${headers.map(header => headerMember(header, rules)).join(',')}}`]),
    ...(recipe.body === undefined ? [] : [`"b":${bodyMember(recipe.body, rules)}`]),
  ]
  return members.length === 0 ? undefined : Buffer.from(`{${members.join(',')}}`, 'utf8')
}

function checkNames(headers: readonly HeaderChange[]): void {
  const names = new Set(headers.map(({ name }) => lowerAscii(name)))
  if (names.size !== headers.length) throw new RangeError('a recipe names a header field twice')
  const odd = headers.find(({ name }) => !isFieldName(name) || isDkim2Field(lowerAscii(name)))
  if (odd) throw new RangeError(`a recipe cannot name the field ${odd.name}`)
}

function headerMember({ name, change }: HeaderChange, rules: RuleSet): string {
  if (change === 'unrecoverable') throw new RangeError('a header field must be recoverable')
  return `${JSON.stringify(lowerAscii(name))}:${writeSteps(change, rules)}`
}

function bodyMember(change: Change, rules: RuleSet): string {
  if (change !== 'unrecoverable') return writeSteps(change, rules)
  if (rules.nullBody !== 'unrecoverable') throw new RangeError('a body must be recoverable')
  return 'null'
}

function writeSteps(steps: readonly Step[], rules: RuleSet): string {
  return `[${steps.flatMap(step => writeStep(step, rules)).join(',')}]`
}

/** Items that are UTF-8 and others go into steps of their own. */
function writeStep(step: Step, rules: RuleSet): string[] {
  if (step.kind === 'copy') return [`{"c":[${step.from},${step.to}]}`]
  const runs: { key: 'd' | 'u'; values: string[] }[] = []
  for (const item of step.items) {
    if (item.includes(0x0d) || item.includes(0x0a)) {
      throw new RangeError('a recipe cannot give a line or value that holds a CR or LF')
    }
    const key = isUtf8(item) ? 'd' : 'u'
    if (key === 'u' && !rules.octetSteps)
      throw new RangeError('a recipe cannot give octets that are not UTF-8')
    const value = JSON.stringify(key === 'd' ? item.toString('utf8') : encodeBase64(item))
    const last = runs.at(-1)
    if (last?.key === key) last.values.push(value)
    else runs.push({ key, values: [value] })
  }
  return runs.map(({ key, values }) => `{"${key}":[${values.join(',')}]}`)
}
