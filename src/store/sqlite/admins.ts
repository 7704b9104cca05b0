/** People who use the pages of the admin listener. */
import type { AdminChange, NewAdmin, StoredAdmin } from '../admin-store.ts'
import type { Connection } from './database.ts'
import { change, decodedQuestion, encodedChange, type Table } from './entry.ts'

interface AdminRow extends Omit<StoredAdmin, 'credentials'> {
  readonly credentials: string
}

type AdminInsert = Omit<AdminRow, 'id' | 'changedAt'>

/** Ready for the statement: null is what stays. */
interface AdminUpdate {
  readonly role: string | null
  readonly credentials: string | null
}

const select = `SELECT id, name, name_key AS nameKey, role, credentials, created_at AS createdAt, changed_at AS changedAt FROM admins`

export const adminEntries = {
  admins: decodedQuestion(admins, rows => rows.map(toAdmin)),
  admin: decodedQuestion(admin, row => row && toAdmin(row)),
  adminById: decodedQuestion(adminById, row => row && toAdmin(row)),
  createAdmin: encodedChange(createAdmin, (_, one) => [insertOf(one)]),
  changeAdmin: encodedChange(changeAdmin, (_, id, asked, at) => [id, updateOf(asked), at]),
  deleteAdmin: change(deleteAdmin),
} satisfies Partial<Table>

function admins(connection: Connection): AdminRow[] {
  return connection.statement(`${select} ORDER BY name_key`).all() as AdminRow[]
}

function admin(connection: Connection, nameKey: string): AdminRow | undefined {
  return connection.statement(`${select} WHERE name_key = ?`).get(nameKey) as AdminRow | undefined
}

function adminById(connection: Connection, id: number): AdminRow | undefined {
  return connection.statement(`${select} WHERE id = ?`).get(id) as AdminRow | undefined
}

function createAdmin(connection: Connection, row: AdminInsert): number {
  const { lastInsertRowid } = connection
    .statement(
      `INSERT INTO admins (name, name_key, role, credentials, created_at, changed_at)
       VALUES (@name, @nameKey, @role, @credentials, @createdAt, @createdAt)`,
    )
    .run(row)
  return Number(lastInsertRowid)
}

function changeAdmin(connection: Connection, id: number, update: AdminUpdate, at: number): boolean {
  return (
    connection
      .statement(
        `UPDATE admins SET role = coalesce(@role, role), credentials = coalesce(@credentials, credentials),
           changed_at = @at WHERE id = @id`,
      )
      .run({ ...update, id, at }).changes > 0
  )
}

function deleteAdmin(connection: Connection, id: number): boolean {
  return connection.statement('DELETE FROM admins WHERE id = ?').run(id).changes > 0
}

function toAdmin({ credentials, ...row }: AdminRow): StoredAdmin {
  return { ...row, credentials: JSON.parse(credentials) as object }
}

function insertOf({ credentials, ...one }: NewAdmin): AdminInsert {
  return { ...one, credentials: JSON.stringify(credentials) }
}

function updateOf({ role, credentials }: AdminChange): AdminUpdate {
  return { role: role ?? null, credentials: credentials === undefined ? null : JSON.stringify(credentials) }
}
