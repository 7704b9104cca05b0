/**
 * The wiring: what lasts is opened (service/lasting.ts), the path of messages is built from the configuration (service/generation.ts),
 * listeners are opened in front of it, and everything is ended in an order in which nothing is lost. Another configuration is another
 * path on the same store.
 */
import type { RelayConfig } from './config/schema.ts'
import { stopGraceMilliseconds } from './limits.ts'
import type { Answer } from './operator/operations.ts'
import { OperationFailed } from './operator/problems.ts'
import { adminListener } from './service/admin/admin-listener.ts'
import type { Generation } from './service/generation.ts'
import { handOver, openGeneration } from './service/generation.ts'
import { pagesListener } from './service/http-listener.ts'
import type { Lasting } from './service/lasting.ts'
import { openLasting } from './service/lasting.ts'
import type { Prepared } from './service/listeners.ts'
import { Listeners } from './service/listeners.ts'
import { keepAccountRates } from './service/rates/open-rates.ts'
import { receiveHooks } from './service/receive-hooks.ts'
import type { RelayDependencies, RelayRunner } from './service/relay-dependencies.ts'
import type { RelayStatus } from './service/relay-status.ts'
import { relayStatus } from './service/relay-status.ts'
import { onlyAtStart } from './service/restart-settings.ts'
import type { SigningKey } from './sign/signing-key.ts'

export type { RelayDependencies } from './service/relay-dependencies.ts'
export type { RelayStatus } from './service/relay-status.ts'

/** A listener as people are told of it. */
export interface OpenListener {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly tls: 'starttls' | 'implicit' | 'none'
  /** null without TLS; `self-signed`: none is configured. */
  readonly certificate: 'configured' | 'self-signed' | null
}

/** The admin listener. */
export interface OpenAdmin {
  readonly address: string
  readonly port: number
  readonly tls: 'implicit' | 'none'
}

/** The HTTP listener, and where the world reaches it. */
export interface OpenPages {
  readonly address: string
  readonly port: number
  readonly tls: 'implicit' | 'none'
  readonly publicUrl: string
}

export interface RunningRelay {
  readonly listeners: readonly OpenListener[]
  /** null where the configuration has none. */
  readonly http: OpenPages | null
  /** null where the configuration has none. */
  readonly admin: OpenAdmin | null
  /** Every signing key, with the record to publish for it. */
  readonly keys: readonly SigningKey[]
  /** Keys that the current configuration has made, because a domain had none. */
  readonly generatedKeys: readonly SigningKey[]
  /** Reads the certificates of the listeners again now; it is done every minute anyway. */
  checkCertificates(): Promise<boolean>
  /** Reads all certificates and keys again now. Never rejects; false when not all could be read, and those before stay. */
  reload(): Promise<boolean>
  /**
   * Works by another configuration from now on. Sessions and deliveries that are under way are finished by the one before; listeners
   * are opened, closed and changed as it says. Answers the settings that differ and count from the next start only.
   *
   * @throws ConfigError, KeyError, an error of the file system, or one naming a listener: everything stays as it is then
   */
  change(config: RelayConfig): Promise<readonly string[]>
  status(): Promise<RelayStatus>
  /** The same with where it listens, as the operator is told. */
  report(): Promise<Answer<'status'>>
  /** Resolves if the relay cannot go on: its store has died. It should be stopped, and started again by whoever watches it. */
  readonly died: Promise<Error>
  /** Finishes or gives back what is under way and closes the store. */
  stop(): Promise<void>
}

/**
 * Starts a relay: opens the store, the keys and the listeners, and takes up what an earlier run had left.
 *
 * @throws ConfigError, KeyError, StoreError, or an error naming the listener that cannot be opened; nothing is left open then
 */
export async function startRelay(config: RelayConfig, outside: RelayDependencies): Promise<RunningRelay> {
  const lasting = await openLasting(config, outside)
  try {
    return await Relay.start(config, outside, lasting)
  } catch (error) {
    await lasting.close()
    throw error
  }
}

