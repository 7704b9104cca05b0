/** Opens the listeners of the configuration, with their certificates. */
import type { RelayConfig } from '../config/schema.ts'
import * as limits from '../limits.ts'
import { ownCertificate, readCertificate } from '../receive/certificate.ts'
import type { Listener } from '../receive/listener.ts'
import { startListener } from '../receive/listener.ts'
import { MemoryBudget } from '../receive/memory-budget.ts'
import type { ReceiveHooks } from '../receive/received.ts'
import type { Certificate } from '../receive/settings.ts'
import { listenerSettings } from './settings.ts'

/**
 * All of them or none: what was opened is closed again when one cannot be.
 *
 * @throws Error naming the listener and its address
 */
export async function openListeners(config: RelayConfig, hooks: ReceiveHooks): Promise<Listener[]> {
  const memory = new MemoryBudget(limits.maxReceivedBytesInMemory)
  const opened: Listener[] = []
  try {
    for (const listener of config.listeners) {
      const certificate =
        listener.tls === 'none' ? undefined : await certificateOf(config, listener, hooks.clock())
      opened.push(await startListener(listenerSettings(config, listener, certificate, memory), hooks))
    }
    return opened
  } catch (cause) {
    await Promise.all(opened.map(listener => listener.close(0)))
    const failed = config.listeners[opened.length]
    const where = `listener ${failed?.name} on ${failed?.address}:${failed?.port}`
    throw new Error(`${where} cannot be opened: ${(cause as Error).message}`, { cause })
  }
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
