/** The DKIM2 fields of a message, each read by its profile: what their chain is made of, and the first that cannot be read. */

import { type HeaderField, lowerAscii, type Message } from '../../message/message.ts'
import type { Hop, Version } from '../model.ts'
import type { Failure } from '../verdict.ts'

export interface FieldReaders {
  /** Name of the version field, in lower case. */
  readonly versionField: string
  version(field: HeaderField): Version | Failure
  hop(field: HeaderField): Hop | Failure
}

export interface FieldsRead {
  readonly versions: readonly Version[]
  readonly hops: readonly Hop[]
  /** The first field, from above, that cannot be read. */
  readonly failed?: { readonly field: HeaderField; readonly isVersion: boolean; readonly failure: Failure }
}

/** Reads all DKIM2 fields of a message, in whatever order they stand. */
export function readFields(message: Message, readers: FieldReaders): FieldsRead {
  const versions: Version[] = []
  const hops: Hop[] = []
  let failed: FieldsRead['failed']
  for (const field of message.fields) {
    const name = lowerAscii(field.name)
    if (name === readers.versionField) {
      const version = readers.version(field)
      if (isFailure(version)) failed ??= { field, isVersion: true, failure: version }
      else versions.push(version)
    } else if (name === 'dkim2-signature') {
      const hop = readers.hop(field)
      if (isFailure(hop)) failed ??= { field, isVersion: false, failure: hop }
      else hops.push(hop)
    }
  }
  return { versions, hops, ...(failed && { failed }) }
}

function isFailure(value: Version | Hop | Failure): value is Failure {
  return 'state' in value
}
