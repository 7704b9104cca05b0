/**
 * What the revisions of draft-ietf-dkim-dkim2-spec disagree on: revision 06, and a table of what changed since, from which the
 * rule set of every revision is made. Nothing else in this folder names a revision. docs/design/message-instance.md, "Revisions".
 */

import type { TagListRules } from '../../../message/tag-list.ts'
import type { FromPolicy } from '../../from-authentic.ts'
import type { Algorithm, Flag } from '../../model.ts'
import type { GroupRules, NullBody, Request, Revision } from '../../profile.ts'
import { isUnsigned, isUnsignedSince08, type UnsignedFields } from '../../unsigned-fields.ts'
import type { Precedence, Wording } from '../../verdict.ts'

export interface RuleSet {
  /** Recipe steps `u`: base64 of octets that are not UTF-8. */
  readonly octetSteps: boolean
  /** Keys of recipes (`h`, `b`, `c`, `d`, `u`) are the same whatever their case. */
  readonly foldsRecipeKeys: boolean
  /** What a recipe that does not fit the message is called. */
  readonly misfit: 'syntax error' | 'invalid JSON'
  /** JSON that is no recipe, or does not fit, is quoted; otherwise it is told apart from what is no JSON at most. */
  readonly quotesRecipes: boolean
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
  /** What a timestamp out of range, a foreign envelope, broken custody and a From that is not authentic are. */
  readonly pathFailures: 'permerror' | 'fail'
  /** Signatures of one algorithm in a field; a field holds at most eight of all together. */
  readonly maxPerAlgorithm: number
  /** RSA keys below this do not sign. */
  readonly minRsaSigningBits: number
  /** Whether the domain of From may be signed for by a d=; undefined: From is not checked. */
  readonly fromPolicy: FromPolicy | undefined
  /** What `"b": null` is: a statement that older hops cannot be checked, or an error. */
  readonly nullBody: NullBody
  /** Only a message that is Fully Verified gets another hop. */
  readonly extendsOnlyFullyVerified: boolean
  /** `exploded` is written on i=1 too. */
  readonly explodedFirst: boolean
  /** Which of several failures is that of the message. */
  readonly precedence: Precedence
  /** In whose words failures are told. */
  readonly wording: Wording
}

const revision06: RuleSet = {
  octetSteps: false,
  foldsRecipeKeys: false,
  misfit: 'syntax error',
  quotesRecipes: false,
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
  precedence: 'worst',
  wording: 'until 07',
}

/**
 * The one place that says for which From a domain may sign: its own and those below it. A `d` below the domain of From
 * would need a policy record whose syntax nobody has published yet.
 */
function mayPutFrom(fromDomain: string, signingDomain: string): boolean {
  return fromDomain === signingDomain || fromDomain.endsWith(`.${signingDomain}`)
}

/** One row of the table of changes. */
export type RuleChange = {
  [Rule in keyof RuleSet]: {
    readonly rule: Rule
    readonly value: RuleSet[Rule]
    /** The revision that changed it. */
    readonly since: Exclude<Revision, '06'>
    /** Of that revision, as implementations name it: see docs/design/message-instance.md. */
    readonly section: string
    readonly text: string
  }
}[keyof RuleSet]

