/** The name of this node among those that share a store: made once for a data folder. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RelayDependencies } from './relay-dependencies.ts'

/** Of several processes that start at once, all take the name that the first has written. */
export async function nodeName(
  dataDirectory: string,
  { random }: Pick<RelayDependencies, 'random'>,
): Promise<string> {
  const file = join(dataDirectory, 'node')
  try {
    await writeFile(file, `${random(8).toString('hex')}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return (await readFile(file, 'utf8')).trim()
}
