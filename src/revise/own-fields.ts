/**
 * Fields that only one subscriber's copy has, on top of a revision that all copies share: a link to unsubscribe with one
 * click names the subscriber. The body and all other fields stay those of the shared revision, so that nothing of it is
 * made, stored or hashed again.
 */

import type { HeaderChange } from '../dkim2/index.ts'
import { type HeaderField, lowerAscii } from '../message/message.ts'
import type { Revision } from './revision.ts'

/**
 * The shared revision with `fields` on top of its message.
 *
 * @param before the message that was revised: it may have had fields of these names
 * @throws RangeError if the shared revision left a field of one of the names: their order would be of account
 */
export function withOwnFields(
  shared: Revision,
  fields: readonly HeaderField[],
  before: readonly HeaderField[],
): Revision {
  const names = new Map(fields.map(field => [lowerAscii(field.name), field.name]))
  const taken = shared.message.fields.find(field => names.has(lowerAscii(field.name)))
  if (taken) throw new RangeError(`${taken.name} is in the message that all copies share`)
  // Where the shared revision removed fields of a name its recipe gives them back, whatever stands there now.
  const known = new Set(shared.recipe.headers.map(({ name }) => lowerAscii(name)))
  const removed = [...names].filter(([key]) => !known.has(key))
  const headers: HeaderChange[] = removed.map(([, name]) => ({ name, change: [] }))
  const old = new Set(before.map(field => lowerAscii(field.name)))
  const added = [...names].filter(([key]) => !old.has(key)).map(([, name]) => name)
  return {
    message: { ...shared.message, fields: [...fields, ...shared.message.fields] },
    recipe: { ...shared.recipe, headers: [...shared.recipe.headers, ...headers] },
    addedFields: [...shared.addedFields, ...added],
  }
}
