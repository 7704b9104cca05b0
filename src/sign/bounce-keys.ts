/**
 * The keys of the bounce addresses and their rotation: one makes new addresses, those before it are accepted until the last address
 * that they have made expires. The file of an earlier one says in its name until when.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bounceKeyFile, bounceKeyOctets, readKey } from './bounce-key.ts'
import { KeyError, removeFile, replaceFile, writeSecretFile } from './key-file.ts'

/** A key that makes no new addresses any more. */
export interface EarlierBounceKey {
  readonly key: Buffer
  readonly file: string
  /** Unix milliseconds; from then on no address of it is valid. */
  readonly acceptedUntilMilliseconds: number
}

export interface BounceKeys {
  /** Undefined where none was made yet. */
  readonly current: Buffer | undefined
  /** The one that is accepted longest comes first. */
  readonly earlier: readonly EarlierBounceKey[]
}

/**
 * Reads all keys of the bounce addresses.
 *
 * @param folder the keys folder
 * @throws KeyError when a file is readable for others or of another length
 */
export async function loadBounceKeys(folder: string): Promise<BounceKeys> {
  const names = (await namesIn(folder)).filter(name => earlierName.test(name)).sort()
  const earlier: EarlierBounceKey[] = []
  for (const name of names.reverse()) {
    const file = join(folder, name)
    const key = await readKey(file)
    const acceptedUntilMilliseconds = Number(earlierName.exec(name)?.[1])
    if (key !== undefined) earlier.push({ key, file, acceptedUntilMilliseconds })
  }
  return { current: await readKey(join(folder, bounceKeyFile)), earlier }
}

export interface BounceKeyRotation {
  readonly nowMilliseconds: number
  /** How long addresses live that are made now. */
  readonly tokenLifetimeMilliseconds: number
  /** That many random octets. */
  random(octets: number): Buffer
}

/**
 * Puts a new key in the place of the one that makes addresses; that is kept for as long as its addresses live. Broken off in the
 * middle, the old one still makes addresses, and doing it again does no harm.
 *
 * @returns until when the old key is accepted, Unix milliseconds
 * @throws KeyError where there is no key yet, or as `loadBounceKeys`
 */
export async function rotateBounceKey(folder: string, rotation: BounceKeyRotation): Promise<number> {
  const { current } = await loadBounceKeys(folder)
  if (current === undefined) {
    throw new KeyError(`${folder}: there is no key of bounce addresses yet; the first start makes one`)
  }
  const acceptedUntil = rotation.nowMilliseconds + rotation.tokenLifetimeMilliseconds + marginMilliseconds
  await writeSecretFile(join(folder, `bounce-address.until-${acceptedUntil}.key`), current)
  await replaceFile(join(folder, bounceKeyFile), rotation.random(bounceKeyOctets))
  return acceptedUntil
}

/** Removes keys of which no address is valid any more; their files. */
export async function removeOutdatedBounceKeys(folder: string, nowMilliseconds: number): Promise<string[]> {
  const names = (await namesIn(folder)).filter(name => {
    const until = earlierName.exec(name)?.[1]
    return until !== undefined && Number(until) <= nowMilliseconds
  })
  const files = names.map(name => join(folder, name))
  for (const file of files) await removeFile(file)
  return files
}

/** Thirteen digits until the year 2286: the order of the names is that of the times. */
const earlierName = /^bounce-address\.until-([0-9]{13})\.key$/

/** Addresses are valid to the end of a day, and a relay that runs goes on with the old key until it looks at the folder. */
const marginMilliseconds = 86_400_000 + 3_600_000

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw new KeyError(`${folder}: cannot be read (${cause.message})`, { cause })
  })
}