class Relay implements RunningRelay {
  readonly #outside: RelayDependencies
  readonly #lasting: Lasting
  readonly #listeners: Listeners
  readonly #pages = pagesListener()
  readonly #admin = adminListener({
    status: () => this.report(),
    reload: () => reloadBy(this.#outside.runner),
    version: () => this.#outside.runner?.version ?? '',
  })
  readonly #startedAt: number
  #changedAt: number
  /** What sessions ask, too. */
  readonly #at: { current: Generation }
  /** Generations that finish what they have begun. */
  readonly #retiring = new Map<Generation, Promise<void>>()
  #changing: Promise<unknown> = Promise.resolve()

  private constructor(
    outside: RelayDependencies,
    lasting: Lasting,
    front: { listeners: Listeners; at: { current: Generation } },
  ) {
    this.#outside = outside
    this.#lasting = lasting
    this.#listeners = front.listeners
    this.#at = front.at
    this.#startedAt = outside.clock()
    this.#changedAt = this.#startedAt
  }

  static async start(config: RelayConfig, outside: RelayDependencies, lasting: Lasting): Promise<Relay> {
    const first = await openGeneration(config, outside, lasting)
    let listeners: Listeners | undefined
    try {
      const at = { current: first }
      listeners = await Listeners.open(
        config,
        receiveHooks(() => at.current),
        outside.log,
      )
      const relay = new Relay(outside, lasting, { listeners, at })
      for (const one of await relay.#prepareWeb(first)) one.use()
      relay.#watchWeb()
      first.path.start(listeners.all)
      return relay
    } catch (error) {
      await listeners?.close(0)
      await first.dependencies.closing.disposeAsync()
      throw error
    }
  }

  get listeners(): readonly OpenListener[] {
    const { all } = this.#listeners
    return this.#at.current.config.listeners.map((listener, at) => {
      const { name, address, port, tls } = listener
      const shown = listener.certificate === undefined ? 'self-signed' : 'configured'
      const certificate = tls === 'none' ? null : shown
      const opened = all[at]
      return { name, address: opened?.address ?? address, port: opened?.port ?? port, tls, certificate }
    })
  }

  get http(): OpenPages | null {
    const where = this.#pages.where
    return where && { ...placeOf(where), publicUrl: where.settings.publicUrl }
  }

  get admin(): OpenAdmin | null {
    const where = this.#admin.where
    return where && placeOf(where)
  }

  get keys(): readonly SigningKey[] {
    return this.#at.current.dependencies.keys.keyring.keys
  }

  get generatedKeys(): readonly SigningKey[] {
    return this.#at.current.dependencies.generatedKeys
  }

  get died(): Promise<Error> {
    return this.#lasting.died
  }

  checkCertificates(): Promise<boolean> {
    return this.#listeners.certificates.check()
  }

  reload(): Promise<boolean> {
    const { keys, bounceKeys } = this.#at.current.dependencies
    return readAgain([this.#listeners.certificates, keys, bounceKeys])
  }

  change(config: RelayConfig): Promise<readonly string[]> {
    const changed = this.#changing.then(() => this.#change(config))
    this.#changing = changed.catch(() => undefined)
    return changed
  }

  status(): Promise<RelayStatus> {
    const times = { startedAt: this.#startedAt, configuredAt: this.#changedAt }
    return relayStatus(this.#lasting.store, { ...times, now: this.#outside.clock() })
  }

  async report(): Promise<Answer<'status'>> {
    const { listeners, http, admin } = this
    return { version: this.#outside.runner?.version ?? '', ...(await this.status()), listeners, http, admin }
  }

  async stop(): Promise<void> {
    await this.#changing
    await Promise.all([
      this.#listeners.close(stopGraceMilliseconds),
      ...[this.#pages, this.#admin].map(one => one.close(stopGraceMilliseconds)),
    ])
    const all = [this.#at.current, ...this.#retiring.keys()]
    await Promise.all(all.map(({ path }) => path.stop(stopGraceMilliseconds)))
    await Promise.all([...this.#retiring.values(), this.#at.current.dependencies.closing.disposeAsync()])
    await this.#lasting.close()
  }

  async #change(config: RelayConfig): Promise<readonly string[]> {
    const before = this.#at.current
    // The next one begins with what is in the store, and this one must not write over it later.
    await keepAccountRates(before.dependencies.rates, before.dependencies)
    const next = await openGeneration(config, this.#outside, this.#lasting)
    const prepared = await this.#prepare(next).catch(async error => {
      await next.dependencies.closing.disposeAsync()
      throw error
    })
    this.#at.current = next
    for (const one of prepared) one.use()
    this.#watchWeb()
    this.#changedAt = this.#outside.clock()
    const retired = handOver(before, next, this.#listeners.all).finally(() => this.#retiring.delete(before))
    this.#retiring.set(before, retired)
    return onlyAtStart(before.config, config)
  }

  async #prepare(next: Generation): Promise<readonly Prepared[]> {
    const web = await this.#prepareWeb(next)
    try {
      return [...web, await this.#listeners.prepare(next.config)]
    } catch (error) {
      for (const one of web) await one.discard()
      throw error
    }
  }

  async #prepareWeb(next: Generation): Promise<readonly Prepared[]> {
    const pages = await this.#pages.prepare(next)
    try {
      return [pages, await this.#admin.prepare(next)]
    } catch (error) {
      await pages.discard()
      throw error
    }
  }

  #watchWeb(): void {
    for (const { watched } of [this.#pages, this.#admin])
      if (watched !== undefined) this.#listeners.certificates.watch(watched)
  }
}

/** @throws OperationFailed that says why everything stays as it is */
async function reloadBy(runner: RelayRunner | undefined): Promise<Answer<'reload'>> {
  if (runner === undefined)
    throw new OperationFailed('this relay is part of another program, which has its configuration')
  return runner.reload().catch((cause: Error) => {
    throw new OperationFailed(cause.message, { cause })
  })
}

function placeOf({ address, port, tls }: OpenAdmin): OpenAdmin {
  return { address, port, tls }
}

/** Twice: a look that was under way already may have read a file before it was changed. */
async function readAgain(watches: readonly { check(): Promise<boolean> }[]): Promise<boolean> {
  await Promise.all(watches.map(watch => watch.check()))
  const looks = await Promise.all(watches.map(watch => watch.check()))
  return !looks.includes(false)
}
