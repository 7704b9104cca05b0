/**
 * Tokens for the API (RFC 6750): `dkim2-relay-NUMBER-SECRET`. The number finds the record, the secret is compared with its hash. A hash
 * without salt and without slowness is enough: the secret is 256 random bits, which nobody guesses and no table has; slowness protects what
 * people choose.
 */
import { createHash, timingSafeEqual } from 'node:crypto'

/** The secret of a token, in octets. */
const secretOctets = 32

/** Of base64url without padding, for those octets. */
const form = /^dkim2-relay-([1-9]\d{0,14})-([A-Za-z0-9_-]{43})$/

export interface ReadToken {
  readonly id: number
  readonly secret: string
}

export function newSecret(random: (octets: number) => Buffer): string {
  return random(secretOctets).toString('base64url')
}

export function tokenText({ id, secret }: ReadToken): string {
  return `dkim2-relay-${id}-${secret}`
}

/** undefined: it can be none. */
export function readToken(text: string): ReadToken | undefined {
  const [, id, secret] = form.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id: Number(id), secret }
}

export function readsAsToken(text: string): boolean {
  return form.test(text)
}

/** What is kept of a secret: 64 hexadecimal digits. */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Takes the same time whatever differs. @param kept undefined: there is no such token; nothing fits then */
export function isSecret(secret: string, kept: string | undefined): boolean {
  const given = Buffer.from(secretHash(secret), 'hex')
  const known = Buffer.from(kept ?? '', 'hex')
  const isThere = known.length === given.length
  return timingSafeEqual(given, isThere ? known : Buffer.alloc(given.length)) && isThere
}
