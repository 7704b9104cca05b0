/** Stage 1 of the message path: SMTP listeners. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ReceiveHooks } from './received.ts'
import { RelayServer } from './server.ts'
import type { Certificate, ListenerSettings } from './settings.ts'

/** A listener that accepts connections. */
export interface Listener {
  /** IP address it listens on. */
  readonly address: string
  /** TCP port it listens on. */
  readonly port: number
  /**
   * Shows this certificate to every client that begins TLS from now on; sessions that have TLS keep theirs.
   *
   * @throws Error when it cannot be used; the one before stays
   */
  useCertificate(certificate: Certificate): void
  /**
   * Stops: no new connection, 421 to every client that is not in the middle of a message, and the others get the grace time to
   * finish theirs. Resolves when every connection is closed.
   */
  close(graceMilliseconds: number): Promise<void>
}

/** Opens a listener. Rejects when the address cannot be bound or the certificate cannot be used. */
export async function startListener(settings: ListenerSettings, hooks: ReceiveHooks): Promise<Listener> {
  if (settings.tls !== 'none' && settings.certificate === undefined) {
    throw new TypeError(`listener ${settings.name}: TLS needs a certificate`)
  }
  const server = new RelayServer(settings, hooks)
  const socket = server.listen(settings.port, settings.address)
  await once(socket, 'listening')
  const { address, port } = socket.address() as AddressInfo
  return {
    address,
    port,
    useCertificate: certificate => server.useCertificate(certificate),
    close: graceMilliseconds => server.stop(graceMilliseconds),
  }
}
