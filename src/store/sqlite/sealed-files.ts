/** Files of keys, sealed by whoever keeps them here. */
import type { SealedFile } from '../relay-records.ts'
import type { Connection } from './database.ts'

/** See `Store.sealedFiles`. */
export function sealedFiles(connection: Connection): SealedFile[] {
  return connection
    .statement('SELECT name, version, sealed FROM sealed_files ORDER BY name')
    .all() as SealedFile[]
}

/** See `Store.putSealedFile`. */
export function putSealedFile(connection: Connection, { name, version, sealed }: SealedFile): boolean {
  const sql =
    version === 0
      ? `INSERT INTO sealed_files (name, version, sealed) VALUES (@name, 1, @sealed) ON CONFLICT (name) DO NOTHING`
      : `UPDATE sealed_files SET version = version + 1, sealed = @sealed WHERE name = @name AND version = @version`
  return connection.statement(sql).run({ name, version, sealed }).changes > 0
}
