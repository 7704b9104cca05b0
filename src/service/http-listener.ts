/** Opens the HTTP listener of the configuration with its pages. */
import { pagesApp } from '../http/app.ts'
import type { HttpListener } from '../http/listener.ts'
import { openHttpListener } from '../http/listener.ts'
import { readCertificate } from '../receive/certificate.ts'
import type { Store } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import { confirmLinks, unsubscribeLinks } from './lists/list-links.ts'
import type { MessagePath } from './message-path.ts'
import type { PathDependencies } from './path-dependencies.ts'
import type { WatchedListener } from './tls/certificate-watch.ts'

export interface Pages {
  readonly where: Pick<HttpListener, 'address' | 'port' | 'tls'>
  readonly publicUrl: string
  /** Where it has a certificate: to be read again as those of the other listeners. */
  readonly watched: WatchedListener | undefined
  close(graceMilliseconds: number): Promise<void>
}

/**
 * Undefined becomes null: no listener is configured.
 *
 * @throws Error naming the address, or the file of the certificate
 */
export async function openPages(dependencies: PathDependencies, path: MessagePath): Promise<Pages | null> {
  const { http } = dependencies.config
  if (http === undefined) return null
  const links = path.linkDependencies()
  const app = pagesApp({
    log: dependencies.log,
    prefix: new URL(http.publicUrl).pathname.replace(/\/+$/, ''),
    unsubscribe: unsubscribeLinks(links),
    confirm: confirmLinks(links),
    healthProblem: () => storeProblem(dependencies.store),
  })
  const { address, port, certificate } = http
  const read = certificate && (() => readCertificate(certificate.certificateFile, certificate.keyFile))
  const pair = await read?.().catch((cause: Error) => {
    throw new Error(`http on ${address}:${port} cannot be opened: ${cause.message}`, { cause })
  })
  const listener = await openHttpListener({ address, port, certificate: pair }, app)
  const { address: opened, port: openedPort, tls } = listener
  return {
    where: { address: opened, port: openedPort, tls },
    publicUrl: http.publicUrl,
    watched: pair && read && { name: 'http', listener, certificate: pair, read },
    close: graceMilliseconds => listener.close(graceMilliseconds),
  }
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
