/** The MailVersion field. docs/design/mailversion.md, "MailVersion". */

import { decodeBase64 } from '../../../message/base64.ts'
import { isFieldName } from '../../../message/header-field.ts'
import {
  fieldValue,
  type HeaderField,
  lowerAscii,
  type Message,
  valueOctets,
} from '../../../message/message.ts'
import { parseTagList, type TagList } from '../../../message/tag-list.ts'
import type { FieldBounds } from '../../bounds.ts'
import { signingForm } from '../../canonicalize.ts'
import { base64Tag, type FoldableTag, foldedField, plainTag } from '../../folding.ts'
import type { Change, CountFields, PartHash, Recipe, Version, VersionChanges } from '../../model.ts'
import { isDkim2Field } from '../../unsigned-fields.ts'
import { type Failure, unknownSequence, versionFailure } from '../../verdict.ts'
import {
  type Edit,
  readBodyRecipe,
  readHeaderRecipe,
  stepsOfEdits,
  writeBodyRecipe,
  writeHeaderRecipe,
} from './recipe-codec.ts'

export const versionFieldName = 'MailVersion'
const partNumber = /^\d{1,4}(?:\.\d{1,4})*$/

/** How text names a version. */
export function versionLabel(number: number | string): string {
  return `${versionFieldName} v=${number}`
}

/** The recipe as written: it becomes a recipe of the inner model once the message is there. */
interface WrittenRecipe {
  readonly body: Change | undefined
  readonly headers: readonly { readonly name: string; readonly edits: readonly Edit[] | 'unrecoverable' }[]
}

/** Reads a MailVersion field. */
export function readVersion(field: HeaderField, bounds: FieldBounds): Version | Failure {
  const list = parseTagList(fieldValue(field))
  if (list.kind === 'malformed') return versionFailure.syntax(versionLabel(readableNumber(field)))
  const text = list.get('v')
  if (text === undefined) return versionFailure.tagMissing(versionLabel(unknownSequence), 'v')
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0
  const label = versionLabel(number || unknownSequence)
  if (number < 1 || number > bounds.maxVersions) return versionFailure.syntax(label)
  if (list.get('bh') === undefined) return versionFailure.tagMissing(label, 'bh')
  const body = hashOf(list.get('bh') ?? '')
  const parts = readParts(list)
  const written = readRecipe(list)
  if (!body || !parts || !written) return versionFailure.syntax(label)
  if (headerSteps(written) > bounds.maxHeaderSteps) return versionFailure.tooLarge(label)
  return {
    number,
    field,
    signingForm: signingForm(field),
    hashes: [{ algorithm: 'sha256', body }],
    parts,
    changes: changesOf(written),
    recipe: count => fittedRecipe(written, count),
  }
}

function readableNumber(field: HeaderField): string {
  return /(?:^|;)[ \t]*v[ \t]*=[ \t]*(\d{1,9})[ \t]*(?:;|$)/i.exec(fieldValue(field))?.[1] ?? unknownSequence
}

/** A hash of another length is well-formed; it matches nothing. */
function hashOf(text: string): Buffer | undefined {
  const value = decodeBase64(text)
  return value && value.length > 0 ? value : undefined
}

function readParts(list: TagList): PartHash[] | undefined {
  const parts: PartHash[] = []
  for (const tag of list.tags) {
    if (!/^bin\./i.test(tag.name)) continue
    const number = tag.name.slice('bin.'.length)
    const value = hashOf(tag.value)
    if (!value || !partNumber.test(number)) return undefined
    parts.push({ number, value })
  }
  return parts
}

/** A recipe for a DKIM2 field is malformed: the chain is what hops and versions say, not what one of them restores. */
function readRecipe(list: TagList): WrittenRecipe | undefined {
  const text = list.get('b')
  const body = text === undefined ? undefined : readBodyRecipe(text)
  if (text !== undefined && !body) return undefined
  const headers: WrittenRecipe['headers'][number][] = []
  for (const tag of list.tags) {
    if (!/^h\./i.test(tag.name)) continue
    const name = tag.name.slice('h.'.length)
    const edits = readHeaderRecipe(tag.value)
    if (!edits || !isFieldName(name) || isDkim2Field(lowerAscii(name))) return undefined
    headers.push({ name, edits })
  }
  return { body, headers }
}

function headerSteps(written: WrittenRecipe): number {
  return written.headers.reduce((sum, header) => sum + header.edits.length, 0)
}

function changesOf(written: WrittenRecipe): VersionChanges {
  const replaced = written.headers.filter(
    ({ edits }) => edits === 'unrecoverable' || edits.some(edit => edit.kind === 'put'),
  )
  return {
    body: written.body !== undefined,
    headers: written.headers.map(header => header.name),
    headersReplaced: replaced.map(header => header.name),
    unrecoverable:
      written.body === 'unrecoverable' || written.headers.some(({ edits }) => edits === 'unrecoverable'),
  }
}

function fittedRecipe(written: WrittenRecipe, count: CountFields): Recipe | undefined {
  const headers: Recipe['headers'][number][] = []
  for (const { name, edits } of written.headers) {
    const change = edits === 'unrecoverable' ? edits : stepsOfEdits(edits, count(lowerAscii(name)))
    if (!change) return undefined
    headers.push({ name, change })
  }
  return written.body === undefined ? { headers } : { headers, body: written.body }
}

/** What goes into a MailVersion field. */
export interface VersionText {
  readonly number: number
  readonly bodyHash: Buffer
  readonly parts: readonly PartHash[]
  readonly recipe: Recipe | undefined
}

/**
 * Writes a MailVersion field.
 *
 * @param message the message at this version: some header recipes hold values of its fields
 * @throws RangeError for a recipe that cannot be expressed: a CR or LF in data, a field name with `;` or `=`, a DKIM2
 *   field, steps that do not fit the message, two changes of one name
 */
export function writeVersion(text: VersionText, message: Message): HeaderField {
  const { recipe } = text
  return foldedField(versionFieldName, [
    plainTag('v', String(text.number)),
    base64Tag('bh', text.bodyHash),
    ...text.parts.map(part => base64Tag(`bin.${part.number}`, part.value)),
    ...(recipe?.body === undefined ? [] : [recipeTag('b', writeBodyRecipe(recipe.body))]),
    ...headerTags(recipe, message),
  ])
}

function headerTags(recipe: Recipe | undefined, message: Message): FoldableTag[] {
  const names = new Set<string>()
  return (recipe?.headers ?? []).map(({ name, change }) => {
    const key = lowerAscii(name)
    if (!isCarriableName(name) || names.has(key))
      throw new RangeError(`a recipe cannot name the field ${name}`)
    names.add(key)
    const instances = message.fields.filter(field => lowerAscii(field.name) === key).reverse()
    return recipeTag(`h.${name}`, writeHeaderRecipe(change, instances.map(valueOctets)))
  })
}

function recipeTag(name: string, pieces: readonly string[]): FoldableTag {
  return { name, pieces: pieces.length === 0 ? [''] : pieces }
}

function isCarriableName(name: string): boolean {
  return isFieldName(name) && !/[;=]/.test(name) && !isDkim2Field(lowerAscii(name))
}
