import type { IncomingMessage } from 'node:http'

/**
 * The body of an answer.
 *
 * @throws Error when it is cut off or larger than this
 */
export async function readBounded(response: IncomingMessage, maxOctets: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let octets = 0
  for await (const piece of response as AsyncIterable<Buffer>) {
    octets += piece.length
    if (octets > maxOctets) throw new Error(`the answer is larger than ${maxOctets} octets`)
    pieces.push(piece)
  }
  if (!response.complete) throw new Error('the answer was cut off')
  return Buffer.concat(pieces)
}
