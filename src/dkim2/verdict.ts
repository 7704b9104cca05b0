/**
 * Results of verification, and the one table of their wording: SMTP replies, Authentication-Results, DSNs, logs and
 * pages all show these strings. Wording: draft-ietf-dkim-dkim2-spec-06 sections 11.2 to 11.9, and what revision 08 says
 * where that differs; strings that no draft has are marked `ours`.
 */

import { masked } from '../message/printable.ts'
import type { ProfileId } from './model.ts'

export type State = 'pass' | 'fail' | 'permerror' | 'temperror' | 'none'

export interface Verdict {
  readonly state: State
  /** The string of the table, without the state. Absent on pass, and on none where there is no DKIM2 field. */
  readonly error?: string
  /** Absent where the message carries no DKIM2 field or fields of both profiles. */
  readonly profile?: ProfileId
  /** Of the draft that the profile implements, where it implements several. */
  readonly revision?: string
  /**
   * All of the chain holds: signatures, hashes, the envelope it was verified against, custody, and From where the profile
   * demands that; no hop is unverifiable. Absent: no. The condition for extending a chain in some revisions (`mayExtend`).
   */
  readonly fullyVerified?: boolean
  /** i= of the hop that the failure is attributed to; absent on pass and none, and where no hop is to blame. */
  readonly failedAt?: number
  /** The failure is a property of the message: `failedAt` caused it, but no signature of its is wrong. */
  readonly ofMessage?: true
  /** d= of i=1, also where the chain cannot be read; absent where there is none that can be. An identity only on pass. */
  readonly originator?: string
  /** In ascending order; empty where the fields could not be read as a chain. */
  readonly hops: readonly HopVerdict[]
  /** i= of the hop that declared older versions unrecoverable and so answers for the message; the older hops are unverifiable. */
  readonly responsible?: number
}

export interface HopVerdict {
  readonly sequence: number
  readonly domain: string
  readonly reversePath: string
  readonly forwardPaths: readonly string[]
  /** The domain that an imaginary hop hands the message to, in place of the two paths. */
  readonly nextDomain?: string
  readonly timestampSeconds: number
  readonly selectors: readonly string[]
  readonly algorithms: readonly string[]
  readonly flags: readonly string[]
  /** `none`: not judged, as the message had failed before. */
  readonly state: State | 'unverifiable'
  readonly error?: string
}

export type FailureState = 'fail' | 'permerror' | 'temperror'

/** Whose words a text is in: those of the drafts up to revision 07, or from 08 on. */
export type Wording = 'until 07' | 'since 08'

/**
 * Which of several failures is that of the message. Worst: PERMERROR before FAIL before TEMPERROR, within a class the first.
 * First: the first that is no TEMPERROR, in the order of the steps.
 */
export type Precedence = 'worst' | 'first'

/** One thing that is wrong. */
export interface Failure {
  /** `none`: the draft revision has the message count as one without DKIM2. */
  readonly state: 'fail' | 'permerror' | 'temperror' | 'none'
  readonly error: string
  /** The text since revision 08, where it is another one. */
  readonly since08?: string
  /** i= of the hop it is attributed to. */
  readonly sequence?: number
  /** It is a property of the message, for which no signature answers, whoever caused it. */
  readonly ofMessage?: true
}

/** A failure in the words wanted. */
export function worded({ since08, ...failure }: Failure, wording: Wording): Failure {
  return since08 === undefined || wording === 'until 07' ? failure : { ...failure, error: since08 }
}

/** i= of a field that has none that could be read. */
export const unknownSequence = '?'

/** A sequence number, or `?` where it cannot be read. */
export type SequenceLabel = number | typeof unknownSequence

/**
 * What can be wrong with a version field. `label` is how the profile names the field in text: `MailVersion v=3`.
 */
