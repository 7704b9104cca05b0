/**
 * Passwords: how they are prepared, and how they are kept. Kept is what scrypt (RFC 7914) makes of one with a salt of its own;
 * nobody gets the password back out of that.
 */
import { scrypt, timingSafeEqual } from 'node:crypto'

/** What scrypt made of a password, with everything that is needed to make it again. Octets are in base64. */
export interface ScryptVerifier {
  readonly salt: string
  /** N: a power of two; memory and time grow with it. */
  readonly cost: number
  /** r */
  readonly blockSize: number
  /** p */
  readonly parallelization: number
  readonly hash: string
}

export type ScryptCost = Pick<ScryptVerifier, 'cost' | 'blockSize' | 'parallelization'>

/** 16 MiB for an eighth of a second: as dear as 128 MiB at once, and many fit into the memory of a small machine. */
export const usualScryptCost: ScryptCost = { cost: 16_384, blockSize: 8, parallelization: 5 }

/** A longer one is no password, and each of its octets is hashed. */
const maxPasswordOctets = 1_024

/** NIST SP 800-63B section 5.1.1.2: shorter ones are guessed. */
const minPasswordCharacters = 8

const hashOctets = 32

/** How long a salt is, in octets. */
export const saltOctets = 16

const controls = /\p{Cc}/u

/**
 * The one form of a password that can be typed in several: compatibility forms are one, every space is the plain one (RFC 4013, as RFC
 * 5802 section 2.2 asks for).
 *
 * @returns undefined for an empty text, one with control characters or one that is too long
 */
export function preparedPassword(password: string): string | undefined {
  if (password.length > maxPasswordOctets) return undefined
  const prepared = password.replace(/\p{Zs}/gu, ' ').normalize('NFKC')
  const isFit =
    prepared !== '' && Buffer.byteLength(prepared) <= maxPasswordOctets && !controls.test(prepared)
  return isFit ? prepared : undefined
}

/** Why a text cannot be the password of an account: what was expected. undefined: it can. */
export function passwordProblem(password: string): string | undefined {
  const prepared = preparedPassword(password)
  if (prepared !== undefined && [...prepared].length >= minPasswordCharacters) return undefined
  return `a password of at least ${minPasswordCharacters} characters and at most ${maxPasswordOctets} octets, without control characters`
}

/** @param prepared of `preparedPassword`; the work is done in the thread pool */
export async function scryptVerifier(
  prepared: string,
  salt: Buffer,
  cost: ScryptCost,
): Promise<ScryptVerifier> {
  const hash = await hashed(prepared, salt, cost)
  return { ...cost, salt: salt.toString('base64'), hash: hash.toString('base64') }
}

/** Whether this is the password, after the same work whatever the answer is. */
export async function isPassword(prepared: string, verifier: ScryptVerifier): Promise<boolean> {
  const kept = Buffer.from(verifier.hash, 'base64')
  const made = await hashed(prepared, Buffer.from(verifier.salt, 'base64'), verifier)
  return kept.length === made.length && timingSafeEqual(kept, made)
}

function hashed(prepared: string, salt: Buffer, { cost, blockSize, parallelization }: ScryptCost) {
  // 128 N r octets are what the algorithm takes; Node refuses at its limit, not above.
  const maxmem = 256 * cost * blockSize
  return new Promise<Buffer>((resolve, reject) => {
    scrypt(prepared, salt, hashOctets, { cost, blockSize, parallelization, maxmem }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
