/** Relays that find each other through DNS: each has a domain, announced by SRV for implicit TLS, and a listener for local clients. */
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { Stage } from './stage.ts'
import { relayOn } from './stage.ts'
import type { TestRelay } from './test-relay.ts'
import { publishKeys } from './test-relay.ts'

export interface MeshRelay extends TestRelay {
  /** Port for clients that may send for the own domain. */
  readonly localPort: number
}

/** A relay for one domain; found by every other one of the stage. */
export async function meshRelay(
  on: Stage,
  domain: string,
  aliases: Record<string, string[]>,
  config: Partial<RelayConfigInput> = {},
): Promise<MeshRelay> {
  const hostname = `relay.${domain}`
  const relay = await relayOn(on, {
    hostname,
    domains: { [domain]: { aliases } },
    listeners: [
      { name: 'smtps', port: 0, tls: 'implicit', earlyTalkerDelayMilliseconds: 0 },
      { name: 'local', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0, trustedClients: ['127.0.0.1'] },
    ],
    delivery: { serviceCertificates: 'encrypt-only' },
    queue: { retrySeconds: [1], thenEverySeconds: 1 },
    ...config,
  })
  publishKeys(on.zone, {
    [domain]: { '_smtp-tls._tcp': [['srv', `0 0 ${relay.port} ${hostname}`]] },
    [hostname]: { '@': [['a', '127.0.0.1']] },
  })
  const localPort = relay.relay.listeners.find(listener => listener.name === 'local')?.port ?? 0
  return { ...relay, localPort }
}