export const versionFailure = {
  missing: (label: string) => permerror(`${label} missing`),
  syntax: (label: string) => permerror(`${label} syntax error`),
  tagMissing: (label: string, tag: string) => permerror(`${label} tag=${tag} missing`),
  /** ours: two fields with one number. */
  tagUnexpected: (label: string, tag: string) => permerror(`${label} tag=${tag} was unexpected`),
  notSigned: (label: string) => permerror(`${label} is not signed`),
  /** ours: the bounds of this verifier. */
  tooLarge: (label: string, sequence?: number) =>
    permerror(`${label} recipe is beyond the limits of this verifier`, sequence),
  /** A recipe that is malformed; or, where the profile says so, one that does not fit the version it stands in. */
  invalidJson: (label: string, sequence?: number) => permerror(`${label} contains invalid JSON`, sequence),
  /** A recipe that does not fit the version it stands in. */
  recipe: (label: string, sequence?: number) => permerror(`${label} syntax error`, sequence),
  /** Revision 08: JSON that is no recipe, or does not fit. Its beginning is shown. */
  invalidRecipe: (label: string, json: Buffer, sequence?: number) =>
    permerror(`${label} Recipe ${beginning(json)} is invalid`, sequence),
  /** Revision 08: it declares the body before lost. */
  nullRecipe: (label: string, sequence?: number) =>
    failed(`${label} has a null Recipe, earlier body hashes cannot be checked`, sequence),
  duplicateHash: (label: string) => permerror(`${label} has a duplicate hash algorithm`),
  /** Revision 08. */
  unknownHash: (label: string, algorithm: string, sequence?: number) =>
    permerror(`${label} algorithm ${algorithm} unknown`, sequence),
  /** Revision 08: none of several alternatives. */
  noHashGroup: (label: string, sequence?: number) => failed(`${label} no group of hashes passed`, sequence),
  headerHash: (label: string, algorithm: string, sequence?: number) =>
    failed(`${label} header hash ${algorithm} mismatch`, sequence),
  bodyHash: (label: string, algorithm: string, sequence?: number) =>
    failed(`${label} body hash ${algorithm} mismatch`, sequence),
  /** ours: the hash of one MIME part. */
  partHash: (label: string, part: string, algorithm: string, sequence?: number) =>
    failed(`${label} part ${part} hash ${algorithm} mismatch`, sequence),
} as const

/** What can be wrong with a DKIM2-Signature field. */
export const signatureFailure = {
  missing: (i: SequenceLabel) => hopError(i, 'missing'),
  syntax: (i: SequenceLabel) => hopError(i, 'syntax error'),
  tagMissing: (i: SequenceLabel, tag: string) => hopError(i, `tag=${tag} missing`),
  tagUnexpected: (i: SequenceLabel, tag: string) => hopError(i, `tag=${tag} was unexpected`),
  duplicateSelector: (i: SequenceLabel) => hopError(i, 'has a duplicate selector'),
  tooManySelectors: (i: SequenceLabel) => hopError(i, 'has more selectors than allowed'),
  expired: (i: number) => hopError(i, 'signature expired'),
  /** Revision 08. */
  future: (i: number) => hopError(i, 'signature is from the future'),
  mailFrom: (i: number, path: string) => hopError(i, `MAIL FROM ${shown(path)} did not match`),
  rcptTo: (i: number, path: string) => hopError(i, `RCPT TO ${shown(path)} did not match`),
  alignment: (i: number) => hopError(i, 'MAIL FROM and d= do not match'),
  /** The reverse-path does not follow from the hop before; or, where there is none, the signing domain. */
  custody: (i: number, path: string) =>
    later(
      signatureFailure.mailFrom(i, path),
      `${path === '' ? 'd' : 'mf'}= does not match the rt= of i=${i - 1}`,
    ),
  nextDomain: (i: number) => hopError(i, 'MAIL nd= does not match'),
  unexpectedNextDomain: (i: number) => later(hopError(i, 'unexpected nd= tag'), 'tag=nd was unexpected'),
  /** Revision 08. */
  unknownAlgorithm: (i: number, selector: string) => hopError(i, `selector ${selector} algorithm unknown`),
  /** Revision 08: none of several alternatives. */
  noGroup: (i: number) => failed(`DKIM2-Signature i=${i} no group of signatures passed`, i),
  incorrect: (i: number, selector: string) =>
    later(
      failed(`DKIM2-Signature i=${i} ${selector} incorrect signature`, i),
      `selector ${selector} incorrect signature`,
    ),
  mixed: (i: number, passed: string, wrong: string) =>
    later(
      failed(`DKIM2-Signature i=${i} ${passed} signature passed, ${wrong} signature failed`, i),
      `selector ${wrong} incorrect signature`,
    ),
  /** Revision 07: the domain of the From field that this hop put there is not one that it may sign for. */
  notAuthentic: (i: number) => hopError(i, 'matching From is not authentic'),
  /** ours: the body hash that mailversion keeps in the signature itself. */
  bodyHash: (i: number, algorithm: string) =>
    failed(`DKIM2-Signature i=${i} body hash ${algorithm} mismatch`, i),
} as const

