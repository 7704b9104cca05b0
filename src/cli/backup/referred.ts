/** The files that a configuration names, in a backup: saved with the settings that name them, put where those of the other machine say. */
import { constants, existsSync } from 'node:fs'
import { access, copyFile, mkdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, resolve } from 'node:path'
import type { ReferredFile } from '../../config/referred-files.ts'
import { deliveryFolders, referredFiles } from '../../config/referred-files.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { importedModules } from './imported-modules.ts'
import type { LeftFile, Manifest, SavedFile } from './manifest.ts'
import { place } from './place.ts'

/** Folder of these files in the archive. */
const folderName = 'files'

interface Saving {
  readonly config: RelayConfig
  readonly configFile: string | undefined
  /** Whether private keys and tokens go along. */
  readonly withPrivate: boolean
}

/** Copies every file that the configuration names and that may go along; tells which, and what is left. */
export async function saveReferred(
  folder: string,
  { config, configFile, withPrivate }: Saving,
): Promise<Pick<Manifest, 'referred' | 'left'>> {
  const modules = configFile === undefined ? [] : await importedModules(configFile)
  const left: LeftFile[] = deliveryFolders(config).map(({ setting, folder: path }) => ({
    setting,
    path,
    reason: 'a folder of delivered mail',
  }))
  for (const { name, file, isBeside } of modules)
    if (!isBeside)
      left.push({ setting: importName(name), path: file, reason: 'outside the folder of the configuration' })
  const beside = modules.filter(({ isBeside }) => isBeside)
  const wanted = [...beside.map(({ name, file }) => importOf(name, file)), ...referredFiles(config)]
  const referred: SavedFile[] = []
  for (const [path, ones] of Map.groupBy(wanted, ({ file }) => file)) {
    const settings = ones.map(({ setting }) => setting)
    const isPrivate = ones.some(one => one.isPrivate)
    const reason = isPrivate && !withPrivate ? 'private, left out as asked (--no-keys)' : await obstacle(path)
    if (reason !== undefined) left.push({ setting: settings.join(', '), path, reason })
    else referred.push({ name: await saved(folder, path, referred.length), settings, path, isPrivate })
  }
  return { referred, left }
}

function importOf(name: string, file: string): ReferredFile {
  return { setting: importName(name), file, isPrivate: false }
}

function importName(name: string): string {
  return `import ${JSON.stringify(name)}`
}

/** Why a file cannot be saved; undefined where it can. */
async function obstacle(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isFile()) return 'is no file'
    await access(path, constants.R_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be read'
  }
}

async function saved(folder: string, path: string, number: number): Promise<string> {
  const name = `${folderName}/${number}-${basename(path).replaceAll('\\', '_')}`
  await mkdir(join(folder, folderName), { recursive: true, mode: 0o700 })
  await copyFile(path, join(folder, name))
  return name
}

/** What became of a file of a backup. */
export interface PutFile {
  readonly setting: string
  readonly file: string
  /** `kept`: another one is there and stays. `unplaced`: no setting here names it. */
  readonly outcome: 'put' | 'same' | 'kept' | 'unplaced' | 'failed'
  /** Of the backup. */
  readonly entry: string
  readonly reason?: string
}

/** What the configuration imports, beside it; before it can be read. */
export async function putImports(unpacked: string, { referred }: Manifest, home: string): Promise<PutFile[]> {
  const done: PutFile[] = []
  for (const saved of referred) {
    const setting = saved.settings.find(one => one.startsWith('import '))
    const name = setting === undefined ? undefined : importedName(setting)
    if (setting === undefined || name === undefined) continue
    done.push(await put(unpacked, saved, { setting, file: resolve(home, name) }))
  }
  return done
}

/** undefined for what would lead out of the folder of the configuration. */
function importedName(setting: string): string | undefined {
  const name = /^import "([^"\\]+)"$/.exec(setting)?.[1]
  if (name === undefined || isAbsolute(name) || normalize(name).startsWith('..')) return undefined
  return name
}

/** Each to where the settings of this machine name it. One that is there stays: it may be newer, as certificates are. */
export async function putReferred(
  unpacked: string,
  { referred }: Manifest,
  config: RelayConfig,
): Promise<PutFile[]> {
  const here = new Map(referredFiles(config).map(({ setting, file }) => [setting, file]))
  const done: PutFile[] = []
  for (const saved of referred) {
    const wanted = saved.settings.filter(setting => !setting.startsWith('import '))
    const places = new Map<string, string>()
    for (const setting of wanted) {
      const file = here.get(setting)
      if (file !== undefined && !places.has(file)) places.set(file, setting)
    }
    for (const [file, setting] of places) done.push(await put(unpacked, saved, { setting, file }))
    if (places.size === 0 && wanted.length > 0)
      done.push({ setting: wanted.join(', '), file: saved.path, outcome: 'unplaced', entry: saved.name })
  }
  return done
}

async function put(
  unpacked: string,
  { name: entry, isPrivate }: SavedFile,
  where: { readonly setting: string; readonly file: string },
): Promise<PutFile> {
  const from = join(unpacked, entry)
  try {
    if (existsSync(where.file)) {
      const isSame = (await readFile(from)).equals(await readFile(where.file))
      return { ...where, entry, outcome: isSame ? 'same' : 'kept' }
    }
    await makeFolder(dirname(where.file))
    await place(from, where.file, isPrivate ? 0o600 : 0o644)
    return { ...where, entry, outcome: 'put' }
  } catch (error) {
    return { ...where, entry, outcome: 'failed', reason: (error as Error).message }
  }
}
