/**
 * Command lines of SMTP (RFC 5321 section 4.1.1): octets to text, the paths and parameters of MAIL and RCPT, the name in HELO.
 * The address inside a path is taken as the client wrote it, without any normalisation: signatures cover these very characters.
 */
import { isUtf8 } from 'node:buffer'
import { parseMailbox } from '../message/mailbox.ts'

/** MAIL or RCPT after parsing; `parameters` maps upper-case keywords to their values, '' for a keyword alone. */
export type PathCommand =
  | { readonly kind: 'path'; readonly path: string; readonly parameters: ReadonlyMap<string, string> }
  | { readonly kind: 'bad-path' }
  | { readonly kind: 'bad-parameters' }

/** Text of a command line; undefined when it is not UTF-8 (RFC 6531 section 3.3) or holds control characters other than TAB. */
export function commandText(octets: Buffer): string | undefined {
  if (!isUtf8(octets)) return undefined
  const text = octets.toString()
  return /[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(text) ? undefined : text
}

/**
 * Reads `MAIL FROM:<path> parameters` or `RCPT TO:<path> parameters`.
 *
 * A source route is dropped (RFC 5321 section 4.1.1.3). White space after the colon is allowed, because clients send it. The null
 * path `<>` and, for RCPT, the word postmaster (section 4.5.1) are paths; whether the command may have them is the caller's business.
 */
export function parsePathCommand(verb: 'MAIL' | 'RCPT', line: string): PathCommand {
  const start = verb === 'MAIL' ? /^MAIL[ \t]+FROM:[ \t]*/i.exec(line) : /^RCPT[ \t]+TO:[ \t]*/i.exec(line)
  if (start === null) return { kind: 'bad-path' }
  const rest = line.slice(start[0].length)
  const bracketed = /^<((?:[^<>"\\\s]|"(?:[^"\\]|\\.)*")*)>(?=[ \t]|$)/.exec(rest)
  if (bracketed === null) return { kind: 'bad-path' }
  const path = (bracketed[1] ?? '').replace(sourceRoute, '')
  if (!isPath(verb, path)) return { kind: 'bad-path' }
  const parameters = parseParameters(rest.slice(bracketed[0].length))
  return parameters === undefined ? { kind: 'bad-parameters' } : { kind: 'path', path, parameters }
}

/** True for what may follow HELO and EHLO: a name of letters, digits, `-`, `.`, `_` (real clients send it), or an address literal. */
export function isHeloName(text: string): boolean {
  if (text.length > maxDomainBytes) return false
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(text) || /^\[[A-Za-z0-9:.-]+\]$/.test(text)
}

/** RFC 5321 section 4.5.3.1.2. */
const maxDomainBytes = 255

/** RFC 5321 section 4.5.3.1.3, without the angle brackets. */
const maxPathBytes = 254

/** `@one.example,@two.example:` in front of the mailbox (RFC 5321 appendix C). */
const sourceRoute = /^@[^,:@\s"]+(?:,@[^,:@\s"]+)*:/

function isPath(verb: 'MAIL' | 'RCPT', path: string): boolean {
  if (path === '') return verb === 'MAIL'
  if (verb === 'RCPT' && path.toLowerCase() === 'postmaster') return true
  return Buffer.byteLength(path) <= maxPathBytes && parseMailbox(path) !== undefined
}

/** esmtp-param of RFC 5321 section 4.1.2; undefined for a syntax error or a keyword that comes twice. */
function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>()
  for (const part of text.split(/[ \t]+/)) {
    if (part === '') continue
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^=]+))?$/.exec(part)
    const keyword = match?.[1]?.toUpperCase()
    if (keyword === undefined || parameters.has(keyword)) return undefined
    parameters.set(keyword, match?.[2] ?? '')
  }
  return parameters
}
