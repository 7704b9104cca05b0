/**
 * What the revisions of draft-ietf-dkim-dkim2-spec disagree on: one rule set object per revision, and a table that says
 * with which revision each rule changed. Nothing else in this folder names a revision. docs/design/message-instance.md, "Revisions".
 */

import type { TagListRules } from '../../../message/tag-list.ts'
import type { FromPolicy } from '../../from-authentic.ts'
import type { Algorithm, Flag } from '../../model.ts'
import type { GroupRules, Request } from '../../profile.ts'
import { isUnsigned, isUnsignedSince08, type UnsignedFields } from '../../unsigned-fields.ts'

export interface RuleSet {
  /** Recipe steps `u`: base64 of octets that are not UTF-8. */
  readonly octetSteps: boolean
  /** Keys of recipes (`h`, `b`, `c`, `d`, `u`) are the same whatever their case. */
  readonly foldsRecipeKeys: boolean
  /** What a recipe that does not fit the message is called. */
  readonly misfit: 'syntax error' | 'invalid JSON'
  /** The requests of earlier hops that a verifier enforces. */
  readonly requests: ReadonlySet<Request>
  /** The flags that are written. */
  readonly flags: ReadonlySet<Flag>
  /** What a message is whose signatures have a gap in `i`, or that has versions and no signature. */
  readonly unsigned: 'none' | 'permerror'
  /** Timestamps ahead of the clock are an error. */
  readonly checksFuture: boolean
  /** Whether the case of tag names counts, and names that differ only in it are duplicates. */
  readonly tagLists: TagListRules
  /** Groups: `,` joins what must hold together, `|` separates alternatives. How their results combine. */
  readonly groups: GroupRules
  readonly algorithms: ReadonlySet<Algorithm>
  /** The header fields outside of the header hash. */
  readonly isUnsigned: UnsignedFields
  /** What a timestamp out of range, a foreign envelope and broken custody are. */
  readonly pathFailures: 'permerror' | 'fail'
  /** Signatures of one algorithm in a field; a field holds at most eight of all together. */
  readonly maxPerAlgorithm: number
  /** RSA keys below this do not sign. */
  readonly minRsaSigningBits: number
  /** Whether the domain of From may be signed for by a d=; undefined: From is not checked. */
  readonly fromPolicy: FromPolicy | undefined
  /** What `"b": null` says. */
  readonly nullBody: 'unrecoverable' | 'invalid'
  /** Only a message that is Fully Verified gets another hop. */
  readonly extendsOnlyFullyVerified: boolean
  /** `exploded` may stand on i=1. */
  readonly explodedFirst: boolean
}

export type Revision = '06' | '09'

const revision06: RuleSet = {
  octetSteps: false,
  foldsRecipeKeys: false,
  misfit: 'syntax error',
  requests: new Set(['donotmodify', 'donotexplode']),
  flags: new Set(['exploded', 'donotmodify', 'donotexplode', 'feedback', 'feedhere']),
  unsigned: 'none',
  checksFuture: false,
  tagLists: { foldsNames: true, skipsEmpty: false, names: 'words' },
  groups: {
    alternatives: false,
    unknownAlgorithms: 'ignored',
    precedence: ['permerror', 'fail', 'temperror'],
  },
  algorithms: new Set(['rsa-sha256', 'ed25519-sha256']),
  isUnsigned,
  pathFailures: 'permerror',
  maxPerAlgorithm: 2,
  minRsaSigningBits: 1_024,
  fromPolicy: undefined,
  nullBody: 'unrecoverable',
  extendsOnlyFullyVerified: false,
  explodedFirst: true,
}

const revision09: RuleSet = {
  octetSteps: true,
  foldsRecipeKeys: true,
  misfit: 'invalid JSON',
  requests: new Set(),
  flags: new Set(['exploded', 'feedback', 'feedhere']),
  unsigned: 'permerror',
  checksFuture: true,
  tagLists: { foldsNames: false, skipsEmpty: true, names: 'words' },
  groups: {
    alternatives: true,
    unknownAlgorithms: 'permerror',
    precedence: ['fail', 'permerror', 'temperror'],
  },
  algorithms: new Set(['rsa-sha256', 'ed25519-sha256', 'mldsa44']),
  isUnsigned: isUnsignedSince08,
  pathFailures: 'fail',
  maxPerAlgorithm: 8,
  minRsaSigningBits: 2_048,
  fromPolicy: mayPutFrom,
  nullBody: 'invalid',
  extendsOnlyFullyVerified: true,
  explodedFirst: false,
}

/**
 * The one place that says for which From a domain may sign: its own and those below it. A `d` below the domain of From
 * would need a policy record whose syntax nobody has published yet.
 */
function mayPutFrom(fromDomain: string, signingDomain: string): boolean {
  return fromDomain === signingDomain || fromDomain.endsWith(`.${signingDomain}`)
}

export const ruleSets: Readonly<Record<Revision, RuleSet>> = { '06': revision06, '09': revision09 }

export const defaultRevision: Revision = '09'

/** One row of the table of changes. */
export interface RuleChange {
  readonly rule: keyof RuleSet
  /** The revision that changed it. */
  readonly since: '07' | '08' | '09'
  readonly text: string
}

/** Every rule that changed, in the order of the revisions. */
export const ruleChanges: readonly RuleChange[] = [
  { rule: 'octetSteps', since: '07', text: 'recipe steps u hold octets that are not UTF-8' },
  { rule: 'foldsRecipeKeys', since: '07', text: 'the keys of recipes are matched without regard to case' },
  { rule: 'misfit', since: '07', text: 'a recipe that does not fit the message is invalid JSON' },
  { rule: 'requests', since: '07', text: 'donotmodify and donotexplode are ignored' },
  { rule: 'flags', since: '07', text: 'donotmodify and donotexplode are not written' },
  { rule: 'unsigned', since: '07', text: 'a gap in i is PERMERROR, none only where there is no DKIM2 field' },
  { rule: 'checksFuture', since: '07', text: 'timestamps in the future are checked' },
  { rule: 'tagLists', since: '08', text: 'tag names are matched with regard to case' },
  { rule: 'groups', since: '08', text: 'groups in h and s; an unknown algorithm is an error of its group' },
  { rule: 'algorithms', since: '08', text: 'mldsa44' },
  { rule: 'isUnsigned', since: '08', text: 'Auto-Submitted and VBR-Info are signed header fields' },
  { rule: 'pathFailures', since: '08', text: 'timestamp, envelope and custody failures are FAIL' },
  { rule: 'maxPerAlgorithm', since: '08', text: 'no limit of two signatures of one algorithm' },
  { rule: 'minRsaSigningBits', since: '08', text: 'RSA keys of 2048 bits or more sign' },
  { rule: 'fromPolicy', since: '08', text: 'the From header field must be authentic' },
  { rule: 'nullBody', since: '09', text: 'a body recipe of null is an error' },
  { rule: 'extendsOnlyFullyVerified', since: '09', text: 'only Fully Verified messages are extended' },
  { rule: 'explodedFirst', since: '09', text: 'exploded is never set on i=1' },
]
