/** What stands in a backup: its first file says so, with a hash of every other one. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { UsageError } from '../terminal.ts'

export const manifestFile = 'manifest.json'
export const storeFile = 'relay.sqlite'

/** Nothing of a backup leads out of the folder that it is unpacked into. */
const entryName = z
  .string()
  .regex(
    /^(?:relay\.sqlite|(?:keys|config|files)\/[^/\\.\0][^/\\\0]*)$/,
    'relay.sqlite, or a file in keys/, config/ or files/',
  )

const savedFile = z.object({
  name: entryName.refine(name => name.startsWith('files/'), 'a file in files/'),
  /** Those that name it (config/referred-files.ts), or `import "NAME"`. */
  settings: z.array(z.string()).min(1),
  /** Where it was. */
  path: z.string(),
  isPrivate: z.boolean(),
})

const leftFile = z.object({ setting: z.string(), path: z.string(), reason: z.string() })

/** A file that the configuration names, in the backup. */
export type SavedFile = z.output<typeof savedFile>
/** One that is not in it. */
export type LeftFile = z.output<typeof leftFile>

const manifestSchema = z.object({
  kind: z.literal('dkim2-relay backup'),
  /** Of this form. 1 had no files that the configuration names. */
  format: z.union([z.literal(1), z.literal(2)]),
  /** Version of the program that made it. */
  program: z.string(),
  /** Version of the tables of the database. */
  tables: z.int().min(1),
  /** ISO 8601. */
  madeAt: z.iso.datetime(),
  hostname: z.string(),
  hasKeys: z.boolean(),
  /** What the configuration names, and what of that is not here. */
  referred: z.array(savedFile).default([]),
  left: z.array(leftFile).default([]),
  files: z.array(z.object({ name: entryName, bytes: z.int().min(0), sha256: z.hex().length(64) })),
})

export type Manifest = z.output<typeof manifestSchema>
export type ManifestHead = Omit<Manifest, 'kind' | 'format' | 'files'>

/** Notes every file of a folder that becomes a backup. */
export async function writeManifest(folder: string, head: ManifestHead): Promise<Manifest> {
  const names = (await filesIn(folder)).filter(name => name !== manifestFile)
  const files: Manifest['files'] = []
  for (const name of names) files.push({ name, ...(await factsOf(join(folder, name))) })
  const manifest: Manifest = { kind: 'dkim2-relay backup', format: 2, ...head, files }
  await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 })
  return manifest
}

/**
 * Reads what a backup says of itself, and compares every file of it.
 *
 * @param folder where it was unpacked
 * @param shown how messages call the backup
 * @throws UsageError where it is no backup, or not whole
 */
export async function readManifest(folder: string, shown: string): Promise<Manifest> {
  const found = await filesIn(folder).catch((error: Error) => {
    throw new UsageError(`${shown}: ${error.message}`)
  })
  if (!found.includes(manifestFile))
    throw new UsageError(`${shown}: is no backup of this relay: it has no ${manifestFile}`)
  const manifest = parseManifest(await readFile(join(folder, manifestFile), 'utf8'), shown)
  const strange = found.find(
    name => name !== manifestFile && !manifest.files.some(file => file.name === name),
  )
  if (strange !== undefined) throw new UsageError(`${shown}: ${strange} does not belong into it`)
  for (const { name, bytes, sha256 } of manifest.files) {
    if (!found.includes(name)) throw new UsageError(`${shown}: is not whole: ${name} is missing`)
    const facts = await factsOf(join(folder, name))
    if (facts.bytes !== bytes || facts.sha256 !== sha256) {
      throw new UsageError(`${shown}: is damaged: ${name} is not as it was saved`)
    }
  }
  if (!found.includes(storeFile)) throw new UsageError(`${shown}: is not whole: ${storeFile} is missing`)
  return manifest
}

function parseManifest(text: string, shown: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new UsageError(`${shown}: is no backup of this relay: its ${manifestFile} cannot be read`, {
      cause,
    })
  }
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new UsageError(
    `${shown}: is no backup that this program can read: ${manifestFile}, ${issue?.path.join('.')}: ${issue?.message}`,
  )
}

/** Names of the files below a folder, with slashes. Rejects where one is anything but a file. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const names: string[] = []
  for (const entry of entries) {
    const name = join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll('\\', '/')
    if (entry.isFile()) names.push(name)
    else if (!entry.isDirectory()) throw new Error(`${name} is neither a file nor a folder`)
  }
  return names.toSorted()
}

async function factsOf(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  const { size } = await lstat(file)
  await pipeline(createReadStream(file), hash)
  return { bytes: size, sha256: hash.digest('hex') }
}
