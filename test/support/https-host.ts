/** A web server on 127.0.0.1 with a certificate of the test's choice: policy hosts of MTA-STS, and places that take reports. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Certificate } from '../../src/receive/settings.ts'

export interface HttpsAnswerPlan {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** No answer at all. */
  readonly isSilent?: boolean
}

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export class HttpsHost {
  /** What is answered from now on. */
  answer: HttpsAnswerPlan = {}
  readonly requests: SeenRequest[] = []
  readonly #server: Server
  #waiting: (() => void)[] = []

  private constructor(certificate: Certificate) {
    this.#server = createServer(certificate, async (request, response) => {
      const { method = '', url = '', headers } = request
      this.requests.push({ method, url, headers, body: await buffer(request) })
      for (const wake of this.#waiting.splice(0)) wake()
      const {
        status = 200,
        headers: own = { 'content-type': 'text/plain' },
        body = '',
        isSilent,
      } = this.answer
      if (isSilent !== true) response.writeHead(status, own).end(body)
    })
  }

  static async start(certificate: Certificate): Promise<HttpsHost> {
    const host = new HttpsHost(certificate)
    host.#server.listen(0, '127.0.0.1')
    await once(host.#server, 'listening')
    return host
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Resolves with all requests as soon as there are so many. */
  async received(count: number): Promise<readonly SeenRequest[]> {
    while (this.requests.length < count) await new Promise<void>(resolve => this.#waiting.push(resolve))
    return this.requests
  }

  /** Shows another certificate from the next connection on. */
  show(certificate: Certificate): void {
    this.#server.setSecureContext(certificate)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

/** A policy file. */
export function policyFile(
  mode: 'enforce' | 'testing' | 'none',
  mx: readonly string[],
  maxAgeSeconds = 604_800,
): string {
  return [
    'version: STSv1',
    `mode: ${mode}`,
    ...mx.map(host => `mx: ${host}`),
    `max_age: ${maxAgeSeconds}`,
    '',
  ].join('\r\n')
}
