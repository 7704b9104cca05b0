/**
 * A message that comes back inside a report: is it the one that its highest hop had sent, and what had that hop received?
 * draft-ietf-dkim-dkim2-spec-06 section 12.1.2. Often only the header section comes back.
 *
 * Where nothing else is asked only the highest hop is judged: whoever asks is that hop, and had verified those below when the
 * message came in.
 */

import type { HeaderField, Message } from '../message/message.ts'
import { lowerAscii } from '../message/message.ts'
import { type ChainBounds, defaultBounds, WorkBudget } from './bounds.ts'
import { signingForm } from './canonicalize.ts'
import { defaultTimeBounds } from './custody.ts'
import { checkHopHashes, checkVersionHashes, checkWholeHashes } from './hash-checks.ts'
import { applyRecipe } from './history.ts'
import { fetchKeys, type TxtLookup } from './keys.ts'
import { type HashAlgorithm, MessageVersion } from './message-version.ts'
import type { Chain, Hop, ProfileId, Version } from './model.ts'
import type { Reading, WireProfile } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import { fieldCounter } from './recipe.ts'
import { checkSignatures } from './signature-checks.ts'
import { isDkim2Field } from './unsigned-fields.ts'
import { decisive, type Failure, type State, signatureFailure, versionFailure, worded } from './verdict.ts'
import { verifyIn } from './verify.ts'
import { headerSection, withoutBodies } from './without-bodies.ts'

/** A message, or its header section alone. */
export interface Returned {
  readonly message: Message
  /** False: the body did not come back, whatever `message.body` holds. */
  readonly hasBody: boolean
}

export interface ReturnedOptions extends Reading {
  readonly lookup: TxtLookup
  /** Unix seconds. */
  readonly nowSeconds: number
  /** How old the highest signature may be: reports come back late, so this is the life of a bounce address. */
  readonly maxAgeSeconds: number
  /**
   * The whole chain is judged, in the envelope that its highest signature records and no older than 14 days
   * (draft-ietf-dkim-dkim2-spec-08 section 16.4), not the highest hop alone. Default false.
   */
  readonly wholeChain?: boolean
  readonly bounds?: Partial<ChainBounds>
}

/** What the highest hop says of itself. */
export type ReturnedHop = Pick<
  Hop,
  'sequence' | 'domain' | 'reversePath' | 'forwardPaths' | 'timestampSeconds'
>

export interface ReturnedVerdict {
  /** `none` where no DKIM2 field came back. */
  readonly state: State
  /** As in verdicts, without the state. */
  readonly error?: string
  readonly profile?: ProfileId
  /** Absent where the fields could not be read as a chain. */
  readonly highest?: ReturnedHop
  /** The body was there to be checked. */
  readonly hasBody: boolean
}

/**
 * Judges the highest hop of a returned message: age, key, signature over the header fields, hashes of the header fields,
 * hashes of the body where that came back. Never rejects.
 */
export async function verifyReturned(
  { message, hasBody }: Returned,
  options: ReturnedOptions,
): Promise<ReturnedVerdict> {
  const bounds = { ...defaultBounds, ...options.bounds }
  const reading = readChain(message, bounds, profileSource(options))
  if (reading.kind === 'none' || reading.kind === 'unread') return { state: 'none', hasBody }
  if (reading.kind === 'malformed') {
    const { state, error } = reading.failure
    return { state, error, hasBody }
  }
  const { profile, chain } = reading
  const hop = chain.hops.at(-1)
  if (!hop) return { state: 'none', profile: profile.id, hasBody }
  const result = options.wholeChain
    ? await judgeChain({ message, hasBody }, hop, options)
    : await judgeHighest({ message, hasBody }, chain, hop, profile, options, bounds)
  return { ...result, profile: profile.id, highest: factsOf(hop), hasBody }
}

type Judged = Pick<ReturnedVerdict, 'state' | 'error'>

async function judgeHighest(
  returned: Returned,
  chain: Chain,
  hop: Hop,
  profile: WireProfile,
  options: ReturnedOptions,
  bounds: ChainBounds,
): Promise<Judged> {
  const found = await judgeHop(returned, chain, hop, profile, options, bounds)
  const failure = found && worded(found, profile.wording)
  return failure ? { state: failure.state, error: failure.error } : { state: 'pass' }
}

/** A message that ends with an imaginary hop was handed to nobody by SMTP, and so returned by nobody. */
async function judgeChain(
  { message, hasBody }: Returned,
  { reversePath, forwardPaths }: Hop,
  { lookup, nowSeconds, bounds = {}, ...reading }: ReturnedOptions,
): Promise<Judged> {
  const profileOf = profileSource(reading)
  const judged = await verifyIn(
    hasBody ? message : headerSection(message),
    { lookup, nowSeconds, bounds, envelope: { reversePath, forwardPaths } },
    id => {
      const profile = profileOf(id)
      return hasBody ? profile : withoutBodies(profile)
    },
  )
  const { state, error } = judged
  return { state, ...(error === undefined ? {} : { error }) }
}

function factsOf(hop: Hop): ReturnedHop {
  const { sequence, domain, reversePath, forwardPaths, timestampSeconds } = hop
  return { sequence, domain, reversePath, forwardPaths, timestampSeconds }
}

