/** The keys that authenticate addresses and links of this relay: 32 random octets each beside the signing keys, made at the first start. */
import { join } from 'node:path'
import { KeyError, readSecretFile, writeSecretFile } from './key-file.ts'

export const bounceKeyFile = 'bounce-address.key'
const clientIdKeyFile = 'client-id.key'
const listTokenKeyFile = 'list-token.key'
/** A key that was replaced: what it had authenticated stays good, nothing new is made with it. */
const previousListTokenKeyFile = 'list-token.previous.key'
export const bounceKeyOctets = 32

/**
 * Reads the key of the bounce addresses, or makes it.
 *
 * @param folder the keys folder
 * @param random gives that many random octets
 * @throws KeyError when the file is readable for others or of another length: nothing is made up in its place, since
 *   every bounce address in flight would become a forgery
 */
export function ensureBounceKey(folder: string, random: (octets: number) => Buffer): Promise<Buffer> {
  return ensureKey(join(folder, bounceKeyFile), random)
}

/**
 * Reads the keys of the list tokens (lists/tokens), or makes the current one. To rotate: rename `list-token.key` to
 * `list-token.previous.key` and start again.
 *
 * @returns the current key, then the one before it where there is one
 * @throws KeyError as `ensureBounceKey`
 */
export async function ensureListTokenKeys(
  folder: string,
  random: (octets: number) => Buffer,
): Promise<readonly [Buffer, ...Buffer[]]> {
  const current = await ensureKey(join(folder, listTokenKeyFile), random)
  const previous = await readKey(join(folder, previousListTokenKeyFile))
  return previous === undefined ? [current] : [current, previous]
}

/** The current key of the list tokens; undefined where none was made yet. @throws KeyError */
export function readListTokenKey(folder: string): Promise<Buffer | undefined> {
  return readKey(join(folder, listTokenKeyFile))
}

/** Reads or makes the key by which clients of accounts are known again (accounts/client-id). @throws KeyError as `ensureBounceKey` */
export function ensureClientIdKey(folder: string, random: (octets: number) => Buffer): Promise<Buffer> {
  return ensureKey(join(folder, clientIdKeyFile), random)
}

async function ensureKey(file: string, random: (octets: number) => Buffer): Promise<Buffer> {
  const key = await readKey(file)
  if (key !== undefined) return key
  const made = random(bounceKeyOctets)
  await writeSecretFile(file, made)
  return made
}

/** A key of the right length; undefined where there is no such file. @throws KeyError */
export async function readKey(file: string): Promise<Buffer | undefined> {
  const key = await readIfThere(file)
  if (key !== undefined && key.length !== bounceKeyOctets) {
    throw new KeyError(`${file}: expected ${bounceKeyOctets} octets, found ${key.length}`)
  }
  return key
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readSecretFile(file)
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
    if (cause?.code === 'ENOENT') return undefined
    throw error
  }
}
