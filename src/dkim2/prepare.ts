/**
 * The half of adding a hop that does not depend on the envelope: reading the chain, writing this hop's version, proving its
 * recipe. draft-ietf-dkim-dkim2-spec-06 section 9.1. A list sends one message in many envelopes and does this once.
 */

import { isFieldName } from '../message/header-field.ts'
import { beginsWithFold, type HeaderField, lowerAscii, type Message } from '../message/message.ts'
import { type ChainBounds, defaultBounds, WorkBudget } from './bounds.ts'
import { SigningError } from './errors.ts'
import { checkWholeHashes } from './hash-checks.ts'
import { previousVersion } from './history.ts'
import { type HashAlgorithm, MessageVersion } from './message-version.ts'
import type { Chain, Flag, Hop, ProfileId, Recipe, Version } from './model.ts'
import type { Reading, WireProfile } from './profile.ts'
import { type ProfileSource, profileSource, profiles } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import type { RestoredBodies } from './restored-bodies.ts'
import { isDkim2Field } from './unsigned-fields.ts'
import { messageFailure } from './verdict.ts'

export interface PrepareOptions extends Reading {
  /** For a message without DKIM2; a message that has a chain is continued in the chain's own profile. */
  readonly profile: ProfileId
  /**
   * Add a version even where this hop changed nothing, in a profile that has such versions. The first version of a message
   * is added in any case.
   */
  readonly alwaysVersion: boolean
  /** What leads from `message` back to the message as it was received; absent: this hop changed nothing. */
  readonly recipe?: Recipe
  /** The message as it was received: the recipe is proved to lead back to it. Without it only to hashes of the chain. */
  readonly received?: Message
  /** Names of the header fields that this hop added, once for each. Unsigned ones are left out. */
  readonly addedFields?: readonly string[]
  /** Shared by the copies of a message that differ in header fields alone: their body is then restored and hashed once. */
  readonly restored?: RestoredBodies
  /** The hashes of a new version, where the profile leaves the choice; default sha256. */
  readonly hashes?: readonly HashAlgorithm[]
  readonly bounds?: Partial<ChainBounds>
}

/** All of a hop that does not depend on the envelope. */
export interface PreparedHop {
  readonly profile: WireProfile
  readonly sequence: number
  /** The version that this hop adds. */
  readonly version: Version | undefined
  /** The hop before. */
  readonly previous: Hop | undefined
  readonly state: MessageVersion
  /** The signing input up to this hop's own field. */
  readonly prefix: Buffer
  /** What this hop reports of its changes. */
  readonly reports: readonly Flag[]
  readonly addedFields: readonly string[]
  /** This hop answers for the From field: it is the first, or its revision changed it. */
  readonly putsFrom: boolean
}

/**
 * Prepares the next hop of a message: i=1 and the first version for a message without DKIM2.
 *
 * @param message as it will be sent, without the fields of this hop. Its chain is read, not verified: that was done before.
 * @throws SigningError 'header unreadable', 'chain unreadable', 'chain full', 'recipe inexpressible', 'recipe missing', 'recipe disproved',
 *   'parameter invalid'
 */
export async function prepareHop(message: Message, asked: PrepareOptions): Promise<PreparedHop> {
  if (beginsWithFold(message)) {
    throw new SigningError('header unreadable', 'the header section begins with a continuation line')
  }
  const bounds = { ...defaultBounds, ...asked.bounds }
  const { profile, chain } = chainToExtend(message, asked.profile, bounds, profileSource(asked))
  const options = withSignedRecipe(asked, profile)
  const sequence = chain.hops.length + 1
  if (sequence > bounds.maxHops) throw new SigningError('chain full', `i=${sequence} is above the limit`)
  const state = nextState(message, chain, profile, options)
  const version =
    state.number > chain.versions.length ? await nextVersion(state, profile, options, bounds) : undefined
  if (version && options.recipe) proveRecipe(state, version, chain, profile, bounds, options)
  const versions = version ? [...chain.versions, version] : chain.versions
  return {
    profile,
    sequence,
    version,
    previous: chain.hops.at(-1),
    state,
    prefix: profile.signingPrefix(state, { ...chain, versions }, sequence),
    reports: version && options.recipe ? profile.reports(version.changes) : [],
    addedFields: signedNames(options.addedFields ?? [], profile),
    putsFrom: sequence === 1 || (version?.changes.headers ?? []).some(name => lowerAscii(name) === 'from'),
  }
}

