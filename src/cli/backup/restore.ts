/** restore: brings database and keys of a backup back, for a relay that does not run. */
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { existingConfigFile } from '../../config/config-file.ts'
import { databaseFile } from '../../config/folders.ts'
import { loadConfig, readConfig } from '../../config/load.ts'
import { ConfigError } from '../../config/problem.ts'
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
import { place } from './place.ts'
import type { PutFile } from './referred.ts'
import { putImports, putReferred } from './referred.ts'
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
  /** The files that the configuration names. */
  readonly put: readonly PutFile[]
  /** Why the configuration cannot be used as it is; null where it can. */
  readonly problem: string | null
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
      const isWhole = restored.problem === null && restored.put.every(({ outcome }) => outcome !== 'failed')
      finish(isWhole ? 0 : 1)
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
    const inForce = configFile ?? options.config
    const imports = configFile === null ? [] : await putImports(unpacked, manifest, home)
    // The files that it names come with the backup: only afterwards they can be looked at.
    const config = await readConfig(inForce)
    const before = await putState(unpacked, manifest, { config, options, now: terminal.clock() })
    const put = [...imports, ...(await putReferred(unpacked, manifest, config))]
    return { manifest, config, configFile, before, put, problem: await problemOf(inForce) }
  } finally {
    await rm(unpacked, { recursive: true, force: true })
  }
}

async function problemOf(configFile: string): Promise<string | null> {
  try {
    await loadConfig(configFile)
    return null
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
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

function reportOf({ manifest, config, configFile, before, put, problem }: Restored): unknown {
  const { program, tables, madeAt, hasKeys, left } = manifest
  const about = { madeAt, program, tables, hasKeys, database: databaseFile(config) }
  return { ...about, config: configFile, before, files: put, left, problem }
}

function restoredText({ manifest, config, configFile, before, put, problem }: Restored): string {
  const { madeAt, program, hostname, hasKeys } = manifest
  return [
    `Restored ${hostname} as of ${madeAt}, saved by version ${program}, to ${config.dataDirectory}.`,
    ...(configFile === null ? [] : [`The configuration came from the backup: ${configFile}`]),
    ...(hasKeys
      ? [`Keys: ${config.keysDirectory}`]
      : ['The backup holds no keys: bring them back before the start.']),
    ...(before === null ? [] : [`What was there before: ${before}`]),
    ...filesText(put),
    ...(manifest.left.length === 0 ? [] : ['Not in the backup: bring it here, or do without it.']),
    ...manifest.left.map(({ setting, path, reason }) => `  ${path}: ${reason}\n    (${setting})`),
    ...(problem === null ? [] : ['The relay cannot start yet:', problem]),
    'What was delivered after that time is delivered again: see queue list, and queue hold, before the start.',
    '',
  ].join('\n')
}

const outcomeTexts = {
  put: 'brought back',
  same: 'is there already',
  kept: 'is there and stays; the one of the backup differs',
  unplaced: 'no setting here names it, so it was left in the backup',
  failed: 'could not be brought back',
} as const

function filesText(put: readonly PutFile[]): string[] {
  if (put.length === 0) return []
  const lines = put.map(({ file, outcome, entry, reason }) => {
    const where = outcome === 'put' || outcome === 'same' ? '' : ` (${entry} in it)`
    return `  ${file}: ${outcomeTexts[outcome]}${where}${reason === undefined ? '' : `: ${reason}`}`
  })
  return ['Files that the configuration names:', ...lines]
}
