/** Signing with a private key that is already parsed: a PEM text parsed for every signature halves the throughput of RSA. */
import type { KeyObject } from 'node:crypto'
import { signInput, signInputAtOnce } from '../dkim2/algorithms.ts'
import type { Signer } from '../dkim2/sign.ts'

/** Shorter RSA keys are verified from 1024 bits on, but never signed with (RFC 8301 section 3.2, draft revision 08). */
const minRsaBits = 2_048

/** The algorithm a key signs with; undefined when it is of no kind that DKIM2 knows or too short. */
export function signingAlgorithm(key: KeyObject): Signer['algorithm'] | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519-sha256'
  if (key.asymmetricKeyType === 'ml-dsa-44') return 'mldsa44'
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  return key.asymmetricKeyType === 'rsa' && bits >= minRsaBits ? 'rsa-sha256' : undefined
}

/** What can sign, as errors tell it. */
export const signingKinds = 'Ed25519, ML-DSA-44, or RSA of 2048 bits or more'

/** A key as people call it: `RSA with 1024 bits`. */
export function keyKindText(key: KeyObject): string {
  const kind = key.asymmetricKeyType ?? 'unknown'
  return kind === 'rsa' ? `RSA with ${key.asymmetricKeyDetails?.modulusLength ?? '?'} bits` : kind
}

/**
 * A signer for one key. What it is given is the whole canonical input; it hashes as its algorithm demands, and works in
 * the thread pool, with Ed25519 at once too.
 */
export function keySigner(selector: string, algorithm: Signer['algorithm'], key: KeyObject): Signer {
  const pooled = { selector, algorithm, sign: (input: Buffer) => signInput(algorithm, key, input) }
  if (algorithm !== 'ed25519-sha256') return pooled
  return { ...pooled, signAtOnce: input => signInputAtOnce(algorithm, key, input) }
}

/**
 * A signer for a private key from elsewhere.
 *
 * @throws RangeError for a key that cannot sign: of an unknown kind, or RSA below 2048 bits
 */
export function signerOf(selector: string, key: KeyObject): Signer {
  const algorithm = signingAlgorithm(key)
  if (algorithm !== undefined) return keySigner(selector, algorithm, key)
  throw new RangeError(`a key of kind ${keyKindText(key)} cannot sign; expected ${signingKinds}`)
}
