/**
 * Recipes as MailVersion spells them. docs/design/mailversion.md, "Recipes".
 *
 * Body recipes translate step by step. Header recipes are edits of the list of instances, which count from the top and
 * may shift: they become steps of the inner model once the number of instances is known, and are made from steps with the
 * values that the fields have.
 */

import { decodeBase64 } from '../../../message/base64.ts'
import { trimWhiteSpace } from '../../../message/header-field.ts'
import { base64Pieces } from '../../folding.ts'
import type { Change, Step } from '../../model.ts'

/** One edit of the list of instances of a name. */
export type Edit =
  | { readonly kind: 'delete'; readonly place: number | 'all' }
  | { readonly kind: 'put'; readonly value: Buffer }

/** t: holds printable ASCII without `;` and `,`, single spaces inside; docs/design/mailversion.md, "Recipes". */
const plainText = /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]+(?: [\x21-\x2b\x2d-\x3a\x3c-\x7e]+)*$/
/** Longer texts are written in base64, which can be folded. */
const maxPlainText = 200
const readableText = /^[\x20-\x7e]*$/
const copyRange = /^c:(\d{1,10})-(\d{1,10})$/
const deletion = /^d:(\*|\d{1,10})$/

/** Reads the value of a `b` tag; undefined where it is malformed. */
export function readBodyRecipe(text: string): Change | undefined {
  const words = splitSteps(text)
  if (words.length === 1 && words[0] === 'z') return 'unrecoverable'
  const steps: Step[] = []
  let data: Buffer[] | undefined
  for (const word of words) {
    const range = word.startsWith('c:') ? copyRange.exec(word) : null
    if (range) {
      steps.push({ kind: 'copy', from: Number(range[1]), to: Number(range[2]) })
      data = undefined
      continue
    }
    const line = readData(word)
    if (!line) return undefined
    if (!data) {
      data = []
      steps.push({ kind: 'data', items: data })
    }
    data.push(line)
  }
  return steps
}

/** Reads the value of an `h.` tag; undefined where it is malformed. */
export function readHeaderRecipe(text: string): readonly Edit[] | 'unrecoverable' | undefined {
  const words = splitSteps(text)
  if (words.length === 1 && words[0] === 'z') return 'unrecoverable'
  const edits: Edit[] = []
  for (const word of words) {
    const place = deletion.exec(word)?.[1]
    const value = place === undefined ? readData(word) : undefined
    if (place !== undefined) edits.push({ kind: 'delete', place: place === '*' ? 'all' : Number(place) })
    else if (value) edits.push({ kind: 'put', value })
    else return undefined
  }
  return edits
}

function splitSteps(text: string): string[] {
  return text === '' ? [] : text.split(',').map(trimWhiteSpace)
}

/** A line or value; a fold in text may have made more of its spaces, hence one for any run. */
function readData(word: string): Buffer | undefined {
  const text = word.slice(2)
  if (word.startsWith('b:')) return withoutLineEnds(decodeBase64(text))
  if (!word.startsWith('t:')) return undefined
  const plain = trimWhiteSpace(text).replace(/[ \t]+/g, ' ')
  return readableText.test(plain) ? Buffer.from(plain, 'latin1') : undefined
}

function withoutLineEnds(octets: Buffer | undefined): Buffer | undefined {
  return octets && !octets.includes(0x0d) && !octets.includes(0x0a) ? octets : undefined
}

/**
 * Edits as steps of the inner model.
 *
 * @param count how many instances there are
 * @returns undefined where an edit deletes an instance that is not there
 */
export function stepsOfEdits(edits: readonly Edit[], count: number): readonly Step[] | undefined {
  // From the bottom upwards, so that putting on top is adding at the end. A number is an instance as it stands.
  let list: (number | Buffer)[] = Array.from({ length: count }, (_, index) => index + 1)
  for (const edit of edits) {
    if (edit.kind === 'put') list.push(edit.value)
    else if (edit.place === 'all') list = []
    else if (edit.place < 1 || edit.place > list.length) return undefined
    else list.splice(list.length - edit.place, 1)
  }
  return list.reduce<Step[]>(addItem, [])
}

/** Adds an item to the steps, joined to the last step where it continues it. */
function addItem(steps: Step[], item: number | Buffer): Step[] {
  const last = steps.at(-1)
  if (typeof item === 'number') {
    if (last?.kind === 'copy' && last.to === item - 1) steps[steps.length - 1] = { ...last, to: item }
    else steps.push({ kind: 'copy', from: item, to: item })
  } else if (last?.kind === 'data') {
    steps[steps.length - 1] = { kind: 'data', items: [...last.items, item] }
  } else {
    steps.push({ kind: 'data', items: [item] })
  }
  return steps
}

/** The value of a `b` tag, in pieces between which it may be folded. */
export function writeBodyRecipe(change: Change): readonly string[] {
  if (change === 'unrecoverable') return ['z']
  return joinSteps(
    change.flatMap(step =>
      step.kind === 'copy' ? [[`c:${step.from}-${step.to}`]] : step.items.map(item => dataPieces(item)),
    ),
  )
}

/**
 * The value of an `h.` tag, in pieces between which it may be folded.
 *
 * @param values of the instances as they stand, from the bottom upwards
 * @throws RangeError for steps that do not fit them
 */
export function writeHeaderRecipe(change: Change, values: readonly Buffer[]): readonly string[] {
  if (change === 'unrecoverable') return ['z']
  const kept = change.flatMap(step => (step.kind === 'copy' ? rangeOf(step.from, step.to) : []))
  if (kept.some((place, index) => place > values.length || place <= (kept[index - 1] ?? 0))) {
    throw new RangeError('a header recipe copies instances that are not there, or out of order')
  }
  const lastCopy = change.findLastIndex(step => step.kind === 'copy')
  const isDataOnTop = change.every((step, index) => step.kind === 'copy' || index > lastCopy)
  if (kept.length === 0 || !isDataOnTop)
    return joinSteps([['d:*'], ...itemsOf(change, values).map(dataPieces)])
  const dropped = values.map((_, index) => index + 1).filter(place => !kept.includes(place))
  // The lowest first: a deletion moves only what is below it, as places count from the top.
  const deletions = dropped.map(place => [`d:${values.length - place + 1}`])
  return joinSteps([...deletions, ...itemsOf(change.slice(lastCopy + 1), values).map(dataPieces)])
}

function rangeOf(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}

function itemsOf(steps: readonly Step[], values: readonly Buffer[]): readonly Buffer[] {
  return steps.flatMap(step => (step.kind === 'copy' ? values.slice(step.from - 1, step.to) : step.items))
}

function dataPieces(item: Buffer): string[] {
  if (item.includes(0x0d) || item.includes(0x0a)) {
    throw new RangeError('a recipe cannot give a line or value that holds a CR or LF')
  }
  const text = item.toString('latin1')
  return item.length <= maxPlainText && plainText.test(text) ? [`t:${text}`] : base64Pieces('b:', item)
}

function joinSteps(steps: readonly string[][]): string[] {
  return steps.flatMap((pieces, index) =>
    index === steps.length - 1 ? pieces : [...pieces.slice(0, -1), `${pieces.at(-1)},`],
  )
}
