/** The token for --server: from a file that nobody else may read, or from the environment; never from the command line, which everybody on a machine sees. */
import { open } from 'node:fs/promises'
import { readsAsToken } from '../../accounts/api-token.ts'
import { UsageError } from '../terminal.ts'
import type { DeskOptions } from './desk-options.ts'

/** Longer than any token with its line end; what never ends is not read to its end. */
const maxTokenFileOctets = 4_096

/** @throws UsageError where there is none, or others may read it */
export async function serverToken({ tokenFile }: Pick<DeskOptions, 'tokenFile'>): Promise<string> {
  if (tokenFile !== undefined) return checked(await readToken(tokenFile), tokenFile)
  const given = process.env.DKIM2_RELAY_TOKEN
  if (given !== undefined && given !== '') return checked(given.trim(), 'DKIM2_RELAY_TOKEN')
  throw new UsageError(
    '--server needs a token: --token-file FILE, or DKIM2_RELAY_TOKEN in the environment; tokens add makes one on the machine of the relay',
  )
}

async function readToken(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((cause: Error) => {
    throw new UsageError(`${file}: cannot be read (${cause.message})`, { cause })
  })
  try {
    const { mode } = await handle.stat()
    if ((mode & 0o077) !== 0)
      throw new UsageError(
        `${file}: others may read the token (mode ${(mode & 0o777).toString(8)}); chmod 600 ${file} keeps it to you`,
      )
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(maxTokenFileOctets) })
    return buffer.subarray(0, bytesRead).toString('latin1').trim()
  } finally {
    await handle.close()
  }
}

/** Its text is not shown: it may be a secret of something else. */
function checked(token: string, where: string): string {
  if (readsAsToken(token)) return token
  throw new UsageError(`${where}: expected a token as tokens add printed it, one line`)
}