/** The message with the number of the version that it will have. */
function nextState(
  message: Message,
  chain: Chain,
  profile: WireProfile,
  options: PrepareOptions,
): MessageVersion {
  const number = chain.versions.length
  const state = new MessageVersion(number, message)
  const hop = { changed: options.recipe !== undefined, always: options.alwaysVersion }
  if (!profile.needsVersion(state, chain, hop)) return state
  if (profile.needsVersion(state, chain, { changed: false, always: false }) && number > 0 && !hop.changed) {
    throw new SigningError(
      'recipe missing',
      'the message differs from its highest version and no recipe says how',
    )
  }
  return new MessageVersion(number + 1, message)
}

/** The recipe without the fields that the profile leaves unsigned; none where nothing is left. Those of DKIM2 are an error. */
function withSignedRecipe({ recipe, ...options }: PrepareOptions, profile: WireProfile): PrepareOptions {
  const isCovered = (name: string) => isDkim2Field(name) || !profile.isUnsigned(name)
  const headers = (recipe?.headers ?? []).filter(({ name }) => isCovered(lowerAscii(name)))
  const isLeft = headers.length > 0 || recipe?.body !== undefined || recipe?.headers.length === 0
  return recipe && isLeft ? { ...options, recipe: { ...recipe, headers } } : options
}

function signedNames(names: readonly string[], profile: WireProfile): readonly string[] {
  if (!names.every(name => isFieldName(name) && !name.includes(';'))) {
    throw new SigningError('parameter invalid', 'the name of an added header field cannot be written')
  }
  return names.filter(name => !profile.isUnsigned(lowerAscii(name)))
}

/** The message's own chain, or an empty one of the profile asked for. */
function chainToExtend(
  message: Message,
  fallback: ProfileId,
  bounds: ChainBounds,
  profileOf: ProfileSource,
): ChainToExtend {
  const reading = readChain(message, bounds, profileOf)
  if (reading.kind === 'chain') return reading
  if (reading.kind === 'malformed') throw new SigningError('chain unreadable', reading.failure.error)
  // With this hop it would have a chain, and be beyond the bound for every verifier like this one.
  if (message.fields.length > bounds.maxFields) {
    throw new SigningError('chain unreadable', messageFailure.tooManyFields().error)
  }
  const id = reading.kind === 'none' ? fallback : reading.profile
  // Who calls this from JavaScript can name one that there is not.
  if (!profiles.has(id)) throw new SigningError('chain unreadable', `there is no wire profile ${id}`)
  return { profile: profileOf(id), chain: { hops: [], versions: [] } }
}

interface ChainToExtend {
  readonly profile: WireProfile
  readonly chain: Chain
}

/** The version of `state`, written and read again: what cannot be read back must not be sent. */
async function nextVersion(
  state: MessageVersion,
  profile: WireProfile,
  { recipe, hashes = ['sha256'] }: PrepareOptions,
  bounds: ChainBounds,
): Promise<Version> {
  if (state.number > bounds.maxVersions) {
    throw new SigningError('chain full', `${profile.versionLabel(state.number)} is above the limit`)
  }
  const field = await writtenVersion(profile, { number: state.number, state, recipe, hashes, bounds })
  const version = profile.readVersion(field, bounds)
  if ('state' in version) throw new SigningError('recipe inexpressible', version.error)
  return version
}

/** Undoes a version before it is sent: what does not lead back here would fail at every verifier after us. */
function proveRecipe(
  state: MessageVersion,
  version: Version,
  chain: Chain,
  profile: WireProfile,
  bounds: ChainBounds,
  { received, restored }: Pick<PrepareOptions, 'received' | 'restored'>,
): void {
  if (version.changes.unrecoverable) return
  const previous = previousVersion(state, version, new WorkBudget(bounds.maxWorkBytes), restored)
  if (!(previous instanceof MessageVersion)) {
    throw new SigningError('recipe disproved', `the recipe cannot be undone: ${previous}`)
  }
  const last = chain.versions.at(-1)
  const stated = last && checkWholeHashes(previous, last, profile)
  if (stated) throw new SigningError('recipe disproved', `the recipe does not lead back: ${stated.error}`)
  if (!received) return
  const before = new MessageVersion(version.number - 1, received)
  const bodyHash = (one: MessageVersion) => one.bodyHash(profile.bodyForm, 'sha256')
  const headerHash = (one: MessageVersion) => one.headerHash(profile.isUnsigned, 'sha256')
  if (!bodyHash(before).equals(bodyHash(previous))) {
    throw new SigningError('recipe disproved', 'the recipe does not lead back to the body received')
  }
  if (!headerHash(before).equals(headerHash(previous))) {
    throw new SigningError('recipe disproved', 'the recipe does not lead back to the header fields received')
  }
}

async function writtenVersion(
  profile: WireProfile,
  draft: Parameters<WireProfile['writeVersion']>[0],
): Promise<HeaderField> {
  try {
    return await profile.writeVersion(draft)
  } catch (error) {
    if (error instanceof RangeError) throw new SigningError('recipe inexpressible', error.message)
    throw error
  }
}
