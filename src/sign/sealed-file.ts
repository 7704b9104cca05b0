/**
 * Files of keys on their way through a store that others can read: sealed with AES-256-GCM under a key that is derived from a secret
 * file, each together with its name, so that none can be put in the place of another.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { KeyError, readSecretFile } from './key-file.ts'

const nonceOctets = 12
const tagOctets = 16
/** A secret that could be guessed protects nothing: 32 random octets, in hex or base64, have more than these. */
const minSecretCharacters = 32

/** Reads the secret that all nodes have. @throws KeyError when the file is readable by others or too short */
export async function readSealingKey(file: string): Promise<Buffer> {
  const secret = (await readSecretFile(file)).toString('latin1').trim()
  if (secret.length < minSecretCharacters)
    throw new KeyError(
      `${file}: expected a secret of at least ${minSecretCharacters} characters. Make one: openssl rand -hex 32 > '${file}'`,
    )
  return Buffer.from(hkdfSync('sha256', secret, '', 'dkim2-relay sealed files', 32))
}

/** @param random gives that many random octets; each sealing needs fresh ones */
export function seal(
  name: string,
  content: Buffer,
  { key, random }: { readonly key: Buffer; random(octets: number): Buffer },
): string {
  const nonce = random(nonceOctets)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64')
}

/** @throws KeyError when it was sealed with another secret or under another name, or changed since */
export function unseal(name: string, sealed: string, key: Buffer): Buffer {
  const octets = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, octets.subarray(0, nonceOctets))
    decipher.setAAD(Buffer.from(name))
    decipher.setAuthTag(octets.subarray(octets.length - tagOctets))
    return Buffer.concat([
      decipher.update(octets.subarray(nonceOctets, octets.length - tagOctets)),
      decipher.final(),
    ])
  } catch {
    throw new KeyError(`the key file ${name} in the store was sealed with another secret, or is damaged`)
  }
}
