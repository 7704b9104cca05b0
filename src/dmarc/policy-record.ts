/**
 * A DMARC Policy Record: what a domain publishes at `_dmarc` (RFC 9989 section 4.7). The syntax is that of RFC 6376 section 3.2; only `v` at
 * the front decides whether a text is such a record at all, and what is wrong behind it is left out ("syntax errors in the
 * remainder of the record MUST be discarded in favor of default values").
 */
import { trimWhiteSpace } from '../message/header-field.ts'

/** What a domain asks receivers to do with mail that fails. */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

/** From the mildest to the strictest. */
export const dmarcPolicies: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject']

export type AlignmentMode = 'strict' | 'relaxed'

/** The tags that say something today; `pct`, `rf` and `ri` of RFC 7489 do not. */
export interface PolicyRecord {
  /** As published, its strings joined; latin1. */
  readonly text: string
  /**
   * The policies that are published; undefined: the record asks for nothing, as `p` is not there or one of them is no policy, and nobody wants
   * reports (RFC 9989 section 4.10.1; with a `rua` that can be used it is `p=none`).
   */
  readonly policies: PublishedPolicies | undefined
  /** `y`: a public suffix domain; `n`: an organizational domain; `u`: neither is said. */
  readonly psd: 'y' | 'n' | 'u'
  /** `t=y`: the policies are not to be applied yet. */
  readonly isTesting: boolean
  readonly dkimAlignment: AlignmentMode
  readonly spfAlignment: AlignmentMode
  /** URIs of `rua` and `ruf` that are syntactically valid, without the size of RFC 7489. */
  readonly aggregateReportUris: readonly string[]
  readonly failureReportUris: readonly string[]
  /** `fo`, as written; `0` where there is none. */
  readonly failureOptions: string
  /** What is wrong with the record or has no meaning, for people. */
  readonly remarks: readonly string[]
}

export interface PublishedPolicies {
  readonly p: DmarcPolicy
  /** For subdomains without a record of their own. */
  readonly sp?: DmarcPolicy
  /** For subdomains that do not exist. */
  readonly np?: DmarcPolicy
}

/** The version is first and in these letters; its name may be in any. */
const version = /^[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/

/** True for a text that counts as a record of DMARC among others at the same name. */
export function isPolicyRecord(text: string): boolean {
  return version.test(text)
}

const knownTags: ReadonlySet<string> = new Set([
  ...['v', 'p', 'sp', 'np', 'psd', 't', 'adkim', 'aspf', 'rua', 'ruf', 'fo'],
  ...['pct', 'rf', 'ri'],
])
const historicTags: ReadonlySet<string> = new Set(['pct', 'rf', 'ri'])

/**
 * Reads a record.
 *
 * @param text the strings of the TXT record joined, latin1
 * @returns undefined for what is no record of DMARC, and for one with a tag twice, which is no tag list (RFC 6376 section 3.2)
 */
export function readPolicyRecord(text: string): PolicyRecord | undefined {
  if (!isPolicyRecord(text)) return undefined
  const remarks: string[] = []
  const tags = readTags(text, remarks)
  if (tags === undefined) return undefined
  const aggregateReportUris = reportUris(tags.get('rua'))
  return {
    text,
    policies: publishedPolicies(tags, aggregateReportUris.length > 0, remarks),
    psd: oneOf(tags, 'psd', ['y', 'n', 'u'], 'u', remarks),
    isTesting: oneOf(tags, 't', ['y', 'n'], 'n', remarks) === 'y',
    dkimAlignment: alignment(tags, 'adkim', remarks),
    spfAlignment: alignment(tags, 'aspf', remarks),
    aggregateReportUris,
    failureReportUris: reportUris(tags.get('ruf')),
    failureOptions: tags.get('fo') ?? '0',
    remarks,
  }
}

/** By name in lower case, as a domain that writes `P=reject` means it. */
function readTags(text: string, remarks: string[]): ReadonlyMap<string, string> | undefined {
  const tags = new Map<string, string>()
  for (const part of text.split(';').map(trimWhiteSpace)) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const spelled = trimWhiteSpace(part.slice(0, Math.max(equals, 0)))
    const name = spelled.toLowerCase()
    if (equals < 0 || !/^[a-z]+$/.test(name)) {
      remarks.push(`${shown(part)} is no tag and is ignored`)
      continue
    }
    if (tags.has(name)) return undefined
    tags.set(name, trimWhiteSpace(part.slice(equals + 1)))
    const remark = tagRemark(name, spelled)
    if (remark !== undefined) remarks.push(remark)
  }
  return tags
}

function tagRemark(name: string, spelled: string): string | undefined {
  if (historicTags.has(name)) return `${name} has no meaning any longer (RFC 9989 appendix C)`
  if (!knownTags.has(name)) return `the tag ${shown(name)} is not known`
  return name === spelled ? undefined : `the tag ${name} is written ${spelled}`
}

function publishedPolicies(
  tags: ReadonlyMap<string, string>,
  isReported: boolean,
  remarks: string[],
): PublishedPolicies | undefined {
  const [p, sp, np] = ['p', 'sp', 'np'].map(name => policyOf(tags, name, remarks))
  if (p === undefined) remarks.push('there is no p')
  if (p === undefined || p === 'invalid' || sp === 'invalid' || np === 'invalid') {
    return isReported ? { p: 'none' } : undefined
  }
  return { p, ...(sp !== undefined && { sp }), ...(np !== undefined && { np }) }
}

function policyOf(
  tags: ReadonlyMap<string, string>,
  name: string,
  remarks: string[],
): DmarcPolicy | 'invalid' | undefined {
  const value = tags.get(name)
  if (value === undefined) return undefined
  const policy = dmarcPolicies.find(one => one === value.toLowerCase())
  if (policy === undefined) remarks.push(`${name}=${shown(value)} is none of none, quarantine, reject`)
  return policy ?? 'invalid'
}

function alignment(tags: ReadonlyMap<string, string>, name: string, remarks: string[]): AlignmentMode {
  return oneOf(tags, name, ['r', 's'], 'r', remarks) === 's' ? 'strict' : 'relaxed'
}

function oneOf<T extends string>(
  tags: ReadonlyMap<string, string>,
  name: string,
  allowed: readonly T[],
  otherwise: T,
  remarks: string[],
): T {
  const value = tags.get(name)
  if (value === undefined) return otherwise
  const found = allowed.find(one => one === value.toLowerCase())
  if (found === undefined) remarks.push(`${name}=${shown(value)} is none of ${allowed.join(', ')}`)
  return found ?? otherwise
}

/** RFC 3986 without commas and exclamation marks, which have to be encoded here (RFC 9989 section 4.8). */
const uri = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@$&'()*+;=]|%[0-9a-f]{2})+$/i
const obsoleteSize = /![0-9]+[kmgt]?$/i

function reportUris(value: string | undefined): readonly string[] {
  return (value ?? '')
    .split(',')
    .map(one => trimWhiteSpace(one).replace(obsoleteSize, ''))
    .filter(one => uri.test(one))
}

/** As much of a stranger's text as an explanation needs. */
function shown(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
