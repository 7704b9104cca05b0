/** The API of a relay as a program asks it, and tokens as `tokens add` makes them. */
import { createHash } from 'node:crypto'
import { secretHash, tokenText } from '../../src/accounts/api-token.ts'
import type { Scope } from '../../src/operator/scopes.ts'
import { openWriter } from './database-beside.ts'

/** Makes a token beside a running relay; answers its text. */
export function makeToken(
  database: string,
  scopes: readonly Scope[],
  { name = scopes.join('-'), expiresAt = null }: { name?: string; expiresAt?: number | null } = {},
): string {
  const secret = createHash('sha256').update(`${name} ${database}`).digest('base64url')
  const writer = openWriter(database)
  try {
    const id = writer.createToken({
      name,
      nameKey: name.toLowerCase(),
      scopes,
      secretHash: secretHash(secret),
      createdAt: 1,
      expiresAt,
    })
    return tokenText({ id, secret })
  } finally {
    writer.close()
  }
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** undefined: it is no JSON. */
  readonly json: unknown
}

/** Asks; `body` is sent as JSON unless it is octets. */
export async function askApi(
  port: number | undefined,
  method: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<ApiAnswer> {
  const isOctets = body instanceof Uint8Array
  const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'Content-Type': isOctets ? 'application/octet-stream' : 'application/json',
      }),
      ...headers,
    },
    ...(body !== undefined && { body: isOctets ? Buffer.from(body) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
