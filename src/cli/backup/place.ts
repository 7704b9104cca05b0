/** Putting a file where it belongs. */
import { copyFile, open, rename } from 'node:fs/promises'

/** The file appears whole and on disk. @param mode by default for its owner alone */
export async function place(from: string, to: string, mode = 0o600): Promise<void> {
  const partial = `${to}.partial`
  await copyFile(from, partial)
  const handle = await open(partial, 'r+')
  try {
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(partial, to)
}
