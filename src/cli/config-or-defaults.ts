/** The configuration of a command that can do without one. */
import { hostname } from 'node:os'
import { defaultConfigFile, existingConfigFile } from '../config/config-file.ts'
import { loadConfig, parseConfig } from '../config/load.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { Terminal } from './terminal.ts'

/** A domain can be looked at without a relay: then with the default of every setting. */
export async function configOrDefaults(file: string, terminal: Pick<Terminal, 'note'>): Promise<RelayConfig> {
  if (file !== defaultConfigFile || (await existingConfigFile(file)) !== undefined) return loadConfig(file)
  terminal.note(`no ${file} here: the defaults of all settings hold\n`)
  const listeners = [{ name: 'mx', port: 25 }]
  return parseConfig({ hostname: hostname(), listeners, domains: {} }, { file, folder: '.' })
}
