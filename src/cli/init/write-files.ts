/** The files of a new relay: its configuration, and what makes Node read that as a module. Nothing is ever overwritten. */
import { existsSync, readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RelayConfigInput } from '../../config/schema.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { UsageError } from '../terminal.ts'
import { jsonConfigText, moduleConfigText } from './settings.ts'

/**
 * Refuses a folder in which a module would not be read as one: where there is no `package.json` one is written, and somebody else's is
 * not changed.
 *
 * @throws UsageError
 */
export function refuseOtherPackage(file: string): void {
  const packageFile = join(dirname(resolve(file)), 'package.json')
  if (file.endsWith('.json') || !existsSync(packageFile) || isModulePackage(packageFile)) return
  throw new UsageError(
    `${packageFile}: has no "type": "module", so ${basename(file)} would not be read as a module. Set that (npm pkg set type=module), or let init write JSON with --config relay.config.json`,
  )
}

function isModulePackage(packageFile: string): boolean {
  try {
    const { type } = JSON.parse(readFileSync(packageFile, 'utf8')) as { type?: unknown }
    return type === 'module'
  } catch (cause) {
    throw new UsageError(`${packageFile}: cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/**
 * Writes the configuration and, for a module, a `package.json` where there is none.
 *
 * @returns the files that were written
 * @throws the error of the file system, which names the file
 */
export async function writeConfig(file: string, settings: RelayConfigInput): Promise<string[]> {
  const folder = dirname(resolve(file))
  if (!existsSync(folder)) await makeFolder(folder)
  if (file.endsWith('.json')) {
    await writeNew(file, jsonConfigText(settings, schemaName(folder)))
    return [file]
  }
  await writeNew(file, moduleConfigText(settings))
  const packageFile = join(dirname(file), 'package.json')
  if (existsSync(packageFile)) return [file]
  await writeNew(packageFile, '{\n  "private": true,\n  "type": "module"\n}\n')
  return [file, packageFile]
}

/** Addresses of people stand in it: it is for the owner and the group. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' })
  await chmod(file, 0o640)
}

/** The schema of the package beside the configuration, or else of this program. */
function schemaName(folder: string): string {
  const beside = 'node_modules/dkim2-relay/relay.config.schema.json'
  if (existsSync(join(folder, beside))) return `./${beside}`
  const own = fileURLToPath(new URL('../../../relay.config.schema.json', import.meta.url))
  const way = relative(folder, own).replaceAll('\\', '/')
  return way.startsWith('../..') ? own : `./${way}`
}
