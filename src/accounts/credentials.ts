/** What is kept of the password of an account: one verifier for mechanisms that tell it (PLAIN, LOGIN), one for SCRAM. */
import { createHmac } from 'node:crypto'
import type { ScryptCost, ScryptVerifier } from './password.ts'
import { preparedPassword, saltOctets, scryptVerifier, usualScryptCost } from './password.ts'
import type { ScramVerifier } from './scram.ts'
import { scramVerifier, usualScramIterations } from './scram.ts'

export interface Credentials {
  readonly scrypt: ScryptVerifier
  readonly scram: ScramVerifier
}

/** How much work a guess is. */
export interface CredentialCost {
  readonly scrypt: ScryptCost
  readonly scramIterations: number
}

export const usualCredentialCost: CredentialCost = {
  scrypt: usualScryptCost,
  scramIterations: usualScramIterations,
}

/**
 * @param random gives that many random octets
 * @throws RangeError for a text that is no password (`passwordProblem`)
 */
export async function credentialsOf(
  password: string,
  random: (octets: number) => Buffer,
  cost = usualCredentialCost,
): Promise<Credentials> {
  const prepared = preparedPassword(password)
  if (prepared === undefined) throw new RangeError('not a password')
  return {
    scrypt: await scryptVerifier(prepared, random(saltOctets), cost.scrypt),
    scram: await scramVerifier(prepared, random(saltOctets), cost.scramIterations),
  }
}

/**
 * Credentials that no password fits, for a name that nobody has: checking them takes the same work, and the same name gets the same salt
 * each time, so that nobody learns which accounts there are.
 *
 * @param secret of this relay
 */
export function credentialsOfNobody(
  nameKey: string,
  secret: Buffer,
  cost = usualCredentialCost,
): Credentials {
  const made = (what: string, octets: number) =>
    createHmac('sha256', secret).update(`${what} ${nameKey}`).digest().subarray(0, octets).toString('base64')
  return {
    scrypt: { ...cost.scrypt, salt: made('scrypt salt', saltOctets), hash: made('scrypt hash', 32) },
    scram: {
      salt: made('SCRAM salt', saltOctets),
      iterations: cost.scramIterations,
      storedKey: made('StoredKey', 32),
      serverKey: made('ServerKey', 32),
    },
  }
}
