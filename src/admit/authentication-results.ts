/**
 * Authentication-Results (RFC 8601) with the method dkim2 (draft-gondwana-dkim2-authres-00): what this relay found out, and
 * nobody else in its name. Fields that claim our authserv-id already are forged and are removed (RFC 8601 section 5).
 */
import type { HopVerdict, Verdict } from '../dkim2/index.ts'
import { isAsciiText } from '../message/header-field.ts'
import { asciiDomain } from '../message/mailbox.ts'
import type { HeaderField } from '../message/message.ts'
import { fieldValue, newField } from '../message/message.ts'

const fieldName = 'Authentication-Results'

/** A result beside dkim2, such as `spf=pass smtp.mailfrom=a.example`, already in the syntax of the field. */
export type OtherResult = string

/**
 * The field that this relay adds.
 *
 * @param authservId name of this relay, a host name
 * @param others results of further methods
 */
export function authenticationResults(
  authservId: string,
  verdict: Verdict,
  others: readonly OtherResult[] = [],
): HeaderField {
  const results = [dkim2Result(verdict), ...others]
  return newField(fieldName, `${authservId};\r\n\t${results.join(';\r\n\t')}`)
}

/** Section 3: the result, a comment for people, the domain of i=1, and the hop that a failure is attributed to. */
function dkim2Result(verdict: Verdict): string {
  const comment = hopsComment(verdict)
  const failedAt = verdict.ofMessage ? undefined : verdict.failedAt
  const originator = verdict.originator ?? verdict.hops.find(hop => hop.sequence === 1)?.domain
  return [
    `dkim2=${verdict.state}`,
    ...(comment === '' ? [] : [`(${comment})`]),
    ...(originator === undefined ? [] : [`\r\n\t header.d=${propertyValue(originator)}`]),
    ...(failedAt === undefined || verdict.state === 'none' ? [] : [`header.i=${failedAt}`]),
  ]
    .join(' ')
    .replaceAll(' \r\n', '\r\n')
}

/** Section 3.3: the hops in order, then the failure; parentheses and backslashes escaped (RFC 5322 section 3.2.2). */
function hopsComment(verdict: Verdict): string {
  const hops = verdict.hops.map(hop => `i=${hop.sequence} ${hop.domain} ${outcomeOf(hop)}`).join(', ')
  const failure = verdict.error === undefined ? '' : `${verdict.state.toUpperCase()}: ${verdict.error}`
  const text =
    hops === '' ? failure && `; ${failure}` : [hops, failure].filter(part => part !== '').join('; ')
  return foldComment(commentText(text))
}

/** A hop that was not judged, or cannot be, was skipped. */
function outcomeOf({ state }: HopVerdict): string {
  return state === 'none' || state === 'unverifiable' ? 'skipped' : state
}

/** A comment for people, with whatever text. */
export function foldedComment(text: string): string {
  return foldComment(`(${commentText(text)})`)
}

function commentText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replace(/[()\\]/g, '\\$&')
}

/** Breaks at spaces, so that fifty hops do not make a line above 998 octets (RFC 5322 section 2.1.1). */
function foldComment(text: string): string {
  return text.replace(/(.{50,}?) /g, '$1\r\n\t ')
}

/**
 * A value of a property: one that is no token is quoted (RFC 8601 section 2.2, RFC 2045 section 5.1).
 *
 * @param also a character beyond those of tokens that the property allows, such as the @ of an address
 */
export function propertyValue(text: string, also = ''): string {
  const rest = also === '' ? text : text.replaceAll(also, '')
  if (/^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/.test(rest)) return text
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}

/** True for an Authentication-Results field that speaks in the name of `authservId`. */
export function claimsAuthservId(field: HeaderField, authservId: string): boolean {
  if (field.name.toLowerCase() !== fieldName.toLowerCase()) return false
  return readAuthservId(fieldValue(field)) === asciiDomain(authservId.toLowerCase())
}

/** What no reader sees, or what some readers drop. */
const unseen = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g
/** What ends a token (RFC 2045 section 5.1): behind it stands a version, the results, or what makes no sense. */
const tokenEnd = /[\s()<>@,;:\\/[\]?=]/

/**
 * What any reader might take for the authserv-id, as a host name: the first token or quoted string of the value, without
 * comments, quotes, white space around dots, what cannot be seen, and the dot of the root.
 */
function readAuthservId(value: string): string {
  const text = decoded(withoutComments(value)).replace(unseen, '').trimStart()
  const joined = text.slice(0, maxIdCharacters).replace(/\s*\.\s*/g, '.')
  const unquoted = joined.replace(/\\(.)|"/g, '$1').trimStart()
  const end = unquoted.search(tokenEnd)
  const id = end < 0 ? unquoted : unquoted.slice(0, end)
  return asciiDomain(id.toLowerCase().replace(/\.+$/, ''))
}

/** Longer than any host name with quotes and white space that somebody would read over. */
const maxIdCharacters = 2_000

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/** Text beyond ASCII is UTF-8 (RFC 8616 section 5). */
function decoded(latin1: string): string {
  return isAsciiText(latin1) ? latin1 : utf8.decode(Buffer.from(latin1, 'latin1'))
}

/** Drops comments, nested ones and escapes in them included (RFC 5322 section 3.2.2); quoted strings stay. */
export function withoutComments(value: string): string {
  let depth = 0
  let quoted = false
  let kept = ''
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at)
    if (character === '\\') {
      if (depth === 0) kept += value.slice(at, at + 2)
      at++
    } else if (depth === 0 && character === '"') {
      quoted = !quoted
      kept += character
    } else if (!quoted && character === '(') depth++
    else if (!quoted && character === ')' && depth > 0) depth--
    else if (depth === 0) kept += character
  }
  return kept
}
