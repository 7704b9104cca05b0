/** Tokens of the API. */
import type { NewToken, StoredToken } from '../token-store.ts'
import type { Connection } from './database.ts'
import { change, decodedQuestion, encodedChange, type Table } from './entry.ts'

interface TokenRow extends Omit<StoredToken, 'scopes'> {
  readonly scopes: string
}

type TokenInsert = Omit<TokenRow, 'id' | 'usedAt'>

const select = `SELECT id, name, name_key AS nameKey, scopes, secret_hash AS secretHash, created_at AS createdAt,
  expires_at AS expiresAt, used_at AS usedAt FROM api_tokens`

export const tokenEntries = {
  tokens: decodedQuestion(tokens, rows => rows.map(toToken)),
  token: decodedQuestion(token, row => row && toToken(row)),
  createToken: encodedChange(createToken, (_, one) => [insertOf(one)]),
  noteTokenUse: change(noteTokenUse),
  deleteToken: change(deleteToken),
} satisfies Partial<Table>

function tokens(connection: Connection): TokenRow[] {
  return connection.statement(`${select} ORDER BY name_key`).all() as TokenRow[]
}

function token(connection: Connection, id: number): TokenRow | undefined {
  return connection.statement(`${select} WHERE id = ?`).get(id) as TokenRow | undefined
}

function createToken(connection: Connection, row: TokenInsert): number {
  const { lastInsertRowid } = connection
    .statement(
      `INSERT INTO api_tokens (name, name_key, scopes, secret_hash, created_at, expires_at)
       VALUES (@name, @nameKey, @scopes, @secretHash, @createdAt, @expiresAt)`,
    )
    .run(row)
  return Number(lastInsertRowid)
}

function noteTokenUse(connection: Connection, id: number, at: number): void {
  connection.statement('UPDATE api_tokens SET used_at = ? WHERE id = ?').run(at, id)
}

function deleteToken(connection: Connection, nameKey: string): boolean {
  return connection.statement('DELETE FROM api_tokens WHERE name_key = ?').run(nameKey).changes > 0
}

function toToken({ scopes, ...row }: TokenRow): StoredToken {
  return { ...row, scopes: JSON.parse(scopes) as string[] }
}

function insertOf({ scopes, ...one }: NewToken): TokenInsert {
  return { ...one, scopes: JSON.stringify(scopes) }
}
