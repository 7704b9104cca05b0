/**
 * Signing a prepared message for one envelope. draft-ietf-dkim-dkim2-spec-06 sections 9.2 to 9.6.
 */

import { isDomain } from '../message/mailbox.ts'
import { type HeaderField, type Message, prependFields } from '../message/message.ts'
import { signingForm } from './canonicalize.ts'
import { continuesFrom, isAligned } from './custody.ts'
import { SigningError } from './errors.ts'
import { isFromAuthentic } from './from-authentic.ts'
import type { Flag, ProfileId } from './model.ts'
import type { PreparedHop } from './prepare.ts'
import type { HopDraft, WireProfile } from './profile.ts'
import type { Signer } from './signer.ts'

export { type PreparedHop, type PrepareOptions, prepareHop } from './prepare.ts'
export type { Signer } from './signer.ts'

export interface HopParameters {
  /** d= */
  readonly domain: string
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  /**
   * An imaginary hop: the message passes to this domain without SMTP, and the next hop must be signed by it. The reverse-path
   * is then null and there are no forward-paths.
   */
  readonly nextDomain?: string
  readonly timestampSeconds: number
  /** One or more of different selectors, as many as the profile takes. */
  readonly signers: readonly Signer[]
  /** Beside what the hop reports of its changes by itself. */
  readonly flags?: readonly Flag[]
  /** At most 64 characters of the base64 alphabet. */
  readonly nonce?: string
}

export interface SignedHop {
  /** To be prepended; the first is the topmost. */
  readonly fields: readonly HeaderField[]
  readonly sequence: number
  /** The highest version signed. */
  readonly version: number
  readonly profile: ProfileId
  /** Of the draft, where the profile implements several. */
  readonly revision?: string
  readonly domain: string
  readonly selectors: readonly string[]
  readonly timestampSeconds: number
}

/**
 * Signs a prepared message for one envelope.
 *
 * @throws SigningError for parameters that no valid hop can have; what a signer rejects with
 */
export async function signHop(prepared: PreparedHop, parameters: HopParameters): Promise<SignedHop> {
  const { profile } = prepared
  checkParameters(prepared, parameters)
  const draft = draftHop(prepared, parameters)
  const unsigned = profile.withoutSignatures(signingForm(profile.writeSignature(draft)))
  const input = Buffer.concat([prepared.prefix, Buffer.from(unsigned, 'latin1')])
  const values = await Promise.all(parameters.signers.map(signer => signer.sign(input)))
  checkKeySizes(profile, parameters.signers, values)
  const signatures = draft.signatures.map((signature, index) => ({
    ...signature,
    value: values[index] ?? signature.value,
  }))
  const field = profile.writeSignature({ ...draft, signatures })
  return {
    fields: prepared.version ? [field, prepared.version.field] : [field],
    sequence: prepared.sequence,
    version: prepared.state.number,
    profile: profile.id,
    ...(profile.revision === undefined ? {} : { revision: profile.revision }),
    domain: draft.domain,
    selectors: draft.signatures.map(signature => signature.selector),
    timestampSeconds: draft.timestampSeconds,
  }
}

/** The message with the fields of a signed hop on top. */
export function addHop(message: Message, hop: SignedHop): Message {
  return prependFields(message, hop.fields)
}

function draftHop(prepared: PreparedHop, parameters: HopParameters): HopDraft {
  return {
    sequence: prepared.sequence,
    state: prepared.state,
    timestampSeconds: parameters.timestampSeconds,
    reversePath: parameters.reversePath,
    forwardPaths: parameters.forwardPaths,
    ...(parameters.nextDomain === undefined ? {} : { nextDomain: parameters.nextDomain.toLowerCase() }),
    domain: parameters.domain.toLowerCase(),
    flags: [...new Set([...(parameters.flags ?? []), ...prepared.reports])],
    nonce: parameters.nonce,
    addedFields: prepared.addedFields,
    signatures: parameters.signers.map(({ selector, algorithm, group = 0 }) => ({
      selector,
      algorithm,
      group,
      value: Buffer.alloc(0),
    })),
  }
}

const nonceText = /^[A-Za-z0-9+/=]{1,64}$/

