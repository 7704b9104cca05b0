/** Where inputs that broke something are kept: `found/<target>-<hash>.bin`. */

import { createHash } from 'node:crypto'

export const foundFolder = new URL('./found/', import.meta.url)

/** The file of an input. */
export function foundFile(target: string, octets: Buffer): URL {
  const hash = createHash('sha256').update(octets).digest('hex').slice(0, 12)
  return new URL(`${target}-${hash}.bin`, foundFolder)
}

/** The target that a file is for. */
export function targetOf(file: string): string {
  return file.replace(/-[0-9a-f]{12}\.bin$/, '')
}
