/** Packing a folder into one file and back, by the `tar` of the operating system: whoever has the file can look into it with that. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, rename, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { OperationFailed, UsageError } from '../terminal.ts'

/**
 * Packs files of a folder into a new file that only its owner may read; it is whole and on disk when this resolves, or not there.
 *
 * @param names in the order in which they stand in the archive
 * @throws UsageError where the file is there already; OperationFailed where it cannot be written
 */
export async function packInto(file: string, folder: string, names: readonly string[]): Promise<void> {
  const partial = `${file}.partial`
  const handle = await open(partial, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    const reason =
      cause.code === 'EEXIST' ? 'is already there; another backup may be writing it' : cause.message
    throw new UsageError(`${partial}: ${reason}`, { cause })
  })
  try {
    const tar = spawn('tar', ['-cf', '-', '-C', folder, ...names], { stdio: ['ignore', handle.fd, 'pipe'] })
    await finished(tar)
    await handle.sync()
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** Packs files of a folder to the standard output of this process. */
export async function packToOutput(folder: string, names: readonly string[]): Promise<void> {
  await finished(spawn('tar', ['-cf', '-', '-C', folder, ...names], { stdio: ['ignore', 'inherit', 'pipe'] }))
}

/**
 * Unpacks an archive into a folder.
 *
 * @param shown how messages call it
 * @throws UsageError where it cannot be read or is no archive
 */
export async function unpackInto(folder: string, archive: Readable, shown: string): Promise<void> {
  const tar = spawn('tar', ['-xf', '-', '-C', folder, '--no-same-owner'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const fed = pipeline(archive, tar.stdin).catch((error: NodeJS.ErrnoException) => {
    // tar has gone before the end of what it was given: what it says is the reason.
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') return
    tar.kill()
    throw new UsageError(`${shown}: cannot be read (${error.message})`)
  })
  const unpacked = finished(tar).catch((error: Error) => {
    throw new UsageError(`${shown}: is no backup of this relay: ${error.message}`)
  })
  const [reading, unpacking] = await Promise.allSettled([fed, unpacked])
  if (reading.status === 'rejected') throw reading.reason
  if (unpacking.status === 'rejected') throw unpacking.reason
}

/** Rejects with what tar says where it fails. */
async function finished(tar: ReturnType<typeof spawn>): Promise<void> {
  const notes: Buffer[] = []
  tar.stderr?.on('data', (chunk: Buffer) => notes.push(chunk))
  const [status] = (await once(tar, 'close').catch((cause: Error) => {
    throw new OperationFailed(`the program tar cannot be run: ${cause.message}`, { cause })
  })) as [number | null]
  if (status === 0) return
  const said = Buffer.concat(notes).toString().trim().split('\n')[0]
  throw new OperationFailed(said || `tar ended with ${status}`)
}