function checkParameters(prepared: PreparedHop, parameters: HopParameters): void {
  const { profile, previous } = prepared
  const { reversePath, domain } = parameters
  checkDestination(profile, parameters)
  if (!isAsciiDomain(domain)) {
    throw new SigningError('parameter invalid', `not a signing domain: ${JSON.stringify(domain)}`)
  }
  if (!isAligned(domain.toLowerCase(), reversePath)) {
    throw new SigningError('domain not aligned', `d=${domain} is not aligned with the reverse-path`)
  }
  if (previous && !continuesFrom(previous, { reversePath, domain: domain.toLowerCase() })) {
    const text = `the reverse-path does not follow from rt= of i=${previous.sequence}`
    throw new SigningError('custody broken', text, reversePath)
  }
  if (!isTime(parameters.timestampSeconds)) {
    throw new SigningError('parameter invalid', `not a time: ${parameters.timestampSeconds} s`)
  }
  if (parameters.nonce !== undefined && !nonceText.test(parameters.nonce)) {
    throw new SigningError('parameter invalid', 'a nonce is 1 to 64 characters of the base64 alphabet')
  }
  checkFrom(prepared, domain.toLowerCase())
  checkSigners(profile, parameters.signers)
}

/** The paths, or the next domain in their place. */
function checkDestination(profile: WireProfile, parameters: HopParameters): void {
  const { reversePath, forwardPaths, nextDomain } = parameters
  if (nextDomain !== undefined) {
    const isAlone = reversePath === '' && forwardPaths.length === 0
    if (profile.hasImaginaryHops && isAlone && isAsciiDomain(nextDomain)) return
    throw new SigningError('parameter invalid', `not an imaginary hop to ${JSON.stringify(nextDomain)}`)
  }
  const uncarriable = [reversePath, ...forwardPaths].find(path => !profile.isCarriable(path))
  if (uncarriable !== undefined || forwardPaths.length === 0 || forwardPaths.includes('')) {
    const address = uncarriable ?? ''
    throw new SigningError('uncarriable address', 'an address cannot be carried in DKIM2 fields', address)
  }
}

function isAsciiDomain(domain: string): boolean {
  return isDomain(domain) && !/[^\x21-\x7e]/.test(domain)
}

function checkFrom(prepared: PreparedHop, domain: string): void {
  const policy = prepared.profile.fromPolicy
  if (!policy || !prepared.putsFrom) return
  if (!isFromAuthentic(prepared.state.message.fields, domain, policy)) {
    throw new SigningError('From not authentic', `the From header field is not authentic for d=${domain}`)
  }
}

/** Unix seconds of a time with a year of four digits. */
function isTime(seconds: number): boolean {
  return Number.isInteger(seconds) && seconds >= 0 && seconds <= 253_402_300_799
}

function checkSigners(profile: WireProfile, signers: readonly Signer[]): void {
  const selectors = new Set(signers.map(signer => signer.selector.toLowerCase()))
  const isSuitable =
    signers.length > 0 &&
    signers.length <= profile.maxSignatures &&
    countOfMostUsed(signers) <= profile.maxPerAlgorithm &&
    (profile.groups.alternatives || new Set(signers.map(({ group = 0 }) => group)).size === 1) &&
    selectors.size === signers.length &&
    signers.every(({ selector, algorithm }) => isDomain(selector) && profile.algorithms.has(algorithm))
  if (!isSuitable) {
    throw new SigningError('signers unsuitable', `${profile.id} takes 1 to ${profile.maxSignatures} signers`)
  }
}

function countOfMostUsed(signers: readonly Signer[]): number {
  return Math.max(
    ...Map.groupBy(signers, signer => signer.algorithm)
      .values()
      .map(same => same.length),
  )
}

/** An RSA signature is as long as its key. */
function checkKeySizes(profile: WireProfile, signers: readonly Signer[], values: readonly Buffer[]): void {
  const isShort = signers.some(
    ({ algorithm }, index) =>
      algorithm === 'rsa-sha256' && (values[index]?.length ?? 0) * 8 < profile.minRsaSigningBits,
  )
  if (isShort) {
    const text = `${profile.id} is signed with RSA keys of ${profile.minRsaSigningBits} bits or more`
    throw new SigningError('signers unsuitable', text)
  }
}
