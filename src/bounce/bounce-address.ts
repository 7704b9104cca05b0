/**
 * The bounce address: every forwarded copy has its own reverse-path `b+<token>@<domain>` in this hop's domain
 * (docs/design/bounces.md, "The bounce address"). The token names the queue entry and the delivery, carries an expiry day and is
 * authenticated, so that a bounce can be believed because nobody else could have known the address.
 *
 * Token: `<queue id>-<ordinal>-<expiry day>-<mac>`, lower-case letters, digits and hyphens only, since local parts may be
 * folded to lower case on their way back. The mac is HMAC-SHA256 over the rest and the domain, cut to 100 bits: a
 * guess succeeds once in 2^100, and the whole local part stays within the 64 octets of RFC 5321 section 4.5.3.1.1.
 */
import type { KeyObject } from 'node:crypto'
import { authenticationCode, isSameCode } from '../message/authentication-code.ts'
import { foldedLocalPart } from '../message/mailbox.ts'

/** What a genuine token says. */
export interface BounceToken {
  readonly queueId: string
  readonly ordinal: number
  /** Unix time in milliseconds after which the address is no longer accepted. */
  readonly expiresAtMilliseconds: number
}

export type BounceAddressVerdict =
  | { readonly kind: 'genuine'; readonly token: BounceToken }
  | { readonly kind: 'forged' }
  | { readonly kind: 'expired' }

export const bouncePrefix = 'b+'
const millisecondsPerDay = 86_400_000
const macCharacters = 20
const tokenPattern = /^([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]{20})$/
/** RFC 5321 section 4.5.3.1.1. */
const maxLocalPartOctets = 64

/**
 * The reverse-path of one copy.
 *
 * @param key HMAC key of 32 octets, made once with createSecretKey: from a Buffer it would be made anew each time
 * @param token expiry is rounded up to a whole day
 * @param domain the alias domain, lower-case
 * @throws RangeError when the local part would not fit in 64 octets (a queue id that is too long)
 */
export function bounceAddress(key: KeyObject, token: BounceToken, domain: string): string {
  const day = Math.ceil(token.expiresAtMilliseconds / millisecondsPerDay)
  const said = `${token.queueId.toLowerCase()}-${token.ordinal.toString(36)}-${day.toString(36)}`
  const localPart = `${bouncePrefix}${said}-${mac(key, said, domain)}`
  if (localPart.length > maxLocalPartOctets) {
    throw new RangeError(
      `bounce address for ${token.queueId} takes ${localPart.length} octets, at most ${maxLocalPartOctets} fit`,
    )
  }
  return `${localPart}@${domain}`
}

/** True for every local part that has the form of a bounce address, genuine or not. */
export function isBounceLocalPart(localPart: string): boolean {
  return foldedLocalPart(localPart).startsWith(bouncePrefix)
}

/**
 * Judges a bounce address.
 *
 * @param keys the current key and those that were in use while tokens of theirs may still come back
 * @param nowMilliseconds Unix time
 */
export function readBounceAddress(
  keys: readonly KeyObject[],
  mailbox: { readonly localPart: string; readonly domain: string },
  nowMilliseconds: number,
): BounceAddressVerdict {
  const localPart = foldedLocalPart(mailbox.localPart)
  const match = isBounceLocalPart(localPart) ? tokenPattern.exec(localPart.slice(bouncePrefix.length)) : null
  if (match === null) return { kind: 'forged' }
  const [, queueId = '', ordinal = '', day = '', claimed = ''] = match
  const said = `${queueId}-${ordinal}-${day}`
  const genuine = keys.some(key => isSameCode(mac(key, said, mailbox.domain), claimed))
  if (!genuine) return { kind: 'forged' }
  const expiresAtMilliseconds = Number.parseInt(day, 36) * millisecondsPerDay
  if (nowMilliseconds > expiresAtMilliseconds) return { kind: 'expired' }
  return {
    kind: 'genuine',
    token: { queueId: queueId.toUpperCase(), ordinal: Number.parseInt(ordinal, 36), expiresAtMilliseconds },
  }
}

/** 100 bits in 20 characters of 5 bits each. */
function mac(key: KeyObject, said: string, domain: string): string {
  return authenticationCode(
    key,
    `dkim2-relay bounce address\n${said}\n${domain.toLowerCase()}`,
    macCharacters,
  )
}
