/** The DKIM2 fields of a message, each read by its profile: what their chain is made of, and the first that cannot be read. */

import { type HeaderField, lowerAscii, type Message } from '../../message/message.ts'
import type { FieldBounds } from '../bounds.ts'
import type { Hop, Version } from '../model.ts'
import type { Failure } from '../verdict.ts'
import { KeptReadings } from './kept-readings.ts'

/** One object for each way of reading: what was read is kept by it. */
export interface FieldReaders {
  /** Name of the version field, in lower case. */
  readonly versionField: string
  version(field: HeaderField, bounds: FieldBounds): Version | Failure
  hop(field: HeaderField, bounds: FieldBounds): Hop | Failure
}

export interface FieldsRead {
  readonly versions: readonly Version[]
  readonly hops: readonly Hop[]
  /** The first field, from above, that cannot be read. */
  readonly failed?: { readonly field: HeaderField; readonly isVersion: boolean; readonly failure: Failure }
}

const keptVersions = new KeptReadings<Version | Failure>()
const keptHops = new KeptReadings<Hop | Failure>()

/** Reads all DKIM2 fields of a message, in whatever order they stand. */
export function readFields(message: Message, readers: FieldReaders, bounds: FieldBounds): FieldsRead {
  const versions: Version[] = []
  const hops: Hop[] = []
  let failed: FieldsRead['failed']
  for (const field of message.fields) {
    const name = lowerAscii(field.name)
    if (name === readers.versionField) {
      const version = keptVersions.of(field, readers, bounds, () => readers.version(field, bounds))
      if (isFailure(version)) failed ??= { field, isVersion: true, failure: version }
      else versions.push(version)
    } else if (name === 'dkim2-signature') {
      const hop = keptHops.of(field, readers, bounds, () => readers.hop(field, bounds))
      if (isFailure(hop)) failed ??= { field, isVersion: false, failure: hop }
      else hops.push(hop)
    }
  }
  return { versions, hops, ...(failed && { failed }) }
}

function isFailure(value: Version | Hop | Failure): value is Failure {
  return 'state' in value
}
