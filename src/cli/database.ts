/** The database of a relay, which may be running at the same time. */
import { existsSync } from 'node:fs'
import { databaseFile } from '../config/folders.ts'
import { loadConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import { makeFolder } from '../files/make-folder.ts'
import type { Reader } from '../store/questions.ts'
import { openReader } from '../store/sqlite/reader.ts'
import type { Writer } from '../store/sqlite/writer.ts'
import { openWriter } from '../store/sqlite/writer.ts'
import { UsageError } from './terminal.ts'

/**
 * Opens the database that a configuration names, read-only, for as long as `use` takes.
 *
 * @throws UsageError when there is none yet
 */
export async function withReader<T>(
  configFile: string,
  use: (reader: Reader, config: RelayConfig) => T,
): Promise<Awaited<T>> {
  const config = await loadConfig(configFile)
  const file = databaseFile(config)
  if (!existsSync(file))
    throw new UsageError(`${file}: no database yet; the relay makes it at its first start`)
  const reader = openReader(file)
  try {
    return await use(reader, config)
  } finally {
    reader.close()
  }
}

/** The same for changes; makes the database if there is none yet. A running relay notices within a second. */
export async function withWriter<T>(
  configFile: string,
  use: (writer: Writer, config: RelayConfig) => T,
): Promise<Awaited<T>> {
  const config = await loadConfig(configFile)
  await makeFolder(config.dataDirectory)
  const writer = openWriter(databaseFile(config))
  try {
    return await use(writer, config)
  } finally {
    writer.close()
  }
}
