/**
 * Where commands reach the running relay: HTTP on a socket in the data folder, which belongs to whoever runs the relay and to nobody
 * else. Who may write there may change the database anyway.
 */
import { once } from 'node:events'
import { chmod, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { control } from '../limits.ts'

/** What a command can ask: a word, and the JSON value that answers it. What it throws is told as its message. */
export type ControlRequests = Readonly<Record<string, () => Promise<unknown>>>

export interface ControlServer {
  close(): Promise<void>
}

/**
 * @param file the socket; one that an earlier run has left is replaced, so nobody else may be listening on it
 * @throws Error of the system, such as for a path that is too long for a socket
 */
export async function openControl(file: string, requests: ControlRequests): Promise<ControlServer> {
  await rm(file, { force: true })
  const server = createServer(
    { requestTimeout: control.timeoutMilliseconds, headersTimeout: control.timeoutMilliseconds },
    (request, response) => void answer(request, response, requests),
  )
  server.listen(file)
  await once(server, 'listening')
  await chmod(file, 0o600)
  return {
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requests: ControlRequests,
): Promise<void> {
  request.resume()
  const asked = Object.hasOwn(requests, wordOf(request)) ? requests[wordOf(request)] : undefined
  if (request.method !== 'POST' || asked === undefined)
    return reply(response, 404, { problem: 'no such request' })
  try {
    reply(response, 200, { answer: await asked() })
  } catch (error) {
    reply(response, 409, { problem: error instanceof Error ? error.message : String(error) })
  }
}

function wordOf({ url = '' }: IncomingMessage): string {
  return url.slice(1)
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(body))
}
