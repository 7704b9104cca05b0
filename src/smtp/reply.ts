/**
 * SMTP replies (RFC 5321 section 4.2) with their enhanced status codes (RFC 3463, RFC 2034): how they are written to a client,
 * how a peer's are read, and the named replies of this relay.
 */
import { asciiLine } from '../message/printable.ts'

/** One reply, without line structure. */
export interface SmtpReply {
  /** Three-digit reply code. */
  readonly code: number
  /** Enhanced status code such as '5.7.1'; '' when the peer gave none. */
  readonly enhanced: string
  /** Text for people; a line feed starts a new line of the reply. */
  readonly text: string
}

/** Longest reply line, with its CRLF, in octets (RFC 5321 section 4.5.3.1.5). */
const maxReplyLineBytes = 512

/** Lines of text in one reply; a longer text is cut: no client shows more, and a peer's words may come back through here. */
const maxReplyLines = 20

/**
 * The text lines of a reply, each with the enhanced status code in front as RFC 2034 section 4 asks for. Only printable ASCII is
 * left (RFC 5321 section 4.2.1): control characters become spaces, others question marks. Long lines are broken, never cut.
 */
export function replyLines(reply: SmtpReply): string[] {
  const status = reply.enhanced === '' ? '' : `${reply.enhanced} `
  const room = maxReplyLineBytes - '250-'.length - status.length - '\r\n'.length
  const lines = reply.text.split(/\r\n|\r|\n/).flatMap(line => breakLine(asciiLine(line), room))
  return lines.slice(0, maxReplyLines).map(line => status + line)
}

/** The octets of a reply, ASCII, every line with its CRLF. */
export function formatReply(reply: SmtpReply): string {
  const lines = replyLines(reply)
  return lines.map((line, at) => `${reply.code}${at < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('')
}

/**
 * Reads a peer's reply.
 *
 * @param response all its lines, with or without line ends after the last one; the enhanced status code may be missing
 * @returns undefined when no line begins with a reply code of RFC 5321; lines of the text are joined by line feeds
 */
export function parseReply(response: string): SmtpReply | undefined {
  const lines = response.split(/\r?\n/).filter(line => line !== '')
  const first = /^([2-5][0-9][0-9])(?:[ -]|$)/.exec(lines[0] ?? '')
  if (first === null) return undefined
  const code = first[1] ?? ''
  const texts = lines.map(line => (line.startsWith(code) ? line.slice(code.length + 1) : line))
  const enhanced = statusIn(texts[0] ?? '', code)
  return {
    code: Number(code),
    enhanced,
    text: texts
      .map(text => withoutStatus(text, enhanced))
      .join('\n')
      .trim(),
  }
}

/** The enhanced status code of a reply; where the peer gave none, the one that says no more than the reply code (X.0.0). */
export function enhancedStatus(reply: SmtpReply): string {
  return reply.enhanced === '' ? `${Math.floor(reply.code / 100)}.0.0` : reply.enhanced
}

/** A status code counts only when its class is that of the reply code (RFC 2034 section 4). */
function statusIn(text: string, code: string): string {
  const status = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(text)
  return status !== null && status[1] === code[0] ? status[0] : ''
}

function withoutStatus(text: string, enhanced: string): string {
  return enhanced !== '' && text.startsWith(enhanced) ? text.slice(enhanced.length).trimStart() : text
}

function breakLine(line: string, room: number): string[] {
  const parts: string[] = []
  let rest = line
  while (rest.length > room) {
    const space = rest.lastIndexOf(' ', room)
    const end = space > 0 ? space : room
    parts.push(rest.slice(0, end))
    rest = rest.slice(end).trimStart()
  }
  return [...parts, rest]
}
