/**
 * An HTTP listener of the configuration in front of an application. A change of the configuration keeps its port where that stays, and
 * gives it the application of the new one.
 */
import type { Hono } from 'hono'
import type { RelayConfig } from '../config/schema.ts'
import type { ObjectListening } from '../http/http2-server.ts'
import type { HttpListener } from '../http/listener.ts'
import { openHttpListener } from '../http/listener.ts'
import { stopGraceMilliseconds } from '../limits.ts'
import { readCertificate } from '../receive/certificate.ts'
import type { Generation } from './generation.ts'
import type { Prepared } from './listeners.ts'
import type { WatchedListener } from './tls/certificate-watch.ts'

/** What every such section of the configuration says. */
export interface WebSettings {
  readonly address: string
  readonly port: number
  readonly certificate?: { readonly certificateFile: string; readonly keyFile: string }
}

export interface WebListenerParts<Settings extends WebSettings> {
  /** As people are told of it. */
  readonly name: string
  /** Its section; undefined where the configuration has none. */
  settings(config: RelayConfig): Settings | undefined
  app(generation: Generation, settings: Settings): Hono | Promise<Hono>
  /** How objects of Batch SMTP are listened for; absent: they are not. */
  objects?(generation: Generation): ObjectListening | undefined
}

/** Where it is. */
export interface WebPlace<Settings> {
  readonly address: string
  readonly port: number
  readonly tls: 'implicit' | 'none'
  readonly settings: Settings
}

interface Open<Settings> {
  readonly config: Settings
  readonly listener: HttpListener
  /** Where it has a certificate: to be read again as those of the other listeners. */
  readonly watched: WatchedListener | undefined
}

export class WebListener<Settings extends WebSettings> {
  readonly #parts: WebListenerParts<Settings>
  #open: Open<Settings> | undefined

  constructor(parts: WebListenerParts<Settings>) {
    this.#parts = parts
  }

  /** null where the configuration has none. */
  get where(): WebPlace<Settings> | null {
    if (this.#open === undefined) return null
    const { address, port, tls } = this.#open.listener
    return { address, port, tls, settings: this.#open.config }
  }

  get watched(): WatchedListener | undefined {
    return this.#open?.watched
  }

  /** @throws Error naming the address, or the file of the certificate; everything is as before then */
  async prepare(generation: Generation): Promise<Prepared> {
    const { name } = this.#parts
    const config = this.#parts.settings(generation.config)
    if (config === undefined) return { use: () => this.#use(undefined), discard: async () => undefined }
    const app = await this.#parts.app(generation, config)
    const watched = await readPair(name, config)
    const serving = { certificate: watched?.certificate, objects: this.#parts.objects?.(generation) }
    const kept = this.#kept(config)
    const { address, port } = config
    const listener = kept ?? (await openHttpListener({ name, address, port, ...serving }, app))
    const open = { config, listener, watched: watched && { ...watched, name, listener } }
    return {
      use: () => {
        kept?.change(serving, app)
        this.#use(open)
      },
      discard: async () => void (kept === undefined && (await listener.close(0))),
    }
  }

  async close(graceMilliseconds: number): Promise<void> {
    await this.#open?.listener.close(graceMilliseconds)
  }

  /** The listener that stays. */
  #kept({ address, port }: Settings): HttpListener | undefined {
    const isKept = this.#open?.config.address === address && this.#open.config.port === port
    return isKept ? this.#open?.listener : undefined
  }

  #use(open: Open<Settings> | undefined): void {
    const before = this.#open?.listener
    this.#open = open
    if (before !== undefined && before !== open?.listener) void before.close(stopGraceMilliseconds)
  }
}

async function readPair(name: string, { address, port, certificate }: WebSettings) {
  if (certificate === undefined) return undefined
  const read = () => readCertificate(certificate.certificateFile, certificate.keyFile)
  const pair = await read().catch((cause: Error) => {
    throw new Error(`${name} on ${address}:${port} cannot be opened: ${cause.message}`, { cause })
  })
  return { certificate: pair, read }
}
