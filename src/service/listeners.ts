/** The listeners of the configuration, with their certificates. A change keeps the ports that stay, and the sessions on them. */
import { isDeepStrictEqual } from 'node:util'
import type { ListenerConfig, RelayConfig } from '../config/schema.ts'
import * as limits from '../limits.ts'
import type { Logger } from '../log/log.ts'
import { ownCertificate, readCertificate } from '../receive/certificate.ts'
import type { Listener } from '../receive/listener.ts'
import { startListener } from '../receive/listener.ts'
import { MemoryBudget } from '../receive/memory-budget.ts'
import type { ReceiveHooks } from '../receive/received.ts'
import type { Certificate, ListenerSettings } from '../receive/settings.ts'
import { listenerSettings } from './settings.ts'
import { CertificateWatch, type WatchedListener } from './tls/certificate-watch.ts'

/** What was made ready and is not in use yet: it can be taken or left, and neither can fail. */
export interface Prepared {
  use(): void
  discard(): Promise<void>
}

interface OpenListener {
  /** Address and port as the configuration has them; a listener on a free port goes by its name. */
  readonly place: string
  readonly settings: ListenerSettings
  readonly listener: Listener
  readonly watched: WatchedListener | undefined
}

export class Listeners {
  readonly #hooks: ReceiveHooks
  readonly #log: Logger
  readonly #memory = new MemoryBudget(limits.maxReceivedBytesInMemory)
  #open: readonly OpenListener[] = []
  #certificates: CertificateWatch
  /** No longer in the configuration, with sessions that end. */
  readonly #leaving = new Set<Listener>()

  private constructor(hooks: ReceiveHooks, log: Logger) {
    this.#hooks = hooks
    this.#log = log
    this.#certificates = this.#watch([])
  }

  /**
   * All of them or none: what was opened is closed again when one cannot be.
   *
   * @throws Error naming the listener and its address
   */
  static async open(config: RelayConfig, hooks: ReceiveHooks, log: Logger): Promise<Listeners> {
    const listeners = new Listeners(hooks, log)
    const prepared = await listeners.prepare(config)
    prepared.use()
    return listeners
  }

  /** In the order of the configuration. */
  get all(): readonly Listener[] {
    return this.#open.map(one => one.listener)
  }

  get certificates(): CertificateWatch {
    return this.#certificates
  }

  /**
   * Reads the certificates of a configuration and opens the ports that are new in it.
   *
   * @throws Error naming the listener and its address; everything is as before then
   */
  async prepare(config: RelayConfig): Promise<Prepared> {
    const fresh: OpenListener[] = []
    const opened: Listener[] = []
    for (const one of config.listeners) {
      try {
        fresh.push(await this.#prepareOne(config, one, opened))
      } catch (cause) {
        await closeAll(opened, 0)
        const where = `listener ${one.name} on ${one.address}:${one.port}`
        throw new Error(`${where} cannot be opened: ${(cause as Error).message}`, { cause })
      }
    }
    return { use: () => this.#use(fresh), discard: () => closeAll(opened, 0) }
  }

  /** 421 to everybody who is not in the middle of a message. */
  async close(graceMilliseconds: number): Promise<void> {
    await this.#certificates.stop()
    await closeAll([...this.all, ...this.#leaving], graceMilliseconds)
  }

  async #prepareOne(config: RelayConfig, one: ListenerConfig, opened: Listener[]): Promise<OpenListener> {
    const read = () => certificateOf(config, one, this.#hooks.clock())
    const certificate = one.tls === 'none' ? undefined : await read()
    const settings = listenerSettings(config, one, certificate, this.#memory)
    const place = one.port === 0 ? `${one.name} on ${one.address}` : `${one.address}:${one.port}`
    const before = this.#open.find(open => open.place === place)
    const listener = before?.listener ?? (await startListener(settings, this.#hooks))
    if (before === undefined) opened.push(listener)
    const watched = certificate && { name: one.name, listener, certificate, read }
    return { place, settings, listener, watched }
  }

  #use(fresh: readonly OpenListener[]): void {
    const before = this.#open
    this.#open = fresh
    for (const { settings, listener } of fresh) {
      const earlier = before.find(one => one.listener === listener)
      if (earlier !== undefined && !isDeepStrictEqual(earlier.settings, settings)) listener.change(settings)
    }
    const all = this.all
    for (const { listener } of before) if (!all.includes(listener)) this.#leave(listener)
    void this.#certificates.stop()
    this.#certificates = this.#watch(fresh.flatMap(one => one.watched ?? []))
    this.#certificates.start()
  }

  #leave(listener: Listener): void {
    this.#leaving.add(listener)
    void listener.close(limits.retireGraceMilliseconds).then(() => this.#leaving.delete(listener))
  }

  #watch(watched: readonly WatchedListener[]): CertificateWatch {
    return new CertificateWatch(watched, { log: this.#log, clock: () => this.#hooks.clock() })
  }
}

async function closeAll(listeners: readonly Listener[], graceMilliseconds: number): Promise<void> {
  await Promise.all(listeners.map(listener => listener.close(graceMilliseconds)))
}

function certificateOf(
  config: RelayConfig,
  listener: ListenerConfig,
  nowMilliseconds: number,
): Promise<Certificate> {
  if (listener.certificate !== undefined) {
    return readCertificate(listener.certificate.certificateFile, listener.certificate.keyFile)
  }
  return ownCertificate({ folder: config.keysDirectory, hostname: config.hostname, nowMilliseconds })
}
