/**
 * Earlier states of a message as messages: what a version looked like, what a hop had sent. For bounces (a hop returns
 * what it had got) and for people.
 */

import type { HeaderField, Message } from '../message/message.ts'
import { type ChainBounds, defaultBounds, WorkBudget } from './bounds.ts'
import { previousVersion } from './history.ts'
import { MessageVersion } from './message-version.ts'
import type { Chain, ProfileId } from './model.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import { versionFailure, worded } from './verdict.ts'

export type Undone =
  | {
      readonly kind: 'undone'
      readonly message: Message
      readonly profile: ProfileId
      readonly version: number
    }
  /** A version on the way says that the one before it cannot be recreated; `version` is that one's number. */
  | { readonly kind: 'unrecoverable'; readonly version: number }
  /** There is no such version or hop. */
  | { readonly kind: 'absent' }
  /** The chain cannot be read, or a recipe does not fit; `error` as in verdicts. */
  | { readonly kind: 'malformed'; readonly error: string }

/**
 * The message at a version: later versions undone, their fields and those of the hops that signed them removed.
 * Unsigned fields stay. Nothing is verified.
 *
 * @param toVersion 0 for the message before the first version was written
 */
export function undo(
  message: Message,
  toVersion: number,
  bounds: Partial<ChainBounds> = {},
  reading: Reading = {},
): Undone {
  return undoChain(message, bounds, reading, chain => {
    const isThere = Number.isInteger(toVersion) && toVersion >= 0 && toVersion <= chain.versions.length
    const hops = chain.hops.filter(hop => hop.version <= toVersion).length
    return isThere ? { version: toVersion, hops } : undefined
  })
}

/** The message as hop `sequence` sent it; 0 is not a hop. */
export function undoToHop(
  message: Message,
  sequence: number,
  bounds: Partial<ChainBounds> = {},
  reading: Reading = {},
): Undone {
  return undoChain(message, bounds, reading, chain => {
    const hop = chain.hops[sequence - 1]
    return hop && { version: hop.version, hops: sequence }
  })
}

/** What is to be left of a chain. */
interface Target {
  readonly version: number
  readonly hops: number
}

function undoChain(
  message: Message,
  bounds: Partial<ChainBounds>,
  wanted: Reading,
  choose: (chain: Chain) => Target | undefined,
): Undone {
  const limits = { ...defaultBounds, ...bounds }
  const reading = readChain(message, limits, profileSource(wanted))
  if (reading.kind === 'malformed') return { kind: 'malformed', error: reading.failure.error }
  if (reading.kind !== 'chain') return { kind: 'absent' }
  const { profile, chain } = reading
  const target = choose(chain)
  if (!target) return { kind: 'absent' }
  const budget = new WorkBudget(limits.maxWorkBytes)
  let state = new MessageVersion(chain.versions.length, message)
  for (const version of chain.versions.slice(target.version).reverse()) {
    const previous = previousVersion(state, version, budget)
    if (previous === 'unrecoverable') return { kind: 'unrecoverable', version: version.number - 1 }
    const label = profile.versionLabel(version.number)
    if (previous === 'too large') return { kind: 'malformed', error: versionFailure.tooLarge(label).error }
    if (previous === 'misfit') {
      return { kind: 'malformed', error: worded(profile.misfit(version, undefined), profile.wording).error }
    }
    state = previous
  }
  const left = withoutLater(state.message, chain, target)
  return { kind: 'undone', message: left, profile: profile.id, version: target.version }
}

function withoutLater(message: Message, chain: Chain, target: Target): Message {
  const later = new Set<HeaderField>([
    ...chain.versions.slice(target.version).map(version => version.field),
    ...chain.hops.slice(target.hops).map(hop => hop.field),
  ])
  return { ...message, fields: message.fields.filter(field => !later.has(field)) }
}
