/** The HTTP listener: a port that stays open, with a server behind it that can change, in front of the pages. */
import { isDeepStrictEqual } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { incomingHttp, stopGraceMilliseconds } from '../limits.ts'
import { Door } from '../tcp/door.ts'
import type { ObjectListening } from './http2-server.ts'
import type { PemPair, Serving } from './web-server.ts'
import { WebServer } from './web-server.ts'

export interface HttpListenerSettings extends Serving {
  /** As an error names it. */
  readonly name: string
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
}

/** @throws Error naming the address when it cannot be opened */
export async function openHttpListener(settings: HttpListenerSettings, app: Hono): Promise<HttpListener> {
  const { name, address, port, certificate, objects } = settings
  const door = await Door.open({ address, port }).catch((cause: Error) => {
    throw new Error(`${name} on ${address}:${port} cannot be opened: ${cause.message}`, { cause })
  })
  try {
    return new HttpListener(door, { certificate, objects }, app)
  } catch (error) {
    door.close()
    throw error
  }
}

export class HttpListener {
  readonly address: string
  readonly port: number
  readonly #door: Door
  readonly #retiring = new Set<Promise<void>>()
  #app: Hono
  #server: WebServer
  #tls: 'implicit' | 'none'
  #objects: ObjectListening | undefined

  constructor(door: Door, serving: Serving, app: Hono) {
    this.address = door.address
    this.port = door.port
    this.#door = door
    this.#app = app
    this.#tls = tlsOf(serving)
    this.#objects = serving.objects
    this.#server = this.#lead(serving)
  }

  get tls(): 'implicit' | 'none' {
    return this.#tls
  }

  /** Shows it to clients that connect from now on. @throws Error when it cannot be used; the one before stays */
  useCertificate(certificate: PemPair): void {
    this.#server.useCertificate(certificate)
  }

  /**
   * Requests from now on are answered by this application, and connections from now on are served so; those that are open end with
   * what is under way where they were made otherwise.
   *
   * @throws Error when the certificate cannot be used; everything is as before then
   */
  change(serving: Serving, app: Hono): void {
    const { certificate, objects } = serving
    if (this.#tls === tlsOf(serving) && isDeepStrictEqual(this.#objects, objects)) {
      if (certificate !== undefined) this.#server.useCertificate(certificate)
      this.#app = app
      return
    }
    const before = this.#server
    this.#server = this.#lead(serving)
    this.#tls = tlsOf(serving)
    this.#objects = objects
    this.#app = app
    const retired: Promise<void> = before
      .retire(stopGraceMilliseconds)
      .finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }

  /** Answers what is under way, for so long at most, and takes nothing new. */
  async close(graceMilliseconds: number): Promise<void> {
    this.#door.close()
    await Promise.all([this.#server.retire(graceMilliseconds), ...this.#retiring])
  }

  #lead(serving: Serving): WebServer {
    const web = new WebServer(
      serving,
      getRequestListener((...request: Parameters<Hono['fetch']>) => this.#app.fetch(...request), {
        overrideGlobalObjects: false,
      }),
    )
    this.#door.leadTo(web.server, incomingHttp.maxConnections)
    return web
  }
}

function tlsOf({ certificate }: Serving): 'implicit' | 'none' {
  return certificate === undefined ? 'none' : 'implicit'
}
