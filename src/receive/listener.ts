/** Stage 1 of the message path: SMTP listeners. */
import { Door } from '../tcp/door.ts'
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
   * Serves every client that connects from now on by these settings, whose address and port are those it has; sessions that are open go
   * on as they began.
   *
   * @throws Error when the certificate cannot be used; the settings before stay
   */
  change(settings: ListenerSettings): void
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
  const server = relayServer(settings, hooks)
  const door = await Door.open(settings)
  return new OpenListener(door, server, hooks)
}

class OpenListener implements Listener {
  readonly address: string
  readonly port: number
  readonly #door: Door
  readonly #hooks: ReceiveHooks
  /** The last one takes the new connections, the others still have some. */
  readonly #servers = new Set<RelayServer>()
  #server: RelayServer

  constructor(door: Door, server: RelayServer, hooks: ReceiveHooks) {
    this.address = door.address
    this.port = door.port
    this.#door = door
    this.#hooks = hooks
    this.#server = server
    this.#lead(server)
  }

  change(settings: ListenerSettings): void {
    const before = this.#server
    this.#lead(relayServer(settings, this.#hooks))
    void before.allClosed().then(() => this.#servers.delete(before))
  }

  useCertificate(certificate: Certificate): void {
    this.#server.useCertificate(certificate)
  }

  async close(graceMilliseconds: number): Promise<void> {
    this.#door.close()
    await Promise.all([...this.#servers].map(server => server.stop(graceMilliseconds)))
  }

  #lead(server: RelayServer): void {
    this.#servers.add(server)
    this.#server = server
    this.#door.leadTo(server.server, server.maxSockets)
  }
}

function relayServer(settings: ListenerSettings, hooks: ReceiveHooks): RelayServer {
  if (settings.tls !== 'none' && settings.certificate === undefined) {
    throw new TypeError(`listener ${settings.name}: TLS needs a certificate`)
  }
  if (settings.kind === 'submission' && settings.tls === 'none') {
    throw new TypeError(`listener ${settings.name}: submission needs TLS`)
  }
  return new RelayServer(settings, hooks)
}
