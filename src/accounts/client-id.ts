/**
 * CLIENTID (draft-storey-smtp-client-id-19): before it signs in, a client names the installation that it is. Neither type nor token is
 * kept or logged: a keyed hash of both is enough to know the same one again.
 */
import { createHmac } from 'node:crypto'

export interface ClientId {
  /** What the token is, such as `UUID` or `LICENSE`; without regard to case. */
  readonly type: string
  readonly token: string
}

/** Hexadecimal digits of the key of a client: 64 bits are enough for the clients of one account, and can be typed. */
const keyDigits = 16

/** Type of up to 16 letters, digits, hyphens and underscores; token of up to 128 visible characters. */
const command = /^CLIENTID[ \t]+([A-Za-z0-9_-]{1,16})[ \t]+([\x21-\x7e]{1,128})[ \t]*$/i

/** Reads the command; undefined: its syntax is wrong. */
export function readClientId(line: string): ClientId | undefined {
  const match = command.exec(line)
  return match === null ? undefined : { type: (match[1] ?? '').toUpperCase(), token: match[2] ?? '' }
}

/** What is kept of a client. @param secret of this relay */
export function clientKeyOf({ type, token }: ClientId, secret: Buffer): string {
  return createHmac('sha256', secret).update(`CLIENTID ${type} ${token}`).digest('hex').slice(0, keyDigits)
}

/** True for a text in the form of a client's key. */
export function isClientKey(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text)
}
