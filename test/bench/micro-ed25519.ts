/** Ed25519 of node:crypto, at once and in the thread pool, and of @noble/ed25519, side by side. */
import { createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import * as noble from '@noble/ed25519'
import { privateKey } from '../support/dkim2-parties.ts'
import type { Work } from './micro-timing.ts'

export interface Ed25519Case {
  readonly name: string
  readonly operation: 'sign' | 'verify'
  /** Calls under way at once. */
  readonly atOnce: number
  readonly work: Work
}

const atOnce = 10

/** Signing and verifying a digest of 32 octets, as DKIM2 does. The first case of each operation is what others are compared with. */
export function ed25519Cases(): Ed25519Case[] {
  noble.hashes.sha512 = message => hash('sha512', message, 'buffer')
  const key = privateKey('origin.example', 'ed')
  const publicKey = createPublicKey(key)
  const digest = hash('sha256', 'any signing input', 'buffer')
  const signature = sign(null, digest, key)
  return [...signCases(key, digest, signature), ...verifyCases(publicKey, digest, signature)]
}

function signCases(key: KeyObject, digest: Buffer, signature: Buffer): Ed25519Case[] {
  const secret = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
  if (!signature.equals(noble.sign(digest, secret))) throw new Error('the two do not sign alike')
  const one = caseOf('sign')
  return [
    one('node:crypto', 1, () => sign(null, digest, key)),
    one('node:crypto, thread pool', atOnce, () => new Promise(done => sign(null, digest, key, done))),
    one('@noble/ed25519', 1, () => noble.sign(digest, secret)),
  ]
}

function verifyCases(key: KeyObject, digest: Buffer, signature: Buffer): Ed25519Case[] {
  const point = Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
  if (!noble.verify(signature, digest, point)) throw new Error('the two do not verify alike')
  const one = caseOf('verify')
  return [
    one('node:crypto', 1, () => verify(null, digest, key, signature)),
    one(
      'node:crypto, thread pool',
      atOnce,
      () => new Promise(done => verify(null, digest, key, signature, done)),
    ),
    one('@noble/ed25519', 1, () => noble.verify(signature, digest, point)),
  ]
}

function caseOf(operation: 'sign' | 'verify') {
  return (by: string, calls: number, work: Work): Ed25519Case => ({
    name: `${operation}, ${by}`,
    operation,
    atOnce: calls,
    work,
  })
}
