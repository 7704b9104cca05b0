/** Requests to the API of a relay. Certificates are checked, redirections are not followed, and what never ends is cut off. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { readBounded } from '../../bounded/read-bounded.ts'
import { apiClient } from '../../limits-api.ts'
import { OperationFailed, UsageError } from '../../operator/problems.ts'
import { apiError } from './api-error.ts'

export interface ApiRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly mediaType?: string
  readonly body?: Uint8Array
}

export interface ApiAnswer {
  readonly status: number
  /** Without parameters. */
  readonly mediaType: string
  readonly body: Buffer
  /** When to come again, where the relay says so. */
  readonly retryAfterSeconds: number | undefined
}

export class ServerConnection {
  /** As a person knows it: scheme, host and port. */
  readonly name: string
  readonly #url: URL
  readonly #token: string
  readonly #ca: Buffer | undefined

  private constructor(url: URL, token: string, ca: Buffer | undefined) {
    this.name = url.origin
    this.#url = url
    this.#token = token
    this.#ca = ca
  }

  /** @throws UsageError for what can be no server */
  static async to(text: string, token: string, caFile: string | undefined): Promise<ServerConnection> {
    return new ServerConnection(serverUrl(text), token, await authorities(caFile))
  }

  /** @throws OperationFailed where it cannot be reached or does not answer in time */
  async ask(request: ApiRequest): Promise<ApiAnswer> {
    for (let waits = 0; ; waits++) {
      const answer = await this.#answer(request)
      const { status, retryAfterSeconds: seconds } = answer
      const isWaiting = status === 429 && seconds !== undefined && seconds <= apiClient.longestWaitSeconds
      if (!isWaiting || waits === apiClient.waits) return answer
      await wait(seconds * 1000)
    }
  }

  async #answer(request: ApiRequest): Promise<ApiAnswer> {
    try {
      const response = await this.#send(request)
      const body = await readBounded(response, apiClient.maxAnswerBytes)
      const retryAfter = response.headers['retry-after'] ?? ''
      return {
        status: response.statusCode ?? 0,
        mediaType: mediaTypeOf(response),
        body,
        retryAfterSeconds: /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : undefined,
      }
    } catch (error) {
      throw this.#told(error)
    }
  }

  /** An answer line by line, as it comes. @throws as `ask`, and what the relay says against it */
  async *lines(request: ApiRequest): AsyncGenerator<string> {
    try {
      const response = await this.#send(request)
      if (response.statusCode !== 200) {
        const body = await readBounded(response, apiClient.maxAnswerBytes)
        throw apiError(this.name, response.statusCode ?? 0, body)
      }
      yield* linesOf(response)
    } catch (error) {
      throw this.#told(error)
    }
  }

  async #send({ method, path, mediaType, body }: ApiRequest): Promise<IncomingMessage> {
    const options: RequestOptions = {
      method,
      timeout: apiClient.idleMilliseconds,
      agent: false,
      headers: {
        Authorization: `Bearer ${this.#token}`,
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': mediaType, 'Content-Length': body.length }),
      },
    }
    const sent = this.#request(new URL(path, this.#url), options)
    sent.on('timeout', () => sent.destroy(new Error('it does not answer in time')))
    sent.end(body)
    const [response]: IncomingMessage[] = await once(sent, 'response')
    if (response === undefined) throw new Error('it does not answer')
    return response
  }

  #request(url: URL, options: RequestOptions): ClientRequest {
    if (url.protocol === 'http:') return requestPlain(url, options)
    return requestTls(url, { ...options, ...(this.#ca && { ca: this.#ca }), minVersion: 'TLSv1.2' })
  }

  #told(error: unknown): Error {
    if (error instanceof OperationFailed || error instanceof UsageError) return error
    const reason = error instanceof Error ? error.message : String(error)
    return new OperationFailed(`${this.name} cannot be asked: ${reason}`, { cause: error })
  }
}

/** @throws UsageError for what is none, or would carry the token over the network in clear */
function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isBare =
    url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (url === undefined || !isBare || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError('--server: expected a URL such as https://relay.example:8443, without a path')
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    throw new UsageError(
      `--server ${url.origin}: expected https, or an address of this machine: the token would go over the network in clear`,
    )
  return url
}

function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}

async function authorities(file: string | undefined): Promise<Buffer | undefined> {
  if (file === undefined) return undefined
  const read = await readFile(file).catch((cause: Error) => {
    throw new UsageError(`--ca-file ${file}: cannot be read (${cause.message})`, { cause })
  })
  try {
    createSecureContext({ ca: read })
  } catch (cause) {
    throw new UsageError(`--ca-file ${file}: expected certificates in PEM`, { cause })
  }
  if (!read.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(`--ca-file ${file}: expected certificates in PEM`)
  return read
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let text = ''
  response.setEncoding('utf8')
  for await (const piece of response) {
    text += piece
    // Looked through again only where a line has ended: one without end costs no more than its octets.
    const lines = piece.includes('\n') ? text.split('\n') : [text]
    text = lines.pop() ?? ''
    if (text.length > apiClient.maxAnswerBytes)
      throw new OperationFailed(`a line is longer than ${apiClient.maxAnswerBytes} characters`)
    yield* lines
  }
}

function mediaTypeOf({ headers }: IncomingMessage): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}
