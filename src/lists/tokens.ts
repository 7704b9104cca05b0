/**
 * Tokens: what a confirmation, a decision about a held post and a link to unsubscribe carry, so that only who got the mail can
 * answer it. A token says its kind, a number (of a request, a post or a subscriber) and a day until which it is good; its code
 * covers these and the addresses that it is bound to, so that it is good for no other list and no other person.
 *
 * Token: `<kind><expiry day><code><number>`, lower-case letters and digits only, since local parts may be folded on their way
 * back: 1, 3, 16 and at most 6 characters. The code has 80 bits: each guess is a mail or a request, which are limited.
 * With the longest command and the longest name of a list, the local part has 64 octets (RFC 5321 section 4.5.3.1.1).
 */
import type { KeyObject } from 'node:crypto'
import { authenticationCode, isSameCode } from '../message/authentication-code.ts'

/** What a token is good for. */
export type TokenKind =
  | 'confirm'
  | 'admit'
  | 'deny'
  | 'approve'
  | 'reject'
  | 'unsubscribe'
  | 'manage'
  | 'change'

/** What a token says; proved only by `isGenuineToken`. */
export interface TokenClaim {
  readonly kind: TokenKind
  /** Of the request (confirm, admit, deny), the held post (approve, reject) or the subscriber (unsubscribe, manage, change). */
  readonly id: number
  /** Unix time in milliseconds after which it is no longer accepted: the end of a day. */
  readonly expiresAtMilliseconds: number
}

/** A token taken apart. */
export interface ReadToken extends TokenClaim {
  readonly code: string
}

/** What a token of this module has at most; a longer one is no token of ours. */
export const maxTokenCharacters = 26

const letters: Readonly<Record<TokenKind, string>> = {
  confirm: 'c',
  admit: 's',
  deny: 'd',
  approve: 'a',
  reject: 'r',
  unsubscribe: 'u',
  manage: 'm',
  change: 'h',
}
const codeCharacters = 16
const dayCharacters = 3
/** The largest that six digits to the base 36 hold. */
const maxNumber = 36 ** 6 - 1
const millisecondsPerDay = 86_400_000
const pattern = /^([csdarumh])([0-9a-z]{3})([0-9a-z]{16})([1-9a-z][0-9a-z]{0,5})$/

/**
 * Makes a token.
 *
 * @param claim its expiry is rounded up to a whole day
 * @param boundTo what it is good for: the list's address in comparable form, then that of the person, or the queue id of the post
 * @throws RangeError for a number or a day that no token can carry
 */
export function makeToken(key: KeyObject, claim: TokenClaim, boundTo: readonly string[]): string {
  const day = dayOf(claim.expiresAtMilliseconds).toString(36)
  if (day.length !== dayCharacters || !Number.isInteger(claim.id) || claim.id < 1 || claim.id > maxNumber) {
    throw new RangeError(`no token can carry number ${claim.id} until ${claim.expiresAtMilliseconds}`)
  }
  const { kind, id } = claim
  return `${letters[kind]}${day}${codeOf(key, claim, boundTo)}${id.toString(36)}`
}

/** Takes a token apart; undefined for what has not the form of one. Nothing is proved by that. */
export function readToken(text: string): ReadToken | undefined {
  const match = pattern.exec(text.toLowerCase())
  if (match === null) return undefined
  const [, letter = '', day = '', code = '', id = ''] = match
  const kind = (Object.keys(letters) as TokenKind[]).find(one => letters[one] === letter)
  if (kind === undefined) return undefined
  const expiresAtMilliseconds = Number.parseInt(day, 36) * millisecondsPerDay
  return { kind, id: Number.parseInt(id, 36), expiresAtMilliseconds, code }
}

/**
 * True for a token that was made here for these addresses; whether its day is over is told by `expiresAtMilliseconds`.
 *
 * @param keys the current key and those before it whose tokens are still under way
 */
export function isGenuineToken(
  keys: readonly KeyObject[],
  token: ReadToken,
  boundTo: readonly string[],
): boolean {
  return keys.some(key => isSameCode(codeOf(key, token, boundTo), token.code))
}

/** Where a subscriber ends the subscription with one request (RFC 8058). */
export function unsubscribeUrl(
  publicUrl: string,
  key: KeyObject,
  subscriber: {
    readonly id: number
    readonly addressKey: string
    /** In comparable form. */
    readonly listAddress: string
    readonly expiresAtMilliseconds: number
  },
): string {
  const { id, expiresAtMilliseconds, listAddress, addressKey } = subscriber
  const token = makeToken(key, { kind: 'unsubscribe', id, expiresAtMilliseconds }, [listAddress, addressKey])
  return `${publicUrl}/unsubscribe/${token}`
}

function dayOf(milliseconds: number): number {
  return Math.ceil(milliseconds / millisecondsPerDay)
}

function codeOf(key: KeyObject, claim: TokenClaim, boundTo: readonly string[]): string {
  const { kind, id, expiresAtMilliseconds } = claim
  const said = [kind, id, dayOf(expiresAtMilliseconds), ...boundTo].join('\n')
  return authenticationCode(key, `dkim2-relay list token\n${said}`, codeCharacters)
}
