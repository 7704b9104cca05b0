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
  /**
   * Equal for all copies of what one originator signed, whatever later hops made of them: its domain with the hashes of the first
   * version, or with its signatures in a profile whose versions hold no hash of the header section. Without the domain, somebody
   * who signs the same text himself would make the message of its originator a duplicate. ASCII.
   */
  readonly hashes: string
  /** A hop says that it sent more than one copy. */
  readonly exploded: boolean
}

/**
 * The identity of a message; nothing is verified.
 *
 * @returns undefined for a message without a chain that can be read
 */
export function messageIdentity(message: Message, reading: Reading = {}): MessageIdentity | undefined {
  const found = readChain(message, defaultBounds, profileSource(reading))
  if (found.kind !== 'chain') return undefined
  const { versions, hops } = found.chain
  const [first] = hops
  if (first === undefined) return undefined
  const sets = (versions[0]?.hashes ?? []).flatMap(({ algorithm, header, body }) =>
    header ? [`${algorithm}:${header.toString('base64')}:${body.toString('base64')}`] : [],
  )
  const signatures = first.signatures.map(({ value }) => `signature:${value.toString('base64')}`)
  return {
    hashes: [first.domain, ...(sets.length > 0 ? sets : signatures).sort()].join(','),
    exploded: hops.some(hop => hop.flags.includes('exploded')),
  }
}
