/** backup: the database and the keys of a relay in one file, while it runs. */
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { existingConfigFile } from '../../config/config-file.ts'
import { databaseFile } from '../../config/folders.ts'
import { loadConfig } from '../../config/load.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { copyStore, inspectCopy } from '../../store/open-store.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import { programVersion } from '../program-version.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { packInto, packToOutput, unpackInto } from './archive.ts'
import type { Manifest } from './manifest.ts'
import { manifestFile, readManifest, storeFile, writeManifest } from './manifest.ts'
import { saveReferred } from './referred.ts'
import { refuseServer } from './server.ts'

interface BackupOptions extends ConfigOption, JsonOption {
  /** False with --no-keys. */
  readonly keys: boolean
}

/** Adds `backup`. */
export function backupCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('backup')))
    .description('save database, keys and configuration in one file, beside a running relay')
    .argument('<file>', 'new file (a tar archive); - is standard output')
    .option('--no-keys', 'leave the private keys out')
    .action(async (file: string, options: BackupOptions) => {
      if (file === '-' && options.json)
        throw new UsageError('--json needs a FILE: standard output is the backup')
      if (file !== '-' && existsSync(file))
        throw new UsageError(`${file}: is already there and is never overwritten`)
      const manifest = await backup(file, options, terminal)
      const text = backupText(file, manifest)
      if (file === '-') terminal.note(text)
      else terminal.out(options.json ? jsonText({ file, ...manifest }) : text)
      finish(0)
    })
}

async function backup(file: string, options: BackupOptions, terminal: Terminal): Promise<Manifest> {
  const config = await loadConfig(options.config)
  refuseServer(config, 'save')
  const database = databaseFile(config)
  if (!existsSync(database)) throw new UsageError(`${database}: no database yet; there is nothing to save`)
  const folder = await mkdtemp(join(config.dataDirectory, '.backup-'))
  try {
    terminal.progress('copying the database')
    const manifest = await gather(folder, config, { options, now: terminal.clock() })
    const parts = [...(options.keys ? ['keys'] : []), ...(manifest.referred.length > 0 ? ['files'] : [])]
    const names = [manifestFile, storeFile, 'config', ...parts]
    terminal.progress('writing the file')
    if (file === '-') await packToOutput(folder, names)
    else await packAndOpen(file, folder, names)
    terminal.progress('')
    return manifest
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The keys come after the database: what it says was signed by, is among them. */
async function gather(
  folder: string,
  config: RelayConfig,
  { options, now }: { readonly options: BackupOptions; readonly now: number },
): Promise<Manifest> {
  await copyStore(databaseFile(config), join(folder, storeFile))
  const tables = await inspectCopy(join(folder, storeFile))
  const configFile = await existingConfigFile(options.config)
  const configFolder = join(folder, 'config')
  await mkdir(configFolder, { mode: 0o700 })
  if (configFile !== undefined) await copyFile(configFile, join(configFolder, basename(configFile)))
  if (options.keys) await copyKeys(config.keysDirectory, join(folder, 'keys'))
  const named = await saveReferred(folder, { config, configFile, withPrivate: options.keys })
  return writeManifest(folder, {
    ...named,
    program: programVersion(),
    tables,
    madeAt: new Date(now).toISOString(),
    hostname: config.hostname,
    hasKeys: options.keys,
  })
}

/** Hidden files are of nobody's keys. */
async function copyKeys(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  const names = existsSync(from) ? await readdir(from) : []
  for (const name of names) {
    const isKept = !name.startsWith('.') && (await stat(join(from, name))).isFile()
    if (isKept) await copyFile(join(from, name), join(to, name))
  }
}

/** A backup that cannot be opened is none: the file is unpacked again, compared and its database read. */
async function packAndOpen(file: string, folder: string, names: readonly string[]): Promise<void> {
  await packInto(file, folder, names)
  const again = await mkdtemp(join(dirname(folder), '.backup-'))
  try {
    await unpackInto(again, createReadStream(file), file)
    await readManifest(again, file)
    await inspectCopy(join(again, storeFile))
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await rm(again, { recursive: true, force: true })
  }
}

function backupText(file: string, { files, referred, left, hasKeys, madeAt }: Manifest): string {
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0)
  const keys = files.filter(({ name }) => name.startsWith('keys/')).length
  const place = file === '-' ? 'Saved' : `${resolve(file)}: saved`
  const kept = hasKeys
    ? `with ${keys} files of keys: whoever has it can sign as your domains`
    : 'without the keys: save them elsewhere'
  return [
    `${place} as of ${madeAt}, ${bytes} octets, ${kept}.`,
    ...(referred.length === 0
      ? []
      : [
          `With ${referred.length} ${referred.length === 1 ? 'file' : 'files'} that the configuration names.`,
        ]),
    ...(left.length === 0 ? [] : ['NOT in the backup, though the configuration names it:']),
    ...left.map(({ setting, path, reason }) => `  ${path}: ${reason}\n    (${setting})`),
    '',
  ].join('\n')
}
