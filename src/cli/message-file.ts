/** Reading a message from a file or from standard input. */
import { createReadStream } from 'node:fs'
import { maxInputBytes } from '../limits.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import { savedMessage } from './saved-message.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './terminal.ts'

/**
 * The message in a file; `-` is standard input. What other programs do to a message that they save is undone
 * (saved-message.ts), and a remark says so.
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
  const saved = savedMessage(octets)
  for (const remark of saved.remarks) terminal.note(`${file}: ${remark}\n`)
  return saved.octets
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