async function judgeHop(
  { message, hasBody }: Returned,
  chain: Chain,
  hop: Hop,
  profile: WireProfile,
  options: ReturnedOptions,
  bounds: ChainBounds,
): Promise<Failure | undefined> {
  const tooOld = options.nowSeconds - hop.timestampSeconds > options.maxAgeSeconds
  if (tooOld) return signatureFailure.expired(hop.sequence)
  const isAhead = hop.timestampSeconds - options.nowSeconds > defaultTimeBounds.maxFutureSeconds
  if (isAhead) return signatureFailure.future(hop.sequence)
  const state = new MessageVersion(chain.versions.length, message)
  const input = Buffer.concat([
    profile.signingPrefix(state, chain, hop.sequence),
    Buffer.from(profile.withoutSignatures(hop.signingForm), 'latin1'),
  ])
  if (input.length > bounds.maxWorkBytes) {
    return versionFailure.tooLarge(profile.versionLabel(hop.version), hop.sequence)
  }
  const keys = await fetchKeys([hop], profile.algorithms, options.lookup, profile.groups)
  const signature = await checkSignatures(hop, input, keys, profile.groups)
  const hashes = await checkHashes(state, chain, hop, profile, hasBody, bounds)
  return decisive(
    [...keys.failures, signature, hashes].filter(failure => failure !== undefined),
    profile.precedence,
  )
}

/** The hashes of the highest version; the body's count as matching where there is none to check them with. */
async function checkHashes(
  state: MessageVersion,
  chain: Chain,
  hop: Hop,
  profile: WireProfile,
  hasBody: boolean,
  bounds: ChainBounds,
): Promise<Failure | undefined> {
  const version = chain.versions.at(-1)
  if (!hasBody) {
    return version && checkWholeHashes(state, withBodyOf(state, version, profile), profile, hop.sequence)
  }
  const failure = version && (await checkVersionHashes(state, version, profile, hop.sequence, bounds))
  return failure ?? checkHopHashes(state, hop, profile.bodyForm)
}

function withBodyOf(state: MessageVersion, version: Version, profile: WireProfile): Version {
  const hashes = version.hashes.map(entry =>
    entry.algorithm === 'sha256' || entry.algorithm === 'sha512'
      ? { ...entry, body: state.bodyHash(profile.bodyForm, entry.algorithm satisfies HashAlgorithm) }
      : entry,
  )
  return { ...version, hashes }
}

/** What the highest hop of a message had received. */
export interface Recreated {
  readonly profile: ProfileId
  /** The signed header fields and the DKIM2 fields of earlier hops; no others. */
  readonly fields: readonly HeaderField[]
  /** Undefined where it did not come back, or its change cannot be undone. */
  readonly body: Buffer | undefined
}

/**
 * Takes the highest hop off a message: its signature, its version, what it had changed. Header fields that no signature
 * covers go too, since any later hop can have written them. Nothing is verified.
 *
 * @returns undefined where there is no hop, or the header section cannot be recreated
 */
export function beforeHighestHop(
  returned: Returned,
  options: Reading & { readonly bounds?: Partial<ChainBounds> } = {},
): Recreated | undefined {
  const limits = { ...defaultBounds, ...options.bounds }
  const reading = readChain(returned.message, limits, profileSource(options))
  if (reading.kind !== 'chain' || reading.chain.hops.length === 0) return undefined
  const { profile, chain } = reading
  const kept = chain.hops.at(-2)?.version ?? 0
  const budget = new WorkBudget(limits.maxWorkBytes)
  let message = returned.message
  let body = returned.hasBody ? message.body : undefined
  for (const version of chain.versions.slice(kept).reverse()) {
    const recipe = version.recipe(fieldCounter(message.fields))
    if (!recipe || !budget.spend(message.body.length + version.field.octets.length)) return undefined
    const undone = applyRecipe(message, { headers: recipe.headers })
    if (!undone) return undefined
    if (recipe.body !== undefined) {
      body = body && applyRecipe({ ...message, body }, { headers: [], body: recipe.body })?.body
    }
    message = undone
  }
  return { profile: profile.id, fields: earlierFields(message.fields, chain, kept, profile), body }
}

function earlierFields(
  fields: readonly HeaderField[],
  chain: Chain,
  keptVersions: number,
  profile: WireProfile,
): HeaderField[] {
  const taken = new Set<HeaderField | undefined>([
    chain.hops.at(-1)?.field,
    ...chain.versions.slice(keptVersions).map(version => version.field),
  ])
  return fields.filter(field => {
    const name = lowerAscii(field.name)
    return !taken.has(field) && (isDkim2Field(name) || !profile.isUnsigned(name))
  })
}

/**
 * True where two messages are one to every signature: the same DKIM2 fields, the same hash of the header fields, and of
 * the body where `withBody`.
 */
export function signedAlike(
  one: Message,
  other: Message,
  options: Reading & { readonly profile: ProfileId; readonly withBody: boolean },
): boolean {
  const profile = profileSource(options)(options.profile)
  const [a, b] = [new MessageVersion(0, one), new MessageVersion(0, other)]
  // Most bodies come back as they were, and a large one is not hashed for nothing.
  const sameBody = () =>
    one.body.equals(other.body) ||
    a.bodyHash(profile.bodyForm, 'sha256').equals(b.bodyHash(profile.bodyForm, 'sha256'))
  return (
    dkim2Forms(one) === dkim2Forms(other) &&
    a.headerHash(profile.isUnsigned, 'sha256').equals(b.headerHash(profile.isUnsigned, 'sha256')) &&
    (!options.withBody || sameBody())
  )
}

function dkim2Forms(message: Message): string {
  return message.fields
    .filter(field => isDkim2Field(lowerAscii(field.name)))
    .map(signingForm)
    .sort()
    .join('')
}
