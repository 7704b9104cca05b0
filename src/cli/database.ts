/** Reading the database of a relay, which may be running at the same time. */
import { existsSync } from 'node:fs'
import { databaseFile } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { Reader } from '../store/questions.ts'
import { openReader } from '../store/reader.ts'
import { UsageError } from './terminal.ts'

/**
 * Opens the database that a configuration names, read-only, for as long as `use` takes.
 *
 * @throws UsageError when there is none yet
 */
export async function withReader<T>(configFile: string, use: (reader: Reader) => T): Promise<T> {
  const file = databaseFile(await loadConfig(configFile))
  if (!existsSync(file))
    throw new UsageError(`${file}: no database yet; the relay makes it at its first start`)
  const reader = openReader(file)
  try {
    return use(reader)
  } finally {
    reader.close()
  }
}