/** What can be wrong with a public key. */
export const keyFailure = {
  notFetched: (i: number, selector: string) =>
    failure('temperror', `DKIM2-Signature i=${i} public key ${selector} could not be fetched`, i),
  absent: (i: number, selector: string) => hopError(i, `public key ${selector} does not exist`),
  multiple: (i: number, selector: string) => hopError(i, `public key ${selector} has multiple records`),
  syntax: (i: number, selector: string) => hopError(i, `public key ${selector} has a syntax error`),
  /** The record can be read, and what stands in it is no key that may be used. */
  malformed: (i: number, selector: string) =>
    later(keyFailure.syntax(i, selector), `public key ${selector} is malformed`),
  algorithm: (i: number, selector: string) => hopError(i, `public key ${selector} algorithm mismatch`),
  revoked: (i: number, selector: string) => hopError(i, `public key ${selector} has been revoked`),
} as const

/** What can be wrong with the message as a whole. */
export const messageFailure = {
  mixedProfiles: () => permerror('mixed DKIM2 profiles'),
  /** ours: the bounds of this verifier. */
  tooManyKeys: (needed: number, most: number) =>
    permerror(`Message needs ${needed} public keys, and this verifier looks up ${most}`),
  /** ours: the bounds of this verifier. */
  tooManyFields: () => permerror('Message has more header fields than this verifier reads'),
  /** Until revision 06 a gap makes the message count as unsigned. */
  unsigned: (i: number) => failure('none', `DKIM2-Signature i=${i} missing`),
  modified: (i: number) => ofMessage('Message has been modified despite a donotmodify request', i),
  exploded: (i: number) => ofMessage('Message has been exploded despite a donotexplode request', i),
  /** Needs a memory of messages, which the relay has and this folder has not. */
  duplicate: () => ofMessage('Duplicate message with no exploded flag'),
} as const

/** The verdict as one line: `PERMERROR DKIM2-Signature i=2 signature expired`, `PASS`. ASCII and UTF-8, no control characters. */
export function verdictText(verdict: Pick<Verdict, 'state' | 'error'>): string {
  const word = verdict.state.toUpperCase()
  return verdict.error === undefined ? word : `${word} ${verdict.error}`
}

const classes: Readonly<Record<Precedence, readonly (readonly Failure['state'][])[]>> = {
  worst: [['permerror'], ['fail'], ['temperror']],
  first: [['permerror', 'fail'], ['temperror']],
}

/**
 * The failure that decides; undefined: nothing failed.
 *
 * @param failures in the order of the steps
 */
export function decisive(
  failures: readonly Failure[],
  precedence: Precedence = 'worst',
): Failure | undefined {
  for (const states of classes[precedence]) {
    const first = failures.find(entry => states.includes(entry.state))
    if (first) return first
  }
  return undefined
}

/** Longest address in a string; RFC 5321 section 4.5.3.1.3 allows 256 octets with the brackets. */
const maxShownLength = 256

/** An address in angle brackets as SMTP writes it, fit for one line of text whatever it holds. */
function shown(path: string): string {
  const text = masked(path)
  return `<${text.length > maxShownLength ? `${text.slice(0, maxShownLength)}...` : text}>`
}

/** Enough to recognise a field by; replies and log lines stay short. */
const maxShownOctets = 64

/** The beginning of octets that a stranger wrote, fit for one line of ASCII text. */
function beginning(octets: Buffer): string {
  return octets.toString('latin1', 0, maxShownOctets).replace(/[^\x20-\x7e]/g, '?')
}

/** A failure of a hop, with the end of its text since revision 08. */
function later(failure: Failure, text: string): Failure {
  return { ...failure, since08: `DKIM2-Signature i=${failure.sequence} ${text}` }
}

function ofMessage(error: string, sequence?: number): Failure {
  return { ...failed(error, sequence), ofMessage: true }
}

function hopError(i: SequenceLabel, text: string): Failure {
  return permerror(`DKIM2-Signature i=${i} ${text}`, i === unknownSequence ? undefined : i)
}

function permerror(error: string, sequence?: number): Failure {
  return failure('permerror', error, sequence)
}

function failed(error: string, sequence?: number): Failure {
  return failure('fail', error, sequence)
}

function failure(state: Failure['state'], error: string, sequence?: number): Failure {
  return sequence === undefined ? { state, error } : { state, error, sequence }
}
