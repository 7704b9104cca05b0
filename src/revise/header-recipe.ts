/**
 * The header part of a recipe, from the fields before and after. Fields are never edited: one that stayed is the same object,
 * one that is new was made here. So nothing is compared but identities, and the work is linear in the number of fields.
 *
 * A revision may be signed in several profiles: its recipe has every field that any of them signs, and a signer leaves out what
 * its profile does not.
 */

import type { HeaderChange, Step } from '../dkim2/index.ts'
import { isUnsignedSince08 } from '../dkim2/unsigned-fields.ts'
import { type HeaderField, lowerAscii, valueOctets } from '../message/message.ts'

/** What leads from the fields `after` to the fields `before`; fields that no profile signs are ignored. */
export function headerChanges(
  before: readonly HeaderField[],
  after: readonly HeaderField[],
): readonly HeaderChange[] {
  const old = instancesByName(before)
  const now = instancesByName(after)
  const changes: HeaderChange[] = []
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(key) ?? []
    const is = now.get(key) ?? []
    if (was.length === is.length && was.every((field, index) => is[index] === field)) continue
    changes.push({ name: spelling(was, is, key), change: stepsTo(was, is) })
  }
  return changes
}

/** Names of signed fields of which there are more than before, once for each. */
export function addedNames(before: readonly HeaderField[], after: readonly HeaderField[]): readonly string[] {
  const old = instancesByName(before)
  return [...instancesByName(after)].flatMap(([key, is]) =>
    is.slice(old.get(key)?.length ?? 0).map(field => field.name),
  )
}

/** The signed fields of each name (in lower case) from the bottom of the header section upwards. */
function instancesByName(fields: readonly HeaderField[]): Map<string, HeaderField[]> {
  const signed = fields.filter(field => field.name !== '' && !isUnsignedSince08(lowerAscii(field.name)))
  return Map.groupBy(signed.toReversed(), field => lowerAscii(field.name))
}

function spelling(was: readonly HeaderField[], is: readonly HeaderField[], key: string): string {
  return (was.at(-1) ?? is.at(-1))?.name ?? key
}

function stepsTo(was: readonly HeaderField[], is: readonly HeaderField[]): readonly Step[] {
  const places = new Map(is.map((field, index) => [field, index + 1]))
  const steps: Step[] = []
  let end = 0
  for (const field of was) {
    const place = places.get(field) ?? 0
    const last = steps.at(-1)
    if (place > end) {
      if (last?.kind === 'copy' && place === end + 1) steps[steps.length - 1] = { ...last, to: place }
      else steps.push({ kind: 'copy', from: place, to: place })
      end = place
    } else if (last?.kind === 'data') {
      steps[steps.length - 1] = { kind: 'data', items: [...last.items, valueOctets(field)] }
    } else {
      steps.push({ kind: 'data', items: [valueOctets(field)] })
    }
  }
  return steps
}
