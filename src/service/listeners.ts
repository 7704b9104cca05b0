/** Opens the listeners of the configuration, with their certificates. */
import type { RelayConfig } from '../config/schema.ts'
import * as limits from '../limits.ts'
import type { Logger } from '../log/log.ts'
import { ownCertificate, readCertificate } from '../receive/certificate.ts'
import type { Listener } from '../receive/listener.ts'
import { startListener } from '../receive/listener.ts'
import { MemoryBudget } from '../receive/memory-budget.ts'
import type { ReceiveHooks } from '../receive/received.ts'
import type { Certificate } from '../receive/settings.ts'
import { listenerSettings } from './settings.ts'
import { CertificateWatch, type WatchedListener } from './tls/certificate-watch.ts'

/** The listeners of a relay, in the order of the configuration, and what keeps their certificates fresh. */
export interface Listeners {
  readonly all: readonly Listener[]
  readonly certificates: CertificateWatch
}

/**
 * All of them or none: what was opened is closed again when one cannot be.
 *
 * @throws Error naming the listener and its address
 */
export async function openListeners(
  config: RelayConfig,
  hooks: ReceiveHooks,
  log: Logger,
): Promise<Listeners> {
  const memory = new MemoryBudget(limits.maxReceivedBytesInMemory)
  const all: Listener[] = []
  const watched: WatchedListener[] = []
  try {
    for (const one of config.listeners) {
      const read = () => certificateOf(config, one, hooks.clock())
      const certificate = one.tls === 'none' ? undefined : await read()
      const listener = await startListener(listenerSettings(config, one, certificate, memory), hooks)
      all.push(listener)
      if (certificate !== undefined) watched.push({ name: one.name, listener, certificate, read })
    }
  } catch (cause) {
    await Promise.all(all.map(listener => listener.close(0)))
    const failed = config.listeners[all.length]
    const where = `listener ${failed?.name} on ${failed?.address}:${failed?.port}`
    throw new Error(`${where} cannot be opened: ${(cause as Error).message}`, { cause })
  }
  const certificates = new CertificateWatch(watched, { log, clock: () => hooks.clock() })
  certificates.start()
  return { all, certificates }
}

function certificateOf(
  config: RelayConfig,
  listener: RelayConfig['listeners'][number],
  nowMilliseconds: number,
): Promise<Certificate> {
  if (listener.certificate !== undefined) {
    return readCertificate(listener.certificate.certificateFile, listener.certificate.keyFile)
  }
  return ownCertificate({ folder: config.keysDirectory, hostname: config.hostname, nowMilliseconds })
}
