/** The HTTP listener of the configuration with its pages. A change of the configuration keeps its port where that stays. */
import type { Hono } from 'hono'
import type { RelayConfig } from '../config/schema.ts'
import { pagesApp } from '../http/app.ts'
import type { HttpListener } from '../http/listener.ts'
import { openHttpListener } from '../http/listener.ts'
import { stopGraceMilliseconds } from '../limits.ts'
import { readCertificate } from '../receive/certificate.ts'
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import type { Generation } from './generation.ts'
import type { Prepared } from './listeners.ts'
import { confirmLinks, unsubscribeLinks } from './lists/list-links.ts'
import type { WatchedListener } from './tls/certificate-watch.ts'

type HttpConfig = NonNullable<RelayConfig['http']>

interface OpenPages {
  readonly config: HttpConfig
  readonly listener: HttpListener
  /** Where it has a certificate: to be read again as those of the other listeners. */
  readonly watched: WatchedListener | undefined
}

export class Pages {
  #open: OpenPages | undefined

  /** Where they are; null where the configuration has none. */
  get where(): { address: string; port: number; tls: 'implicit' | 'none'; publicUrl: string } | null {
    if (this.#open === undefined) return null
    const { address, port, tls } = this.#open.listener
    return { address, port, tls, publicUrl: this.#open.config.publicUrl }
  }

  get watched(): WatchedListener | undefined {
    return this.#open?.watched
  }

  /** @throws Error naming the address, or the file of the certificate; everything is as before then */
  async prepare(generation: Generation): Promise<Prepared> {
    const { http } = generation.config
    if (http === undefined) return { use: () => this.#use(undefined), discard: async () => undefined }
    const app = appOf(generation, http)
    const watched = await readPair(http)
    const kept = this.#kept(http)
    const { address, port } = http
    const listener =
      kept ?? (await openHttpListener({ address, port, certificate: watched?.certificate }, app))
    const open = { config: http, listener, watched: watched && { ...watched, name: 'http', listener } }
    return {
      use: () => {
        if (kept !== undefined) kept.useApp(app)
        if (kept !== undefined && watched !== undefined) kept.useCertificate(watched.certificate)
        this.#use(open)
      },
      discard: async () => void (kept === undefined && (await listener.close(0))),
    }
  }

  async close(graceMilliseconds: number): Promise<void> {
    await this.#open?.listener.close(graceMilliseconds)
  }

  /** The listener that stays. @throws Error where its port would have to be closed and opened again */
  #kept({ address, port, certificate }: HttpConfig): HttpListener | undefined {
    if (this.#open === undefined || this.#open.config.address !== address) return undefined
    if (this.#open.config.port !== port) return undefined
    if ((this.#open.config.certificate === undefined) === (certificate === undefined))
      return this.#open.listener
    throw new Error(
      `http on ${address}:${port} cannot begin or end TLS while it is open: start the relay again`,
    )
  }

  #use(open: OpenPages | undefined): void {
    const before = this.#open?.listener
    this.#open = open
    if (before !== undefined && before !== open?.listener) void before.close(stopGraceMilliseconds)
  }
}

function appOf({ dependencies, path }: Generation, { publicUrl }: HttpConfig): Hono {
  const links = path.linkDependencies()
  return pagesApp({
    log: dependencies.log,
    prefix: new URL(publicUrl).pathname.replace(/\/+$/, ''),
    unsubscribe: unsubscribeLinks(links),
    confirm: confirmLinks(links),
    healthProblem: () => storeProblem(dependencies.store),
  })
}

async function readPair({ address, port, certificate }: HttpConfig) {
  if (certificate === undefined) return undefined
  const read = () => readCertificate(certificate.certificateFile, certificate.keyFile)
  const pair = await read().catch((cause: Error) => {
    throw new Error(`http on ${address}:${port} cannot be opened: ${cause.message}`, { cause })
  })
  return { certificate: pair, read }
}

/** The word of the store for why it does not answer: nothing is accepted then. */
async function storeProblem(store: Pick<Store, 'listsVersion'>): Promise<string | undefined> {
  try {
    await store.listsVersion()
    return undefined
  } catch (error) {
    return error instanceof StoreError ? error.code : 'internal'
  }
}
