/** What single fields were read as, kept as long as the fields themselves. */

import type { HeaderField } from '../../message/message.ts'
import type { FieldBounds } from '../bounds.ts'

interface Kept<T> {
  readonly reader: object
  readonly bounds: FieldBounds
  readonly read: T
}

/**
 * A message is verified, told by its hops, looked up among those that came before and signed, and each of them asks for the same
 * fields. The last reading of a field is kept.
 */
export class KeptReadings<T> {
  readonly #kept = new WeakMap<HeaderField, Kept<T>>()

  /** @param reader the same object for all fields that are read in the same way */
  of(field: HeaderField, reader: object, bounds: FieldBounds, read: () => T): T {
    const known = this.#kept.get(field)
    if (known?.reader === reader && areSame(known.bounds, bounds)) return known.read
    const made = { reader, bounds, read: read() }
    this.#kept.set(field, made)
    return made.read
  }
}

function areSame(one: FieldBounds, other: FieldBounds): boolean {
  return (
    one.maxHops === other.maxHops &&
    one.maxVersions === other.maxVersions &&
    one.maxHeaderSteps === other.maxHeaderSteps
  )
}
