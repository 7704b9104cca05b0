/** Which octets a line of text is in the charset of the part that it goes into. RFC 2046 section 4.1.2. */
import { isAsciiText } from '../message/header-field.ts'

/**
 * What is known of a charset:
 * - ascii: ASCII text is its own octets, of others nothing is known
 * - utf-8, latin1: all of Unicode, its first 256 characters
 * - iso-2022-jp: as ascii, outside of the stretches that escape sequences mark
 */
export type CharsetKind = 'ascii' | 'utf-8' | 'latin1' | 'iso-2022-jp'

/** Undefined for a charset in which ASCII text may be something else (UTF-16, UTF-7), or that nobody knows. */
export function charsetKind(label: string | undefined): CharsetKind | undefined {
  const name = (label ?? 'us-ascii').toLowerCase()
  if (name === 'utf-8' || name === 'utf8') return 'utf-8'
  if (name === 'iso-8859-1' || name === 'windows-1252') return 'latin1'
  if (/^(?:cs)?iso-?2022-?jp/.test(name)) return 'iso-2022-jp'
  // RFC 1428: text in a charset that was not said when it passed a gateway.
  if (name === 'us-ascii' || name === 'unknown-8bit' || name === 'x-unknown') return 'ascii'
  return isAsciiSuperset(name) ? 'ascii' : undefined
}

/** The WHATWG Encoding Standard: its encodings contain ASCII, except UTF-16 and a few that it takes for dangerous. */
function isAsciiSuperset(name: string): boolean {
  try {
    return !['utf-16le', 'utf-16be', 'iso-2022-jp', 'x-user-defined'].includes(new TextDecoder(name).encoding)
  } catch {
    return false
  }
}

/** The octets of a text, or undefined where the charset cannot hold it. */
export function encodeText(text: string, charset: CharsetKind): Buffer | undefined {
  if (isAsciiText(text)) return Buffer.from(text, 'latin1')
  if (charset === 'utf-8') return Buffer.from(text, 'utf8')
  // ISO 8859-1 and windows-1252 agree from U+00A0 on.
  return charset === 'latin1' && /^[\x00-\x7f\xa0-\xff]*$/.test(text)
    ? Buffer.from(text, 'latin1')
    : undefined
}

/** Selects ASCII in ISO-2022-JP (RFC 1468). */
export const asciiEscape = Buffer.from('\x1b(B', 'latin1')

/**
 * True if ISO-2022-JP text stands in ASCII after these octets. RFC 1468 wants that at the end of every line, not all programs do.
 */
export function endsInAscii(octets: Buffer): boolean {
  const last = octets.lastIndexOf(0x1b)
  return last < 0 || octets.subarray(last, last + asciiEscape.length).equals(asciiEscape)
}
