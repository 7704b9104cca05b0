/**
 * A second opinion on Ed25519 keys: the public key that node:crypto derives is derived once more from the seed, by
 * another implementation. A key whose two halves do not belong together would sign what nobody can verify.
 */
import type { KeyObject } from 'node:crypto'
import { getPublicKeyAsync } from '@noble/ed25519'

const publicKeyOctets = 32

/** The 32 octets of an Ed25519 public key: the end of its SubjectPublicKeyInfo (RFC 8410 section 4). */
export function rawEd25519(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(-publicKeyOctets)
}

/** True when both implementations derive the same public key (RFC 8032 section 5.1.5). */
export async function sameEd25519PublicKey(privateKey: KeyObject, publicKey: KeyObject): Promise<boolean> {
  const seed = Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url')
  return Buffer.from(await getPublicKeyAsync(seed)).equals(rawEd25519(publicKey))
}
