/**
 * Applying a recipe: rebuilding the previous version of a header section or body.
 * draft-ietf-dkim-dkim2-spec-06 section 5, in the form of the inner model.
 *
 * A copy never overlaps another, so what is rebuilt is at most what was there plus the data of the recipe itself.
 */

import { endsWithCrlf, skipLines } from '../message/body-lines.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
import type { CountFields, HeaderChange, Step } from './model.ts'

const crlf = Buffer.from('\r\n')

/**
 * The previous body.
 *
 * @returns undefined where the steps do not fit: a range that is out of order or past the end, an item with a line end.
 *   A last line without CRLF that is copied to the end stays so, as the canonical forms end it anyway.
 */
export function applyBodySteps(body: Buffer, steps: readonly Step[]): Buffer | undefined {
  const pieces: Buffer[] = []
  let position: Position | undefined = { line: 1, offset: 0 }
  for (const step of steps) {
    if (step.kind === 'data') {
      if (!step.items.every(isOneLine)) return undefined
      completeLine(pieces)
      for (const item of step.items) pieces.push(item, crlf)
    } else {
      const from: Position | undefined = moveTo(body, position, step.from)
      if (!from || step.to < step.from || from.offset >= body.length) return undefined
      position = moveTo(body, from, step.to + 1)
      if (!position) return undefined
      completeLine(pieces)
      pieces.push(body.subarray(from.offset, position.offset))
    }
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}

/** The beginning of a line; the line after the last one begins at the body's end. */
interface Position {
  readonly line: number
  readonly offset: number
}

function moveTo(body: Buffer, from: Position, line: number): Position | undefined {
  if (!Number.isSafeInteger(line) || line < from.line) return undefined
  const offset = skipLines(body, from.offset, line - from.line)
  return offset === undefined ? undefined : { line, offset }
}

/** Gives a copied last line its CRLF once something follows it. */
function completeLine(pieces: Buffer[]): void {
  const last = pieces[pieces.length - 1]
  if (last && last.length > 0 && last !== crlf && !endsWithCrlf(last, 0, last.length)) pieces.push(crlf)
}

/**
 * The previous header section. Fields that stay keep their place; restored ones stand beside them, or where the topmost
 * field of their name stood, or at the end. Their order among fields of other names is ignored.
 *
 * @returns undefined where steps do not fit
 */
export function applyHeaderChanges(
  fields: readonly HeaderField[],
  changes: readonly HeaderChange[],
): readonly HeaderField[] | undefined {
  const places = Map.groupBy(fields.keys(), index => lowerAscii(fields[index]?.name ?? ''))
  const replaced = new Map<number, HeaderField[]>()
  const rest: HeaderField[] = []
  for (const { name, change, spelling } of changes) {
    if (change === 'unrecoverable') return undefined
    const fromBottom = (places.get(lowerAscii(name)) ?? []).reverse()
    const emitted = emittedItems(fromBottom, change)
    if (!emitted) return undefined
    for (const index of fromBottom) replaced.set(index, [])
    const spelled = spelling === 'lost' ? (fields[fromBottom[0] ?? -1]?.name ?? name) : name
    placeItems(emitted, fields, spelled, replaced.get(fromBottom.at(-1) ?? -1) ?? rest, replaced)
  }
  return fields.flatMap((field, index) => replaced.get(index)?.toReversed() ?? field).concat(rest.reverse())
}

/** What the steps emit, from the bottom upwards: places of fields that stay, and values. */
function emittedItems(
  fromBottom: readonly number[],
  steps: readonly Step[],
): (number | Buffer)[] | undefined {
  const emitted: (number | Buffer)[] = []
  let end = 0
  for (const step of steps) {
    if (step.kind === 'data') {
      if (!step.items.every(isOneLine)) return undefined
      for (const item of step.items) emitted.push(item)
    } else {
      if (step.from <= end || step.to < step.from || step.to > fromBottom.length) return undefined
      for (const place of fromBottom.slice(step.from - 1, step.to)) emitted.push(place)
      end = step.to
    }
  }
  return emitted
}

/**
 * Puts each item where it belongs: a field that stays in its own place, a value with the field that stays below it, or
 * with the lowest one that stays, or where `otherwise` is. All lists are from the bottom upwards.
 */
function placeItems(
  emitted: readonly (number | Buffer)[],
  fields: readonly HeaderField[],
  name: string,
  otherwise: HeaderField[],
  replaced: ReadonlyMap<number, HeaderField[]>,
): void {
  const lowest = emitted.find(item => typeof item === 'number')
  let beside = replaced.get(lowest ?? -1) ?? otherwise
  for (const item of emitted) {
    const stays = typeof item === 'number' ? fields[item] : undefined
    if (typeof item === 'number') beside = replaced.get(item) ?? otherwise
    beside.push(stays ?? restoredField(name, item as Buffer))
  }
}

/** Octets go in unchanged, folds and Unicode aside: a restored value is one line. */
function restoredField(name: string, value: Buffer): HeaderField {
  const start = Buffer.from(value.length === 0 ? `${name}:` : `${name}: `, 'latin1')
  return { name, octets: Buffer.concat([start, value, crlf]) }
}

function isOneLine(item: Buffer): boolean {
  return !item.includes(0x0d) && !item.includes(0x0a)
}

/** Counts the fields of each name; the counts are those of the moment of the call. */
export function fieldCounter(fields: readonly HeaderField[]): CountFields {
  const counts = new Map<string, number>()
  for (const field of fields) {
    const name = lowerAscii(field.name)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return name => counts.get(name) ?? 0
}
