/**
 * Files with secrets: read only when nobody but their owner can, written so that nobody else can and never over
 * another one. No message of an error holds any part of what stands in them.
 */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../files/make-folder.ts'

/** Something is wrong with a key or its file, and a person can mend it: the text says how. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
}

/** The permission bits of everybody but the owner. */
const othersMask = 0o077
const ownerOnlyFile = 0o600

/**
 * Reads a file that only its owner may read.
 *
 * @throws KeyError when it cannot be read or its mode is looser than 0600
 */
export async function readSecretFile(file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: Error) => {
    throw new KeyError(`${file}: cannot be read (${cause.message})`, { cause })
  })
  try {
    const { mode } = await handle.stat()
    if ((mode & othersMask) !== 0) {
      const found = (mode & 0o777).toString(8).padStart(4, '0')
      throw new KeyError(
        `${file}: other users may use this private key (mode ${found}, expected 0600). Run: chmod 600 '${file}'`,
      )
    }
    return await handle.readFile().catch((cause: Error) => {
      throw new KeyError(`${file}: cannot be read (${cause.message})`, { cause })
    })
  } finally {
    await handle.close()
  }
}

/**
 * Writes a new file with mode 0600 and makes its folder where it is missing. It is on disk when this resolves.
 *
 * @throws KeyError when the file is already there
 */
export async function writeSecretFile(file: string, octets: string | Buffer): Promise<void> {
  const folder = dirname(file)
  await makeFolder(folder)
  const handle = await open(file, 'wx', ownerOnlyFile).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST')
      throw new KeyError(`${file}: is already there and is never overwritten`, { cause })
    throw new KeyError(`${file}: cannot be written (${cause.message})`, { cause })
  })
  try {
    await handle.writeFile(octets)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncFolder(folder)
}

/** Writes a file with mode 0600 as a whole, in the place of one that is there: never half of it. It is on disk afterwards. */
export async function replaceFile(file: string, content: string | Buffer): Promise<void> {
  const folder = dirname(file)
  await makeFolder(folder)
  const fresh = `${file}.new`
  const handle = await open(fresh, 'w', ownerOnlyFile)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
  await syncFolder(folder)
}

/** Removes a file, if it is there. It is gone from the disk when this resolves. */
export async function removeFile(file: string): Promise<void> {
  await unlink(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT')
      throw new KeyError(`${file}: cannot be removed (${cause.message})`, { cause })
  })
  await syncFolder(dirname(file))
}

/** Reads a private key in PEM. */
export async function readPrivateKeyFile(
  file: string,
): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  const pem = await readSecretFile(file)
  try {
    const privateKey = createPrivateKey(pem)
    return { privateKey, publicKey: createPublicKey(privateKey) }
  } catch {
    // The cause is left out on purpose: what a parser says about a key may quote it.
    throw new KeyError(
      `${file}: holds no private key in PEM; expected '-----BEGIN PRIVATE KEY-----' (PKCS#8) without a password`,
    )
  }
}

/** A new name in a folder is on disk only after the folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
