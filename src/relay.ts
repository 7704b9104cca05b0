/**
 * The wiring: objects are built from the configuration (service/path-dependencies.ts), listeners are opened in front of the message path
 * (service/message-path.ts), and both are ended in an order in which nothing is lost.
 */
import type { RelayConfig } from './config/schema.ts'
import { stopGraceMilliseconds } from './limits.ts'
import type { Logger } from './log/log.ts'
import type { Listener } from './receive/listener.ts'
import type { ReceiveEvent, ReceiveHooks } from './receive/received.ts'
import { openPages } from './service/http-listener.ts'
import { judgeSender, judgeTransaction } from './service/judge-envelope.ts'
import { openListeners } from './service/listeners.ts'
import { MessagePath } from './service/message-path.ts'
import type { PathDependencies } from './service/path-dependencies.ts'
import { openPathDependencies } from './service/path-dependencies.ts'
import type { RelayDependencies } from './service/relay-dependencies.ts'
import type { SigningKey } from './sign/signing-key.ts'

export type { RelayDependencies } from './service/relay-dependencies.ts'

/** A listener as people are told of it. */
export interface OpenListener {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly tls: 'starttls' | 'implicit' | 'none'
  /** null without TLS; `self-signed`: none is configured. */
  readonly certificate: 'configured' | 'self-signed' | null
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
  /** Every signing key, with the record to publish for it. */
  readonly keys: readonly SigningKey[]
  /** Keys that this start has made, because a domain had none. */
  readonly generatedKeys: readonly SigningKey[]
  /** Reads the certificates of the listeners again now; it is done every minute anyway. */
  checkCertificates(): Promise<boolean>
  /** Reads all certificates and keys again now. Never rejects; false when not all could be read, and those before stay. */
  reload(): Promise<boolean>
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
  const dependencies = await openPathDependencies(config, outside)
  const path = new MessagePath(dependencies)
  try {
    const { all, certificates } = await openListeners(
      config,
      receiveHooks(dependencies, path),
      dependencies.log,
    )
    const pages = await openPages(dependencies, path).catch(async error => {
      await certificates.stop()
      await Promise.all(all.map(listener => listener.close(0)))
      throw error
    })
    if (pages?.watched !== undefined) certificates.watch(pages.watched)
    path.start(all)
    return {
      listeners: config.listeners.map((listener, at) => openListener(listener, all[at])),
      http: pages && { ...pages.where, publicUrl: pages.publicUrl },
      checkCertificates: () => certificates.check(),
      reload: () => readAgain([certificates, dependencies.keys, dependencies.bounceKeys]),
      keys: dependencies.keys.keyring.keys,
      generatedKeys: dependencies.generatedKeys,
      died: dependencies.died,
      async stop() {
        await certificates.stop()
        const closing = all.map(listener => listener.close(stopGraceMilliseconds))
        await Promise.all([...closing, pages?.close(stopGraceMilliseconds)])
        await path.stop()
        await dependencies.closing.disposeAsync()
      },
    }
  } catch (error) {
    await dependencies.closing.disposeAsync()
    throw error
  }
}

/** Twice: a look that was under way already may have read a file before it was changed. */
async function readAgain(watches: readonly { check(): Promise<boolean> }[]): Promise<boolean> {
  await Promise.all(watches.map(watch => watch.check()))
  const looks = await Promise.all(watches.map(watch => watch.check()))
  return !looks.includes(false)
}

function openListener(
  listener: RelayConfig['listeners'][number],
  opened: Listener | undefined,
): OpenListener {
  const { name, address, port, tls } = listener
  const shown = listener.certificate === undefined ? 'self-signed' : 'configured'
  const certificate = tls === 'none' ? null : shown
  return { name, address: opened?.address ?? address, port: opened?.port ?? port, tls, certificate }
}

/** Stage 1 asks; the answers come from admission. */
function receiveHooks(dependencies: PathDependencies, path: MessagePath): ReceiveHooks {
  return {
    nextQueueId: () => dependencies.queueIds.next(),
    clock: () => dependencies.clock(),
    sender: reversePath => judgeSender(reversePath, dependencies.directory),
    recipient: (forwardPath, transaction) =>
      judgeTransaction(forwardPath, transaction, dependencies.directory),
    accept: (received, gone) => path.accept(received, gone),
    log: event => logReceiveEvent(dependencies.log, event),
  }
}

/** A session is told with its peer; what concerns a message carries its queue id. */
function logReceiveEvent(log: Logger, event: ReceiveEvent): void {
  const { event: word, text, ...fields } = event
  if (word === 'fault') log.error(fields, text ?? 'fault in a session')
  else if (word === 'refused') log.info(fields, text ?? 'refused')
  else log.debug(fields, text ?? word)
}
