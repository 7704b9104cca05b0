/** The private keys of the parties: made from fixed seeds, so that every run signs with the same ones. */

import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { keyFile } from '../vectors/test-keys.ts'
import type { PeerKey, Zone } from './peer.ts'

export type KeyAlgorithm = PeerKey['algorithm']

export interface PartyKey {
  readonly selector: string
  readonly algorithm: KeyAlgorithm
  readonly key: KeyObject
}

export const algorithms = ['ed25519-sha256', 'rsa-sha256', 'mldsa44'] as const

const selectorOf: Readonly<Record<KeyAlgorithm, string>> = {
  'ed25519-sha256': 'ed',
  'rsa-sha256': 'rsa',
  mldsa44: 'ml',
}

/** PKCS #8 up to the seed: RFC 8410 section 7, and RFC 9881 section 6 with the seed alone. */
const seedPrefix = {
  'ed25519-sha256': '302e020100300506032b657004220420',
  mldsa44: '3034020100300b060960864801650304031104228020',
} as const

const made = new Map<string, PartyKey>()

/** The key of a domain for an algorithm; its selector is `ed`, `rsa` or `ml`. */
export function partyKey(domain: string, algorithm: KeyAlgorithm): PartyKey {
  const name = `${algorithm} ${domain}`
  const known = made.get(name)
  if (known) return known
  const key = { selector: selectorOf[algorithm], algorithm, key: makeKey(name, algorithm) }
  made.set(name, key)
  return key
}

function makeKey(name: string, algorithm: KeyAlgorithm): KeyObject {
  // Making an RSA key from a seed takes more code than it is worth: one key serves all domains.
  if (algorithm === 'rsa-sha256') return createPrivateKey(readFileSync(keyFile('origin.example', 'rsa')))
  const seed = hash('sha256', name, 'buffer')
  const octets = Buffer.concat([Buffer.from(seedPrefix[algorithm], 'hex'), seed])
  return createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' })
}

export function pemOf({ key }: PartyKey): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}

/** The TXT record: `p` is SubjectPublicKeyInfo for RSA, the raw key for the others. */
export function recordOf({ key, algorithm }: PartyKey): string {
  const info = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const raw = { 'rsa-sha256': info.length, 'ed25519-sha256': 32, mldsa44: 1312 }[algorithm]
  const type = { 'rsa-sha256': 'rsa', 'ed25519-sha256': 'ed25519', mldsa44: 'mldsa44' }[algorithm]
  return `v=DKIM1; k=${type}; p=${info.subarray(-raw).toString('base64')}`
}

export function keyName(domain: string, selector: string): string {
  return `${selector}._domainkey.${domain}`
}

/** What the domains publish: all their keys. */
export function publish(domains: readonly string[]): Zone {
  const entries = domains.flatMap(domain =>
    algorithms.map(algorithm => {
      const key = partyKey(domain, algorithm)
      return [keyName(domain, key.selector), [recordOf(key)]] as const
    }),
  )
  return Object.fromEntries(entries)
}
