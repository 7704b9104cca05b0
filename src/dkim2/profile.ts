/**
 * What differs between the drafts on the wire. Everything else in this folder is neutral and sees only the inner model.
 */

import type { HeaderField, Message } from '../message/message.ts'
import type { ChainBounds } from './bounds.ts'
import type { FromPolicy } from './from-authentic.ts'
import type { BodyForm, HashAlgorithm, MessageVersion } from './message-version.ts'
import type { Algorithm, Chain, Flag, ProfileId, Recipe, Version, VersionChanges } from './model.ts'
import type { UnsignedFields } from './unsigned-fields.ts'
import type { Failure, FailureState, Precedence, Wording } from './verdict.ts'

export type { Flag } from './model.ts'

/** A request of a hop to later ones that a verifier can enforce. */
export type Request = 'donotmodify' | 'donotexplode'

/** How the results of several signatures, or hashes, become one. */
export interface GroupRules {
  /** Whether there can be alternatives, of which one is enough. */
  readonly alternatives: boolean
  /** An algorithm that nobody here knows is passed over if there are others, or is an error of its group. */
  readonly unknownAlgorithms: 'ignored' | 'permerror'
  /** Which of different failures in a group is the group's; the first outranks the others. */
  readonly precedence: readonly FailureState[]
}

/** The revisions of draft-ietf-dkim-dkim2-spec that are implemented, in their order. */
export const revisions = ['06', '07', '08', '09'] as const

export type Revision = (typeof revisions)[number]

/** What a body recipe that declares the body before lost is. */
export type NullBody = 'unrecoverable' | 'fail' | 'permerror'

/** How a reader wants the fields of a profile read. */
export interface Reading {
  /** Revision of the draft, where the profile implements several; absent: the newest. */
  readonly revision?: Revision
  /** Accept what messages older than the revisions implemented here are known to do differently. Default false. */
  readonly lenient?: boolean
}

export interface WireProfile {
  readonly id: ProfileId
  /** Of the draft, where the profile implements several. */
  readonly revision?: string
  /** The drafts it implements. */
  readonly spec: string
  readonly algorithms: ReadonlySet<Algorithm>
  /** How many signatures one DKIM2-Signature field holds at most. */
  readonly maxSignatures: number
  /** The canonical form of bodies. */
  readonly bodyForm: BodyForm
  /** How many of them may be of one algorithm. */
  readonly maxPerAlgorithm: number
  readonly groups: GroupRules
  /** RSA keys below this do not sign. */
  readonly minRsaSigningBits: number
  /** The header fields that no hash and no signature covers. */
  readonly isUnsigned: UnsignedFields
  /** What a timestamp out of range, a foreign envelope, broken custody and a From that is not authentic are. */
  readonly pathFailures: 'permerror' | 'fail'
  /** Which of several failures is that of the message. */
  readonly precedence: Precedence
  /** In whose words failures are told. */
  readonly wording: Wording
  /** What a version is whose body recipe declares the body before lost. */
  readonly nullBody: NullBody
  /** Timestamps ahead of the clock are an error. */
  readonly checksFuture: boolean
  /** Which From a signing domain may put into a message; undefined: From is not checked. */
  readonly fromPolicy: FromPolicy | undefined
  /** Only a message that is Fully Verified may get another hop; otherwise that is up to the relay. */
  readonly extendsOnlyFullyVerified: boolean
  /** The requests of earlier hops that a verifier enforces. */
  readonly requests: ReadonlySet<Request>

  /** The profile as `reading` wants it; itself where it knows no such differences. */
  under(reading: Reading): WireProfile

  /** How text names a version: `MailVersion v=3`. */
  versionLabel(number: number): string

  /** How text names a version whose hashes do not match. */
  hashLabel(number: number): string

  /** What a recipe that does not fit the message is. */
  misfit(version: Version, sequence: number | undefined): Failure

  /** Whether a hop adds a version to a chain. `changed`: it has a recipe; `always`: it was asked to in any case. */
  needsVersion(state: MessageVersion, chain: Chain, hop: { changed: boolean; always: boolean }): boolean

  /** Reads all DKIM2 fields of a message, in whatever order they stand. */
  readChain(message: Message, bounds: ChainBounds): Chain | Failure

  /** Reads one version field. */
  readVersion(field: HeaderField, bounds: ChainBounds): Version | Failure

  /**
   * The signing input of hop `sequence` up to its own field.
   *
   * @param state the message at the highest version that this hop signs
   */
  signingPrefix(state: MessageVersion, chain: Chain, sequence: number): Buffer

  /** The end of a signing input: a DKIM2-Signature in signing-input form with its signature values empty. */
  withoutSignatures(signingForm: string): string

  /** Whether hops can name the next domain instead of an envelope. */
  readonly hasImaginaryHops: boolean

  /** True if fields of this profile can hold the address (without angle brackets; '' is the null reverse-path). */
  isCarriable(address: string): boolean

  /** The flags with which a hop reports what it changed. */
  reports(changes: VersionChanges): readonly Flag[]

  /** @throws RangeError for a recipe that the profile cannot express */
  writeVersion(draft: VersionDraft): Promise<HeaderField>

  writeSignature(draft: HopDraft): HeaderField
}

/** A version to be written. */
export interface VersionDraft {
  readonly number: number
  /** The message as it will be sent. */
  readonly state: MessageVersion
  readonly recipe: Recipe | undefined
  /** The hashes to write, where the profile leaves the choice. */
  readonly hashes: readonly HashAlgorithm[]
  readonly bounds: ChainBounds
}

/** A hop to be written. */
export interface HopDraft {
  readonly sequence: number
  readonly state: MessageVersion
  readonly timestampSeconds: number
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  /** In place of the two paths, where the profile has imaginary hops. */
  readonly nextDomain?: string
  readonly domain: string
  readonly flags: readonly Flag[]
  readonly nonce: string | undefined
  readonly addedFields: readonly string[]
  /** `value` is empty in the field that is signed. */
  readonly signatures: readonly { selector: string; algorithm: Algorithm; group?: number; value: Buffer }[]
}
