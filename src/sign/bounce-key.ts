/** The key that authenticates bounce addresses: 32 random octets beside the signing keys, made at the first start. */
import { join } from 'node:path'
import { KeyError, readSecretFile, writeSecretFile } from './key-file.ts'

const bounceKeyFile = 'bounce-address.key'
export const bounceKeyOctets = 32

/**
 * Reads the key of the bounce addresses, or makes it.
 *
 * @param folder the keys folder
 * @param random gives that many random octets
 * @throws KeyError when the file is readable for others or of another length: nothing is made up in its place, since
 *   every bounce address in flight would become a forgery
 */
export async function ensureBounceKey(folder: string, random: (octets: number) => Buffer): Promise<Buffer> {
  const key = await readBounceKey(folder)
  if (key !== undefined) return key
  const made = random(bounceKeyOctets)
  await writeSecretFile(join(folder, bounceKeyFile), made)
  return made
}

/**
 * Reads the key of the bounce addresses; undefined where none was made yet.
 *
 * @throws KeyError as `ensureBounceKey`
 */
export async function readBounceKey(folder: string): Promise<Buffer | undefined> {
  const file = join(folder, bounceKeyFile)
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