/** Every rule that changed, in the order of the revisions. A rule may change more than once. */
export const ruleChanges: readonly RuleChange[] = [
  {
    rule: 'octetSteps',
    value: true,
    since: '07',
    section: '5',
    text: 'recipe steps u hold octets that are not UTF-8',
  },
  {
    rule: 'foldsRecipeKeys',
    value: true,
    since: '07',
    section: '5',
    text: 'the keys of recipes are matched without regard to case',
  },
  {
    rule: 'misfit',
    value: 'invalid JSON',
    since: '07',
    section: '14.2',
    text: 'a recipe that does not fit the message is invalid JSON',
  },
  {
    rule: 'requests',
    value: new Set(),
    since: '07',
    section: '10.10',
    text: 'donotmodify and donotexplode are ignored',
  },
  {
    rule: 'flags',
    value: new Set(['exploded', 'feedback', 'feedhere']),
    since: '07',
    section: '10.10',
    text: 'donotmodify and donotexplode are not written',
  },
  {
    rule: 'unsigned',
    value: 'permerror',
    since: '07',
    section: '14.2',
    text: 'a gap in i is PERMERROR, none only where there is no DKIM2 field',
  },
  {
    rule: 'checksFuture',
    value: true,
    since: '07',
    section: '14.3',
    text: 'timestamps in the future are checked',
  },
  {
    rule: 'tagLists',
    value: { foldsNames: false, skipsEmpty: true, names: 'words' },
    since: '07',
    section: '8',
    text: 'tag names are matched with regard to case',
  },
  {
    rule: 'fromPolicy',
    value: mayPutFrom,
    since: '07',
    section: '14.8',
    text: 'the From header field must be authentic',
  },
  {
    rule: 'extendsOnlyFullyVerified',
    value: true,
    since: '07',
    section: '12',
    text: 'only messages that verified in full are extended',
  },
  {
    rule: 'explodedFirst',
    value: false,
    since: '07',
    section: '12.5',
    text: 'exploded is never set on i=1',
  },
  {
    rule: 'groups',
    value: {
      alternatives: true,
      unknownAlgorithms: 'permerror',
      precedence: ['fail', 'permerror', 'temperror'],
    },
    since: '08',
    section: '14.6',
    text: 'groups in h and s; an unknown algorithm is an error of its group',
  },
  {
    rule: 'algorithms',
    value: new Set(['rsa-sha256', 'ed25519-sha256', 'mldsa44']),
    since: '08',
    section: '3',
    text: 'mldsa44',
  },
  {
    rule: 'isUnsigned',
    value: isUnsignedSince08,
    since: '08',
    section: '4',
    text: 'Auto-Submitted and VBR-Info are signed header fields',
  },
  {
    rule: 'pathFailures',
    value: 'fail',
    since: '08',
    section: '14.1',
    text: 'timestamp, envelope, custody and From failures are FAIL',
  },
  {
    rule: 'precedence',
    value: 'first',
    since: '08',
    section: '14.6',
    text: 'the first failure that is no TEMPERROR is that of the message',
  },
  {
    rule: 'maxPerAlgorithm',
    value: 8,
    since: '08',
    section: '10.9',
    text: 'no limit of two signatures of one algorithm',
  },
  {
    rule: 'minRsaSigningBits',
    value: 2_048,
    since: '08',
    section: '3',
    text: 'RSA keys of 2048 bits or more sign',
  },
  {
    rule: 'nullBody',
    value: 'fail',
    since: '08',
    section: '13',
    text: 'a body recipe of null is FAIL, as older body hashes cannot be checked',
  },
  {
    rule: 'quotesRecipes',
    value: true,
    since: '08',
    section: '14.2',
    text: 'JSON that is no recipe, or does not fit the message, is quoted',
  },
  {
    rule: 'wording',
    value: 'since 08',
    since: '08',
    section: '14',
    text: 'failures have other words',
  },
  {
    rule: 'nullBody',
    value: 'permerror',
    since: '09',
    section: '5',
    text: 'a body recipe of null is PERMERROR',
  },
]

/** How many rows of the table hold under a revision. */
export function changesUntil(revision: Revision): number {
  return ruleChanges.filter(({ since }) => since <= revision).length
}

/** The rules of 06 with the first `count` of the changes. */
export function rulesAfter(count: number): RuleSet {
  const changed = ruleChanges.slice(0, count).map(({ rule, value }) => [rule, value])
  return { ...revision06, ...Object.fromEntries(changed) }
}

export const ruleSets: Readonly<Record<Revision, RuleSet>> = {
  '06': revision06,
  '07': rulesAfter(changesUntil('07')),
  '08': rulesAfter(changesUntil('08')),
  '09': rulesAfter(changesUntil('09')),
}

export const defaultRevision: Revision = '09'
