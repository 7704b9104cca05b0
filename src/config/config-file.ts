/**
 * The file of a configuration: a TypeScript or JavaScript module whose default export is what defineConfig returns, or JSON. What is
 * wrong with the file itself is told with line and column; what is wrong with the settings in it is the concern of load.ts.
 */
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { jsonFaultPosition, lineAndColumn } from './json-fault.ts'
import { describeFault } from './module-fault.ts'
import { offerOwnPackage } from './own-package.ts'
import { ConfigError } from './problem.ts'

export const defaultConfigFile = 'relay.config.ts'

/** Read instead of the module of the same name, where that is missing. */
const defaultModule = /(^|[\\/])relay\.config\.ts$/

/**
 * What a configuration file says, as written.
 *
 * @param file absolute name
 * @throws ConfigError when there is no such file, or it cannot be read as what it is
 */
export async function readConfigFile(file: string): Promise<unknown> {
  const found = await existingConfigFile(file)
  if (found === undefined)
    throw new ConfigError(
      `${file}: no such configuration file: dkim2-relay init writes one, --config names another`,
    )
  return extname(found) === '.json' ? readJson(found) : importModule(found)
}

/** The file that is meant by a name: `relay.config.json` stands in for a missing `relay.config.ts`. undefined where there is neither. */
export async function existingConfigFile(file: string): Promise<string | undefined> {
  const names = defaultModule.test(file) ? [file, file.replace(/ts$/, 'json')] : [file]
  for (const name of names) {
    const isFile = await stat(name).then(
      found => found.isFile(),
      () => false,
    )
    if (isFile) return name
  }
  return undefined
}

async function importModule(file: string): Promise<unknown> {
  offerOwnPackage()
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href)
    if (module.default !== undefined) return module.default
  } catch (cause) {
    throw new ConfigError(await describeFault(file, cause as Error), { cause })
  }
  throw new ConfigError(`${file}: expected 'export default defineConfig({ ... })', found no default export`)
}

async function readJson(file: string): Promise<unknown> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '')
  let settings: unknown
  try {
    settings = JSON.parse(text)
  } catch (cause) {
    const place = lineAndColumn(text, jsonFaultPosition(text, cause as Error))
    throw new ConfigError(`${file}:${place}: cannot be read: ${reason(cause as Error)}`, { cause })
  }
  return withoutSchemaName(settings)
}

/** The words of the parser without the part of the file that it repeats, and without its count of characters. */
function reason({ message }: Error): string {
  return message.replace(/, (?:\.\.\.)?".*$/s, '').replace(/ in JSON at position .*$/s, '')
}

/** `$schema` tells an editor what may stand in the file; it is no setting. */
function withoutSchemaName(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) return settings
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name !== '$schema'))
}
