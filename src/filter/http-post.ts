/** A POST over HTTP or HTTPS that copies nothing of its body. */
import { once } from 'node:events'
import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/**
 * Resolves with the answer, of which nothing was read yet. Rejects when there is none; when `ends` is aborted also the answer is cut off.
 *
 * @param chunks the body
 */
export async function postOverHttp(
  url: URL,
  headers: Readonly<Record<string, string | string[]>>,
  chunks: readonly Buffer[],
  ends: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const asked = request(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': size },
    // A kept connection may be closed at the very moment in which the next message is on its way.
    agent: false,
    signal: ends,
  })
  const answered = once(asked, 'response')
  for (const chunk of chunks) asked.write(chunk)
  asked.end()
  const [response] = (await answered) as [IncomingMessage]
  // What fails from here on, the one who reads the answer hears of.
  asked.on('error', () => undefined)
  return response
}
