/** From a message to its chain: which profile, and what its DKIM2 fields say. */

import type { Message } from '../message/message.ts'
import type { ChainBounds } from './bounds.ts'
import type { Chain, ProfileId } from './model.ts'
import type { WireProfile } from './profile.ts'
import { type ProfileChoice, profileSource } from './profiles/index.ts'
import { readProfile } from './profiles/recognize.ts'
import { type Failure, messageFailure } from './verdict.ts'

export type ChainReading =
  | { readonly kind: 'chain'; readonly profile: WireProfile; readonly chain: Chain }
  /** No DKIM2 field. */
  | { readonly kind: 'none' }
  /** Fields of a profile that the caller does not read. */
  | { readonly kind: 'unread'; readonly profile: ProfileId }
  /** `profile` is absent where there are fields of both. */
  | { readonly kind: 'malformed'; readonly profile?: ProfileId; readonly failure: Failure }

/**
 * Reads the chain of a message. Nothing is verified yet.
 *
 * @param profileOf the profiles as they are to be read; absent: their newest revisions, strictly
 */
export function readChain(
  message: Message,
  bounds: ChainBounds,
  profileOf: ProfileChoice = profileSource({}),
): ChainReading {
  const id = readProfile(message)
  if (id === undefined) return { kind: 'none' }
  if (id === 'mixed') return { kind: 'malformed', failure: messageFailure.mixedProfiles() }
  const profile = profileOf(id)
  if (profile === undefined) return { kind: 'unread', profile: id }
  if (message.fields.length > bounds.maxFields) {
    return { kind: 'malformed', profile: id, failure: messageFailure.tooManyFields() }
  }
  const chain = profile.readChain(message, bounds)
  return 'state' in chain
    ? { kind: 'malformed', profile: id, failure: chain }
    : { kind: 'chain', profile, chain }
}
