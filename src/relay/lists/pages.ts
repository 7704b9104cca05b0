/** Opens the HTTP listener of the configuration with its pages. */
import { pagesApp } from '../../http/app.ts'
import type { HttpListener } from '../../http/listener.ts'
import { openHttpListener } from '../../http/listener.ts'
import { readCertificate } from '../../receive/certificate.ts'
import type { MessagePath } from '../message-path.ts'
import type { Parts } from '../parts.ts'
import { confirmLinks, unsubscribeLinks } from './list-links.ts'

export interface Pages {
  readonly where: Pick<HttpListener, 'address' | 'port' | 'tls'>
  readonly publicUrl: string
  close(graceMilliseconds: number): Promise<void>
}

/**
 * Undefined becomes null: no listener is configured.
 *
 * @throws Error naming the address, or the file of the certificate
 */
export async function openPages(parts: Parts, path: MessagePath): Promise<Pages | null> {
  const { http } = parts.config
  if (http === undefined) return null
  const world = path.linkWorld()
  const app = pagesApp({
    log: parts.log,
    prefix: new URL(http.publicUrl).pathname.replace(/\/+$/, ''),
    unsubscribe: unsubscribeLinks(world),
    confirm: confirmLinks(world),
    checkHealth: async () => void (await parts.store.listsVersion()),
  })
  const { address, port, certificate } = http
  const pair = certificate && (await readCertificate(certificate.certificateFile, certificate.keyFile))
  const listener = await openHttpListener({ address, port, certificate: pair }, app)
  const { address: opened, port: openedPort, tls } = listener
  return {
    where: { address: opened, port: openedPort, tls },
    publicUrl: http.publicUrl,
    close: graceMilliseconds => listener.close(graceMilliseconds),
  }
}
