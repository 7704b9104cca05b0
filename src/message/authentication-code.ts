/**
 * Codes that prove that a text was written here: HMAC-SHA256 (RFC 2104), cut and spelled so that they fit into a local part and
 * survive its being folded to lower case.
 */
import type { KeyObject } from 'node:crypto'
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Without i, l, o and u, which are misread or make words. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * The code of a text, in characters of 5 bits each.
 *
 * @param key made once with createSecretKey: from a Buffer it would be made anew each time
 * @param text begins with the purpose, so that no code is good for two
 * @param characters 51 at most
 */
export function authenticationCode(key: KeyObject, text: string, characters: number): string {
  const digest = createHmac('sha256', key).update(text).digest()
  let code = ''
  let bits = 0
  let held = 0
  for (const octet of digest) {
    held = (held << 8) | octet
    bits += 8
    while (bits >= 5 && code.length < characters) {
      bits -= 5
      code += alphabet[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
    if (code.length === characters) break
  }
  return code
}

/** Compares in a time that tells nothing about where two codes differ. ASCII. */
export function isSameCode(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
