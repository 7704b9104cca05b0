/**
 * A file that is read again when it changes. One that is being written is left alone until it has been the same for two looks, and while it was
 * read: half a map would refuse mail for what stands in its other half.
 */
import { readFile, stat } from 'node:fs/promises'
import { mapFiles } from '../../limits.ts'

export class WatchedFile {
  readonly file: string
  #read: string | undefined
  #seen: string | undefined

  constructor(file: string) {
    this.file = file
  }

  /**
   * Its text.
   *
   * @throws Error that says what is wrong with the file
   */
  async first(): Promise<string> {
    this.#read = await stateOf(this.file)
    return readFile(this.file, 'utf8')
  }

  /**
   * Its text, if it has changed and is whole.
   *
   * @throws Error once for each state of a file that cannot be read
   */
  async again(): Promise<string | undefined> {
    const state = await stateOf(this.file).catch((error: Error) => error)
    const key = state instanceof Error ? state.message : state
    if (key === this.#read) return undefined
    const isSettled = key === this.#seen
    this.#seen = key
    if (!isSettled) return undefined
    this.#read = key
    if (state instanceof Error) throw state
    const text = await readFile(this.file, 'utf8')
    if ((await stateOf(this.file)) === state) return text
    this.#read = undefined
    return undefined
  }
}

async function stateOf(file: string): Promise<string> {
  const found = await stat(file, { bigint: true })
  if (!found.isFile()) throw new Error(`${file}: expected a file`)
  if (found.size > BigInt(mapFiles.maxBytes))
    throw new Error(`${file}: expected at most ${mapFiles.maxBytes} octets, found ${found.size}`)
  return [found.ino, found.size, found.mtimeNs].join(' ')
}
