/**
 * The inner model that every wire profile translates its header fields into and out of.
 *
 * Numbers begin with 1 as on the wire. Addresses carry no angle brackets; the null reverse-path is ''.
 */

import type { HeaderField } from '../message/message.ts'

export type { ProfileId } from './profiles/names.ts'

export type Algorithm = 'rsa-sha256' | 'ed25519-sha256' | 'mldsa44'

/** What the flags tag reports (the first three) or asks of later hops. */
export type Flag =
  | 'exploded'
  | 'modifiedbody'
  | 'modifiedheader'
  | 'donotmodify'
  | 'donotexplode'
  | 'feedback'
  | 'feedhere'

/** A recipe step: how the previous version's lines, or field values, come out of this version's. */
export type Step = CopyStep | DataStep

/** Copies items `from` to `to`, both included. Each copy begins above the end of all earlier ones. */
export interface CopyStep {
  readonly kind: 'copy'
  readonly from: number
  readonly to: number
}

/** Gives items: lines without their CRLF, or field values. No CR or LF in them. */
export interface DataStep {
  readonly kind: 'data'
  readonly items: readonly Buffer[]
}

/** The steps that lead to the previous version, or the statement that nothing does. */
export type Change = readonly Step[] | 'unrecoverable'

/** The change of the fields of one name. */
export interface HeaderChange {
  /** As it is to be spelled in restored fields; matched without regard to case. */
  readonly name: string
  /** The wire form has names in lower case only: restored fields take the spelling of one of that name that is there. */
  readonly spelling?: 'lost'
  /** Instances count from the bottom of the header section, and come out from the bottom upwards. */
  readonly change: Change
}

/** How to get the previous version of a message from this one. What is not named is unchanged. */
export interface Recipe {
  readonly headers: readonly HeaderChange[]
  /** Lines count from the top; undefined: the body is unchanged; no steps: it was empty. */
  readonly body?: Change
}

/** How many fields of a name (lower case) a message has. */
export type CountFields = (name: string) => number

/** Hashes of one state of a message, by one algorithm. */
export interface Hashes {
  /** As written; may be one that nobody here knows. */
  readonly algorithm: string
  /** Hashes of one group must all match, and one group of all is enough; absent: 0. */
  readonly group?: number
  readonly body: Buffer
  /** Where the profile keeps a hash of the header section. */
  readonly header?: Buffer
}

/** SHA-256 of the decoded content of one leaf part. */
export interface PartHash {
  /** As IMAP numbers it: '1', '2.1'. */
  readonly number: string
  readonly value: Buffer
}

/** One version of the message: its hashes and the recipe that leads back. */
export interface Version {
  readonly number: number
  readonly field: HeaderField
  /** The field in signing-input form; latin1. */
  readonly signingForm: string
  readonly hashes: readonly Hashes[]
  readonly parts: readonly PartHash[]
  /** The recipe's kinds of change, known without the message. */
  readonly changes: VersionChanges
  /**
   * The recipe, for a message with these numbers of fields: some wire forms count fields from the top.
   * Undefined where it does not fit such a message (it names a field that is not there).
   */
  recipe(count: CountFields): Recipe | undefined
}

export interface VersionChanges {
  readonly body: boolean
  /** Names of the header fields changed, as spelled. */
  readonly headers: readonly string[]
  /** Names of those that had fields changed or removed, not only added. */
  readonly headersReplaced: readonly string[]
  /** The previous version cannot be recreated. */
  readonly unrecoverable: boolean
}

/** One signature of a hop. */
export interface Signature {
  readonly selector: string
  /** As written; may be one that nobody here knows. */
  readonly algorithm: string
  /** Signatures of one group must all hold, and one group of all is enough; absent: 0. */
  readonly group?: number
  readonly value: Buffer
  /** SHA-256 of the body, where the profile keeps it in the signature. */
  readonly bodyHash?: Buffer
}

/** One DKIM2-Signature field: who passed the message on, to whom, when. */
export interface Hop {
  /** i= */
  readonly sequence: number
  /** The highest version that was there when this hop signed; 0: none. */
  readonly version: number
  readonly timestampSeconds: number
  /** Null, and no forward-path, where the hop names the next domain instead. */
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  /** nd=, lower case: an imaginary hop, on which the message passes to this domain without SMTP. */
  readonly nextDomain?: string
  /** d=, lower case. */
  readonly domain: string
  readonly signatures: readonly Signature[]
  /** All of them, those that nobody here knows too. */
  readonly flags: readonly string[]
  readonly nonce?: string
  /** Names of the header fields that this hop says it added. */
  readonly addedFields: readonly string[]
  readonly field: HeaderField
  /** The field in signing-input form with its signature values; latin1. */
  readonly signingForm: string
}

/** All DKIM2 fields of a message in order: `hops[k - 1].sequence === k`, `versions[v - 1].number === v`. */
export interface Chain {
  readonly hops: readonly Hop[]
  readonly versions: readonly Version[]
}
