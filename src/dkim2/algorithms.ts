/**
 * The signature algorithms. RFC 6376 section 3.3.1 (rsa-sha256: RSASSA-PKCS1-v1_5 over the input), RFC 8463 section 3
 * (ed25519-sha256: Ed25519 over the SHA-256 digest of the input), FIPS 204 (mldsa44: pure ML-DSA-44 over the input itself
 * with the context string DKIM2).
 *
 * All operations go through the callback form of node:crypto, which runs them in the thread pool. Measured on two cores
 * with Node 24 (microseconds: on the main thread / what the hop to the pool costs the main thread): Ed25519 verify 120 / 22,
 * sign 37 / 13; RSA-2048 verify 27 / 12, sign 439 / 12. So even the cheapest one is cheaper for the event loop there.
 */

import { hash, type KeyObject, sign, verify } from 'node:crypto'
import type { Algorithm } from './model.ts'

interface AlgorithmRules {
  /** The digest that node:crypto applies to what it is given; null: none. */
  readonly digest: 'sha256' | null
  /** What node:crypto is given. */
  prepare(input: Buffer): Buffer
  /** Context string, where the algorithm has one. */
  readonly context?: Buffer
}

const rules: ReadonlyMap<string, AlgorithmRules> = new Map<Algorithm, AlgorithmRules>([
  ['rsa-sha256', { digest: 'sha256', prepare: input => input }],
  ['ed25519-sha256', { digest: null, prepare: input => hash('sha256', input, 'buffer') }],
  ['mldsa44', { digest: null, prepare: input => input, context: Buffer.from('DKIM2') }],
])

/** True for an algorithm that can be computed here. */
export function isKnownAlgorithm(name: string): name is Algorithm {
  return rules.has(name)
}

/**
 * Signs a signing input with a private key, off the main thread.
 *
 * @throws RangeError for an algorithm that is not known here; an error of node:crypto for a key that does not fit it
 */
export function signInput(algorithm: Algorithm, key: KeyObject, input: Buffer): Promise<Buffer> {
  const rule = rules.get(algorithm)
  if (!rule) return Promise.reject(new RangeError(`signature algorithm ${algorithm} is not known`))
  return new Promise((resolve, reject) => {
    sign(rule.digest, rule.prepare(input), keyInput(rule, key), (error, value) =>
      error ? reject(error) : resolve(value),
    )
  })
}

/**
 * As `signInput`, at once and on the calling thread: less processor time in all where the algorithm costs less than the hop to
 * the thread pool and back, as Ed25519 does (55 against 66 to 85 microseconds, two busy cores, Node 24).
 *
 * @throws RangeError for an algorithm that is not known here; an error of node:crypto for a key that does not fit it
 */
export function signInputAtOnce(algorithm: Algorithm, key: KeyObject, input: Buffer): Buffer {
  const rule = rules.get(algorithm)
  if (!rule) throw new RangeError(`signature algorithm ${algorithm} is not known`)
  return sign(rule.digest, rule.prepare(input), keyInput(rule, key))
}

/** Whether a signature over a signing input holds. Never rejects: what cannot be checked does not hold. */
export function verifyInput(
  algorithm: Algorithm,
  key: KeyObject,
  input: Buffer,
  signature: Buffer,
): Promise<boolean> {
  const rule = rules.get(algorithm)
  if (!rule) return Promise.resolve(false)
  return new Promise(resolve => {
    try {
      verify(rule.digest, rule.prepare(input), keyInput(rule, key), signature, (error, holds) =>
        resolve(!error && holds),
      )
    } catch {
      resolve(false)
    }
  })
}

/** `context` came to node:crypto with Node 24.8; its type declarations may be older. */
function keyInput(rule: AlgorithmRules, key: KeyObject): KeyObject | { key: KeyObject; context: Buffer } {
  return rule.context === undefined ? key : { key, context: rule.context }
}
