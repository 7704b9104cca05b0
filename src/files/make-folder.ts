/** Folders for what only the user of the relay may read. */
import { chmod, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

const ownerOnly = 0o700

/**
 * Makes a folder, and those above it that are missing, for their owner alone, whatever the umask; one that is there stays as it is.
 * Not by `mkdir` with `recursive`, which never returns where the file system takes no new folder, as below /proc.
 *
 * @throws the error of the file system, which names the folder
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isMade(folder)) return
  await makeFolder(dirname(resolve(folder)))
  if (!(await isMade(folder))) throw new Error(`${folder}: this folder cannot be made where it is`)
}

/** False where the folder above is missing. */
async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: ownerOnly })
    await chmod(folder, ownerOnly)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return true
    if (code === 'ENOENT' && dirname(resolve(folder)) !== resolve(folder)) return false
    throw error
  }
}
