/**
 * What tells whether two messages are copies of one. draft-ietf-dkim-dkim2-spec-06 section 11.9. Remembering what has been
 * seen, and for how long, is the affair of who receives.
 */

import type { Message } from '../message/message.ts'
import { defaultBounds } from './bounds.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'

export interface MessageIdentity {
  /** The hashes of the first version: equal for all copies of a message, whatever later hops made of them. ASCII. */
  readonly hashes: string
  /** A hop says that it sent more than one copy. */
  readonly exploded: boolean
}

/**
 * The identity of a message; nothing is verified.
 *
 * @returns undefined for a message without a chain that can be read, and for a profile whose versions hold no hash of the
 *   header section: bodies alone tell no messages apart
 */
export function messageIdentity(message: Message, reading: Reading = {}): MessageIdentity | undefined {
  const found = readChain(message, defaultBounds, profileSource(reading))
  if (found.kind !== 'chain') return undefined
  const sets = (found.chain.versions[0]?.hashes ?? []).flatMap(({ algorithm, header, body }) =>
    header ? [`${algorithm}:${header.toString('base64')}:${body.toString('base64')}`] : [],
  )
  if (sets.length === 0) return undefined
  return {
    hashes: sets.sort().join(','),
    exploded: found.chain.hops.some(hop => hop.flags.includes('exploded')),
  }
}
