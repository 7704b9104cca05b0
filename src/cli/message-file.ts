/** Reading a message from a file or from standard input. */
import { createReadStream } from 'node:fs'
import { maxInputBytes } from '../limits.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './terminal.ts'

const lineFeed = 10
const carriageReturn = 13

/**
 * The message in a file; `-` is standard input. Lines that end with LF alone, as an editor saves them, get CRLF, which is
 * what was sent; a remark says so.
 *
 * @throws UsageError when it cannot be read or is empty
 */
export async function readMessageFile(file: string, terminal: Terminal): Promise<Message> {
  return readMessage(await readMessageOctets(file, terminal))
}

/** The same as octets. */
export async function readMessageOctets(file: string, terminal: Terminal): Promise<Buffer> {
  const octets = await readOctets(file, terminal)
  if (octets.length === 0) throw new UsageError(`${file}: is empty; expected a message`)
  const { octets: complete, changed } = withCrlf(octets)
  if (changed > 0) {
    terminal.note(`${file}: ${changed} line ends were LF alone and are read as CRLF, as mail has them\n`)
  }
  return complete
}

/**
 * A file as it is; `-` is standard input.
 *
 * @param maxBytes octets that are read at most: a device or a pipe may have no end
 * @throws UsageError when it cannot be read or is larger
 */
export async function readOctets(
  file: string,
  terminal: Pick<Terminal, 'stdin'>,
  maxBytes: number = maxInputBytes,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of chunksOf(file, terminal)) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new UsageError(`${file}: is larger than ${maxBytes} octets`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function* chunksOf(file: string, { stdin }: Pick<Terminal, 'stdin'>): AsyncGenerator<Buffer> {
  try {
    yield* file === '-' ? stdin : createReadStream(file)
  } catch (cause) {
    throw new UsageError(`${file}: cannot be read (${(cause as Error).message})`, { cause })
  }
}

/** Puts a CR before every LF that has none. */
export function withCrlf(octets: Buffer): { readonly octets: Buffer; readonly changed: number } {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = octets.indexOf(lineFeed); at >= 0; at = octets.indexOf(lineFeed, at + 1)) {
    if (octets[at - 1] === carriageReturn) continue
    pieces.push(octets.subarray(from, at))
    from = at
  }
  if (pieces.length === 0) return { octets, changed: 0 }
  pieces.push(octets.subarray(from))
  const joined = pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from('\r'), piece]))
  return { octets: Buffer.concat(joined), changed: pieces.length - 1 }
}
