/**
 * The mailboxes of an address list in a header field, as they are spelled. RFC 5322 section 3.4, read leniently: what cannot be
 * understood gives no mailbox, and nothing throws. Text is latin1. One pass.
 */

import { trimWhiteSpace } from './header-field.ts'

/** One mailbox of a list. */
export interface ListedMailbox {
  /** What stands before the angle bracket, as spelled; else empty. */
  readonly phrase: string
  /** The last comment in parentheses, without them; else empty. */
  readonly comment: string
  /** Without angle brackets and comments. */
  readonly address: string
}

/** Whatever can stand between angle brackets without ending them; RFC 5321 section 4.5.3.1 allows 254 octets. */
const addressPattern =
  /^(?:[^\x00-\x20\x7f<>"(),:;\\[\]@]+|"(?:[^\x00-\x1f\x7f"\\<>]|\\[^\x00-\x1f\x7f<>])*")@[^\x00-\x20\x7f<>"(),;\\@]+$/
/** A local part of 64 octets, the at sign and a domain of 255 (RFC 5321 section 4.5.3.1). */
const maxAddressLength = 320

/** A mailbox that is being read. */
interface Draft {
  phrase: string
  comment: string
  /** What is in angle brackets; undefined before the first. */
  angle: string | undefined
}

/**
 * @param value latin1, unfolded
 * @param maxMailboxes what comes after this many is left out
 */
export function listedMailboxes(value: string, maxMailboxes: number): readonly ListedMailbox[] {
  const mailboxes: ListedMailbox[] = []
  let draft = emptyDraft()
  for (let at = 0; at < value.length && mailboxes.length < maxMailboxes; ) {
    const end = tokenEnd(value, at)
    const token = value.slice(at, end)
    at = end
    if (token === ',' || token === ';') {
      note(mailboxes, draft)
      draft = emptyDraft()
    } else if (token === ':' && draft.angle === undefined) {
      draft = emptyDraft() // the name of a group
    } else {
      addToken(draft, token)
    }
  }
  if (mailboxes.length < maxMailboxes) note(mailboxes, draft)
  return mailboxes
}

function emptyDraft(): Draft {
  return { phrase: '', comment: '', angle: undefined }
}

function addToken(draft: Draft, token: string): void {
  if (token.startsWith('(')) draft.comment = token.slice(1, token.endsWith(')') ? -1 : undefined)
  else if (token.startsWith('<')) draft.angle ??= token.slice(1, token.endsWith('>') ? -1 : undefined)
  else if (draft.angle === undefined) draft.phrase += token
}

function note(mailboxes: ListedMailbox[], draft: Draft): void {
  const address = trimWhiteSpace(draft.angle ?? draft.phrase)
  if (address.length > maxAddressLength || !addressPattern.test(address)) return
  mailboxes.push({
    phrase: draft.angle === undefined ? '' : trimWhiteSpace(draft.phrase),
    comment: trimWhiteSpace(draft.comment),
    address,
  })
}

/** The end of the token of an address list that begins at `start`: a quoted string, a comment, an angle address, a separator, or text. */
export function tokenEnd(value: string, start: number): number {
  const first = value[start]
  if (first === '"') return closing(value, start, '"')
  if (first === '(') return closing(value, start, ')')
  if (first === '<') return closing(value, start, '>')
  if (first === ',' || first === ';' || first === ':') return start + 1
  let at = start + 1
  while (at < value.length && !'"(<,;:'.includes(value[at] ?? '')) at++
  return at
}

/** Comments nest; in quotes and comments a backslash quotes. An unclosed token goes to the end. */
function closing(value: string, start: number, close: string): number {
  let depth = 0
  for (let at = start + 1; at < value.length; at++) {
    if (value[at] === '\\' && close !== '>') at++
    else if (close === ')' && value[at] === '(') depth++
    else if (value[at] === close && depth-- === 0) return at + 1
  }
  return value.length
}
