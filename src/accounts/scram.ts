/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), the part of the server: the client proves that it knows the password without telling it, and the
 * server that it knows its verifier. Without channel binding. Pure: the nonce comes in.
 */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'

/** What is kept of a password for SCRAM (RFC 5802 section 3). Octets are in base64. */
export interface ScramVerifier {
  readonly salt: string
  readonly iterations: number
  readonly storedKey: string
  readonly serverKey: string
}

/**
 * Of PBKDF2: RFC 7677 asks for 4,096 at least, which was little in 2015. The client does this work at every sign-in, the server once for
 * each password.
 */
export const usualScramIterations = 600_000

/** The first message of a client (RFC 5802 section 7). */
export interface ClientFirst {
  /** `n,,` or `y,,`, with an authorization identity where one was named. */
  readonly header: string
  readonly bare: string
  readonly name: string
  /** Whom the client wants to act as; empty: itself. */
  readonly authorization: string
  readonly nonce: string
}

/** An exchange after the first message of the server. */
export interface ScramExchange {
  readonly first: ClientFirst
  readonly serverFirst: string
  readonly verifier: ScramVerifier
}

/** @param prepared of `preparedPassword` (password.ts) */
export async function scramVerifier(
  prepared: string,
  salt: Buffer,
  iterations: number,
): Promise<ScramVerifier> {
  const salted = await new Promise<Buffer>((resolve, reject) => {
    pbkdf2(prepared, salt, iterations, 32, 'sha256', (error, key) => (error ? reject(error) : resolve(key)))
  })
  return {
    salt: salt.toString('base64'),
    iterations,
    storedKey: sha256(hmac(salted, 'Client Key')).toString('base64'),
    serverKey: hmac(salted, 'Server Key').toString('base64'),
  }
}

/** Reads `client-first-message`; undefined for one that is malformed or wants a channel binding, which is not offered. */
export function readClientFirst(message: string): ClientFirst | undefined {
  const match = /^([ny],(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]{1,512})(?:,.*)?)$/s.exec(message)
  if (match === null) return undefined
  const [, header = '', rawAuthorization = '', bare = '', rawName = '', nonce = ''] = match
  const name = saslName(rawName)
  const authorization = saslName(rawAuthorization)
  if (name === undefined || authorization === undefined) return undefined
  return { header, bare, name, authorization, nonce }
}

/** `server-first-message`: nonce, salt and iterations. @param nonce of the server: printable ASCII without comma */
export function serverFirst(first: ClientFirst, nonce: string, { salt, iterations }: ScramVerifier): string {
  return `r=${first.nonce}${nonce},s=${salt},i=${iterations}`
}

/**
 * Judges `client-final-message`.
 *
 * @returns `server-final-message`, which proves the server to the client; undefined: the client does not know the password
 */
export function judgeClientFinal(
  message: string,
  { first, serverFirst: sent, verifier }: ScramExchange,
): string | undefined {
  const match = /^(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[^p,][^,]*)*),p=([A-Za-z0-9+/=]+)$/s.exec(message)
  if (match === null) return undefined
  const [, withoutProof = '', binding = '', nonce = '', proof = ''] = match
  const isOurs = sent.startsWith(`r=${nonce},`) && binding === Buffer.from(first.header).toString('base64')
  const authMessage = `${first.bare},${sent},${withoutProof}`
  const storedKey = Buffer.from(verifier.storedKey, 'base64')
  const clientKey = xor(Buffer.from(proof, 'base64'), hmac(storedKey, authMessage))
  const isKnown = clientKey !== undefined && timingSafeEqual(sha256(clientKey), storedKey)
  if (!isOurs || !isKnown) return undefined
  return `v=${hmac(Buffer.from(verifier.serverKey, 'base64'), authMessage).toString('base64')}`
}

/** `=2C` is a comma and `=3D` an equals sign; no other may stand there. */
function saslName(text: string): string | undefined {
  if (/=(?!2C|3D)/.test(text)) return undefined
  return text.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function sha256(octets: Buffer): Buffer {
  return createHash('sha256').update(octets).digest()
}

function xor(one: Buffer, other: Buffer): Buffer | undefined {
  return one.length === other.length
    ? Buffer.from(one.map((octet, at) => octet ^ (other[at] ?? 0)))
    : undefined
}
