/** What leads from one header section back to another, name by name. draft-ietf-dkim-dkim2-spec-06 sections 5 and 6. */

import { type HeaderField, lowerAscii, valueOctets } from '../message/message.ts'
import { headerForm } from './canonicalize.ts'
import { matchSequences } from './diff-sequence.ts'
import type { DiffWork } from './diff-work.ts'
import type { Change, HeaderChange, Step } from './model.ts'
import type { UnsignedFields } from './unsigned-fields.ts'

/**
 * The changes of the fields of each name that differ in canonical form, sorted by name. Fields of different names have no
 * order among each other, those of one name have.
 *
 * @param isUnsigned tells the names that are left out
 * @returns a change is 'unrecoverable' where a value is lost that holds a CR or LF, and for lines that are no fields
 */
export function diffHeader(
  current: readonly HeaderField[],
  previous: readonly HeaderField[],
  isUnsigned: UnsignedFields,
  work: DiffWork,
): HeaderChange[] {
  const is = Map.groupBy(current, field => lowerAscii(field.name))
  const was = Map.groupBy(previous, field => lowerAscii(field.name))
  const names = [...new Set([...is.keys(), ...was.keys()])].filter(name => !isUnsigned(name)).sort()
  return names.flatMap(key => {
    const before = (was.get(key) ?? []).toReversed()
    const now = (is.get(key) ?? []).toReversed()
    const change = instanceSteps(before, now, work)
    const name = (before[0] ?? now[0])?.name ?? key
    return change === undefined ? [] : { name, change: name === '' ? 'unrecoverable' : change }
  })
}

/** The change of the instances of a name, from the bottom upwards; undefined where there is none. */
function instanceSteps(
  previous: readonly HeaderField[],
  current: readonly HeaderField[],
  work: DiffWork,
): Change | undefined {
  const ids = new Map<string, number>()
  const previousIds = Int32Array.from(previous, field => idOf(ids, canonicalForm(field)))
  const currentIds = Int32Array.from(current, field => idOf(ids, canonicalForm(field)))
  if (previous.length === current.length && previousIds.every((id, index) => currentIds[index] === id)) {
    return undefined
  }
  const partners = matchSequences(previousIds, currentIds, ids.size, work)
  const items = previous.map((field, index) => {
    const partner = partners[index] ?? -1
    return partner < 0 ? valueOctets(field) : partner + 1
  })
  return items.every(isGivable) ? stepsOf(items) : 'unrecoverable'
}

function isGivable(item: Buffer | number): boolean {
  return typeof item === 'number' || !(item.includes('\r') || item.includes('\n'))
}

function idOf(ids: Map<string, number>, value: string): number {
  const known = ids.get(value)
  if (known !== undefined) return known
  ids.set(value, ids.size)
  return ids.size - 1
}

/** The form in which a field is hashed, latin1. */
function canonicalForm(field: HeaderField): string {
  return headerForm([field], () => false)
}

/** Values to be given, and numbers of instances to be copied, as steps. */
function stepsOf(items: readonly (Buffer | number)[]): Step[] {
  const steps: Step[] = []
  for (let at = 0; at < items.length; ) {
    const start = at
    const first = items[at++]
    if (typeof first === 'number') {
      while (items[at] === first + (at - start)) at++
      steps.push({ kind: 'copy', from: first, to: first + (at - start) - 1 })
    } else {
      while (at < items.length && typeof items[at] !== 'number') at++
      steps.push({ kind: 'data', items: items.slice(start, at).filter(item => typeof item !== 'number') })
    }
  }
  return steps
}
