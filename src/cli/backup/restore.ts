/** restore: brings database and keys of a backup back, for a relay that does not run. */
import { createReadStream, existsSync } from 'node:fs'
import { copyFile, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { existingConfigFile } from '../../config/config-file.ts'
import { databaseFile } from '../../config/folders.ts'
import { loadConfig } from '../../config/load.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { inspectCopy, keepRelaysOut } from '../../store/open-store.ts'
import type { ConfigOption, JsonOption } from '../options.ts'
import { withConfig, withJson } from '../options.ts'
import type { Finish, Terminal } from '../terminal.ts'
import { jsonText, UsageError } from '../terminal.ts'
import { unpackInto } from './archive.ts'
import type { Manifest } from './manifest.ts'
import { readManifest, storeFile } from './manifest.ts'
import { refuseServer } from './server.ts'

interface RestoreOptions extends ConfigOption, JsonOption {
  readonly replace?: true
}

interface Restored {
  readonly manifest: Manifest
  readonly config: RelayConfig
  /** A configuration that was missing and came from the backup. */
  readonly configFile: string | null
  /** Folder of what was there before; null where nothing was replaced. */
  readonly before: string | null
}

/** Adds `restore`. */
export function restoreCommand(program: Command, terminal: Terminal, finish: Finish): void {
  withJson(withConfig(program.command('restore')))
    .description('bring database and keys of a backup back; the relay must not run')
    .argument('<file>', 'what backup has written; - is standard input')
    .option('--replace', 'move a database and keys that are there out of the way')
    .action(async (file: string, options: RestoreOptions) => {
      const restored = await restore(file, options, terminal)
      terminal.out(options.json ? jsonText(reportOf(restored)) : restoredText(restored))
      finish(0)
    })
}

/** Nothing is changed before the whole backup was read and found good. */
async function restore(file: string, options: RestoreOptions, terminal: Terminal): Promise<Restored> {
  const there = await existingConfigFile(options.config)
  const home = dirname(resolve(options.config))
  await makeFolder(home)
  const unpacked = await mkdtemp(join(home, '.restore-'))
  try {
    terminal.progress('reading the backup')
    await unpackInto(unpacked, file === '-' ? terminal.stdin : createReadStream(file), file)
    const manifest = await readManifest(unpacked, file)
    await inspectCopy(join(unpacked, storeFile))
    terminal.progress('')
    const configFile = there === undefined ? await putConfig(unpacked, manifest, home) : null
    const config = await loadConfig(configFile ?? options.config)
    const before = await putState(unpacked, manifest, { config, options, now: terminal.clock() })
    return { manifest, config, configFile, before }
  } finally {
    await rm(unpacked, { recursive: true, force: true })
  }
}

async function putConfig(unpacked: string, { files }: Manifest, home: string): Promise<string> {
  const saved = files.find(({ name }) => name.startsWith('config/'))
  if (saved === undefined) throw new UsageError('the backup holds no configuration: write one first')
  const file = join(home, basename(saved.name))
  await place(join(unpacked, saved.name), file)
  return file
}

interface Wanted {
  readonly config: RelayConfig
  readonly options: RestoreOptions
  readonly now: number
}

async function putState(
  unpacked: string,
  manifest: Manifest,
  { config, options, now }: Wanted,
): Promise<string | null> {
  refuseServer(config, 'restore')
  const database = databaseFile(config)
  for (const folder of [config.dataDirectory, config.keysDirectory]) await makeFolder(folder)
  const letRelaysIn = keepRelaysOut(database)
  try {
    const keys = await changedKeys(unpacked, manifest, config.keysDirectory)
    const inTheWay = [
      ...(await databaseFiles(database)),
      ...keys.filter(({ isThere }) => isThere).map(({ to }) => to),
    ]
    if (inTheWay.length > 0 && options.replace !== true) {
      throw new UsageError(
        `there already, and not as in the backup: ${inTheWay.join(', ')}. With --replace they are moved out of the way`,
      )
    }
    const before = inTheWay.length === 0 ? null : await moveAway(inTheWay, config.dataDirectory, now)
    for (const { from, to } of keys) await place(from, to)
    await place(join(unpacked, storeFile), database)
    return before
  } finally {
    letRelaysIn()
  }
}

/** The database with its write-ahead log and the index of that; not the lock that is held. */
async function databaseFiles(database: string): Promise<string[]> {
  const names = ['', '-wal', '-shm'].map(suffix => `${database}${suffix}`)
  return names.filter(name => existsSync(name))
}

interface KeyFile {
  readonly from: string
  readonly to: string
  readonly isThere: boolean
}

/** Keys that are there with the same octets stay as they are; those that the backup does not know do as well. */
async function changedKeys(unpacked: string, { files }: Manifest, folder: string): Promise<KeyFile[]> {
  const there = new Set(await readdir(folder))
  const changed: KeyFile[] = []
  for (const { name } of files.filter(file => file.name.startsWith('keys/'))) {
    const [from, to] = [join(unpacked, name), join(folder, basename(name))]
    const isThere = there.has(basename(name))
    if (!isThere || !(await readFile(from)).equals(await readFile(to))) changed.push({ from, to, isThere })
  }
  return changed
}

async function moveAway(files: readonly string[], folder: string, now: number): Promise<string> {
  const before = join(folder, `before-restore-${new Date(now).toISOString().replaceAll(':', '')}`)
  await makeFolder(before)
  for (const file of files) await rename(file, join(before, basename(file)))
  return before
}

/** The file appears whole, on disk and for its owner alone. */
async function place(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`
  await copyFile(from, partial)
  const handle = await open(partial, 'r+')
  try {
    await handle.chmod(0o600)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(partial, to)
}

function reportOf({ manifest, config, configFile, before }: Restored): unknown {
  const { program, tables, madeAt, hasKeys } = manifest
  return { madeAt, program, tables, hasKeys, database: databaseFile(config), config: configFile, before }
}

function restoredText({ manifest, config, configFile, before }: Restored): string {
  const { madeAt, program, hostname, hasKeys } = manifest
  return [
    `Restored ${hostname} as of ${madeAt}, saved by version ${program}, to ${config.dataDirectory}.`,
    ...(configFile === null ? [] : [`The configuration came from the backup: ${configFile}`]),
    ...(hasKeys
      ? [`Keys: ${config.keysDirectory}`]
      : ['The backup holds no keys: bring them back before the start.']),
    ...(before === null ? [] : [`What was there before: ${before}`]),
    'What was delivered after that time is delivered again: see queue list, and queue hold, before the start.',
    '',
  ].join('\n')
}
