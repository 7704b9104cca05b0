/**
 * Public keys in the DNS: TXT at `<selector>._domainkey.<domain>`. RFC 6376 section 3.6.1, RFC 8463 section 4,
 * draft-ietf-dkim-dkim2-dns, FIPS 204 (the raw key of ML-DSA-44).
 */

import { createPublicKey, type KeyObject } from 'node:crypto'
import { Point } from '@noble/ed25519'
import { RecentMap } from '../bounded/recent-map.ts'
import { decodeBase64, encodeBase64 } from '../message/base64.ts'
import { isDomain } from '../message/mailbox.ts'
import { parseTagList } from '../message/tag-list.ts'
import type { Algorithm } from './model.ts'

export type KeyRecord = PublishedKey | UnusableKey

export interface PublishedKey {
  readonly kind: 'key'
  readonly algorithm: Algorithm
  readonly key: KeyObject
  /** The owner is testing (t=y). A verifier treats the key as any other. */
  readonly testing: boolean
}

export interface UnusableKey {
  /** An empty p= revokes a key; an unknown key type fits no algorithm; all else is malformed. */
  readonly kind: 'revoked' | 'unknown type' | 'malformed'
  /** The record can be read; what p= holds is no key, or one that is too weak or too large. */
  readonly isKeyFault?: true
  /** For the one who publishes it. */
  readonly reason: string
}

/** Below this a key is unusable. */
const minRsaBits = 1_024
/** Above this a check costs more than a peer may ask for; records of that size hardly fit DNS answers. */
const maxRsaBits = 8_192
const rsaExponent = 65_537n
const ed25519KeyBytes = 32
const mldsa44KeyBytes = 1_312
/** SubjectPublicKeyInfo of RFC 9881 up to the key. */
const mldsa44Prefix = Buffer.from('30820532300b06096086480165030403110382052100', 'hex')
/** RFC 1035 section 2.3.4, in text form without the final dot. */
const maxDnsNameLength = 253
/** SubjectPublicKeyInfo of RFC 8410 up to the key. */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex')

/** Keys that were parsed lately, by the text of their record: parsing and checking a key costs more than using it. */
const parsed = new RecentMap<string, KeyRecord>({ maxEntries: 1_000 })
/** Longer records are no keys that anyone uses, and must not fill memory. */
const maxCachedLength = 4_096

/** The name at which a key is published. */
export function keyRecordName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`
}

/** True if selector and domain are ASCII names (A-labels) that a key can be published under. */
export function isKeyName(selector: string, domain: string): boolean {
  const name = keyRecordName(selector, domain)
  return (
    isDomain(domain) && isDomain(selector) && !/[^\x21-\x7e]/.test(name) && name.length <= maxDnsNameLength
  )
}

/**
 * Reads a key record. The result for a text is always the same, and remembered.
 *
 * @param text the strings of one TXT record joined, latin1
 */
export function parseKeyRecord(text: string): KeyRecord {
  const known = parsed.get(text)
  if (known) return known
  const record = readKeyRecord(text)
  if (text.length <= maxCachedLength) parsed.set(text, record)
  return record
}

/**
 * The record to publish for a public key.
 *
 * @throws RangeError for a key that is none of RSA, Ed25519 and ML-DSA-44
 */
export function keyRecordText(publicKey: KeyObject): string {
  const info = publicKey.export({ type: 'spki', format: 'der' })
  if (publicKey.asymmetricKeyType === 'rsa') return `v=DKIM1; k=rsa; p=${encodeBase64(info)}`
  if (publicKey.asymmetricKeyType === 'ed25519') {
    return `v=DKIM1; k=ed25519; p=${encodeBase64(info.subarray(-ed25519KeyBytes))}`
  }
  if (publicKey.asymmetricKeyType === 'ml-dsa-44') {
    return `v=DKIM1; k=mldsa44; p=${encodeBase64(info.subarray(-mldsa44KeyBytes))}`
  }
  throw new RangeError(`no key record for a key of type ${publicKey.asymmetricKeyType}`)
}

function readKeyRecord(text: string): KeyRecord {
  const list = parseTagList(text)
  if (list.kind === 'malformed') return malformed(list.reason)
  const version = list.get('v')
  if (version !== undefined && (version !== 'DKIM1' || list.tags[0]?.name.toLowerCase() !== 'v')) {
    return malformed('v= is not DKIM1, or not the first tag')
  }
  const encoded = list.get('p')
  if (encoded === undefined) return malformed('p= is missing')
  if (encoded === '') return { kind: 'revoked', reason: 'p= is empty' }
  const octets = decodeBase64(encoded)
  if (!octets) return malformed('p= is not base64')
  const testing = (list.get('t') ?? '').split(':').some(flag => flag.trim() === 'y')
  const type = list.get('k') ?? 'rsa'
  if (type === 'rsa') return rsaKey(octets, testing)
  if (type === 'ed25519') return ed25519Key(octets, testing)
  if (type === 'mldsa44') return mldsa44Key(octets, testing)
  return { kind: 'unknown type', reason: `k=${type}` }
}

function rsaKey(octets: Buffer, testing: boolean): KeyRecord {
  const key = tryPublicKey(octets, 'spki') ?? tryPublicKey(octets, 'pkcs1')
  if (key?.asymmetricKeyType !== 'rsa') return unusable('p= is no RSA key')
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < minRsaBits || modulusLength > maxRsaBits) {
    return unusable(`an RSA key of ${modulusLength} bits is not used`)
  }
  if (publicExponent !== rsaExponent) return unusable('the exponent of the RSA key is not 65537')
  return { kind: 'key', algorithm: 'rsa-sha256', key, testing }
}

/** The point must be in its one canonical form and not of small order: with such a key anyone can make signatures that hold. */
function ed25519Key(octets: Buffer, testing: boolean): KeyRecord {
  if (octets.length !== ed25519KeyBytes) return unusable('p= is not an Ed25519 key of 32 octets')
  if (!isSoundPoint(octets)) return unusable('p= is not a sound Ed25519 point')
  const key = tryPublicKey(Buffer.concat([ed25519Prefix, octets]), 'spki')
  return key ? { kind: 'key', algorithm: 'ed25519-sha256', key, testing } : unusable('p= is no Ed25519 key')
}

function mldsa44Key(octets: Buffer, testing: boolean): KeyRecord {
  if (octets.length !== mldsa44KeyBytes) return unusable('p= is not an ML-DSA-44 key of 1312 octets')
  const key = tryPublicKey(Buffer.concat([mldsa44Prefix, octets]), 'spki')
  return key ? { kind: 'key', algorithm: 'mldsa44', key, testing } : unusable('p= is no ML-DSA-44 key')
}

function isSoundPoint(octets: Buffer): boolean {
  try {
    return !Point.fromBytes(Uint8Array.from(octets)).isSmallOrder()
  } catch {
    return false
  }
}

function tryPublicKey(octets: Buffer, type: 'spki' | 'pkcs1'): KeyObject | undefined {
  try {
    return createPublicKey({ key: octets, format: 'der', type })
  } catch {
    return undefined
  }
}

function malformed(reason: string): UnusableKey {
  return { kind: 'malformed', reason }
}

function unusable(reason: string): UnusableKey {
  return { kind: 'malformed', isKeyFault: true, reason }
}
