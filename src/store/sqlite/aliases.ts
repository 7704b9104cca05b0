/** Aliases beside those of the configuration. */
import type { AliasChange, AliasesChanged, AliasName, StoredAlias } from '../alias-records.ts'
import type { Connection } from './database.ts'

/** See `Store.aliasesVersion`. */
export function aliasesVersion(connection: Connection): number {
  return connection.statement('SELECT version FROM alias_changes').pluck().get() as number
}

/** See `Store.aliasChanges`. */
export function aliasChanges(connection: Connection, query: { after: number; limit: number }): AliasChange[] {
  const rows = connection
    .statement(
      `SELECT domain, local_part AS localPart, targets, version FROM aliases
       WHERE version > @after ORDER BY version LIMIT @limit`,
    )
    .all(query)
  return rows as AliasChange[]
}

/** See `Store.alias`. */
export function alias(connection: Connection, { domain, localPart }: AliasName): StoredAlias | undefined {
  const row = connection
    .statement(
      `SELECT domain, local_part AS localPart, targets FROM aliases
       WHERE domain = @domain AND local_part = @localPart AND targets IS NOT NULL`,
    )
    .get({ domain, localPart })
  return row as StoredAlias | undefined
}

/** See `Store.setAliases`. */
export function setAliases(
  connection: Connection,
  aliases: readonly StoredAlias[],
  at: number,
): AliasesChanged {
  let [added, changed] = [0, 0]
  for (const one of aliases) {
    const before = alias(connection, one)
    if (before?.targets === one.targets) continue
    put(connection, one, one.targets, at)
    if (before === undefined) added += 1
    else changed += 1
  }
  return { added, changed, same: aliases.length - added - changed }
}

/** See `Store.removeAliases`. */
export function removeAliases(connection: Connection, names: readonly AliasName[], at: number): number {
  const known = names.filter(name => alias(connection, name) !== undefined)
  for (const name of known) put(connection, name, null, at)
  return known.length
}

function put(
  connection: Connection,
  { domain, localPart }: AliasName,
  targets: string | null,
  at: number,
): void {
  connection.statement('UPDATE alias_changes SET version = version + 1').run()
  connection
    .statement(
      `INSERT INTO aliases (domain, local_part, targets, version, changed_at)
       VALUES (@domain, @localPart, @targets, (SELECT version FROM alias_changes), @at)
       ON CONFLICT (domain, local_part) DO UPDATE
         SET targets = excluded.targets, version = excluded.version, changed_at = excluded.changed_at`,
    )
    .run({ domain, localPart, targets, at })
}

/** See `Store.forgetRemovedAliases`. */
export function forgetRemovedAliases(connection: Connection, before: number): number {
  return connection.statement('DELETE FROM aliases WHERE targets IS NULL AND changed_at < ?').run(before)
    .changes
}
