/**
 * A relay in this process with one message for many destinations, some of which never answer. Discovery asks a resolver in
 * memory; everything else is as in a running relay: store, signatures, sockets, limits.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/load.ts'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import type { Answer, Resolver } from '../../src/dns/resolver.ts'
import type { LogFields, Logger } from '../../src/log/log.ts'
import { startRelay } from '../../src/relay.ts'
import { plainMessage, send } from '../support/send.ts'
import { takeOrders } from './orders.ts'
import { nowMilliseconds } from './wire.ts'

export interface DestinationsOrder {
  readonly folder: string
  /** Port of the sink on 127.0.0.1, and of the host that never answers on 127.0.0.2. */
  readonly port: number
  readonly destinations: number
  /** Spread evenly among them. */
  readonly dead: number
}

/** Targets of one alias; a relay allows 1,000. */
const perAlias = 1_000

async function run({ folder, port, destinations, dead }: DestinationsOrder): Promise<number> {
  const own = await mkdtemp(join(folder, 'destinations-'))
  const deliveries = new DeliveryLog(destinations - dead)
  const isDead = (name: string) =>
    dead > 0 && Number(/\d+/.exec(name)?.[0]) % Math.floor(destinations / dead) === 0
  const relay = await startRelay(parseConfig(config(port, destinations), { file: 'bench', folder: own }), {
    clock: () => Date.now(),
    random: octets => randomBytes(octets),
    log: deliveries,
    resolver: resolver(isDead),
  })
  const to = Array.from({ length: Math.ceil(destinations / perAlias) }, (_, at) => `all${at}@alias.example`)
  await send(relay.listeners[0]?.port ?? 0, { from: 'a@alias.example', to, octets: plainMessage() })
  const milliseconds = await deliveries.milliseconds
  await relay.stop()
  await rm(own, { recursive: true, force: true })
  return milliseconds
}

function config(smtpPort: number, destinations: number): RelayConfigInput {
  const aliases: Record<string, string[]> = {}
  for (let at = 0; at < destinations; at++) {
    const name = `all${Math.floor(at / perAlias)}`
    aliases[name] = [...(aliases[name] ?? []), `r@d${at}.example`]
  }
  const listener = { name: 'mx', port: 0, tls: 'none', earlyTalkerDelayMilliseconds: 0 } as const
  return {
    hostname: 'relay.alias.example',
    listeners: [{ ...listener, trustedClients: ['127.0.0.1'] }],
    domains: { 'alias.example': { aliases, signing: { selectors: ['ed'] } } },
    delivery: { allowPrivateAddresses: true, smtpPort, mtaSts: false },
  }
}

function resolver(isDead: (name: string) => boolean): Resolver {
  const absent: Answer<never> = { kind: 'absent' }
  return {
    txt: async () => absent,
    srv: async () => absent,
    pointers: async () => absent,
    tlsa: async () => absent,
    uri: async () => absent,
    alias: async () => absent,
    mx: async name => ({ kind: 'records', records: [{ preference: 10, exchange: `mx.${name}` }] }),
    addresses: async name => {
      const address = isDead(name) ? '127.0.0.2' : '127.0.0.1'
      return { kind: 'records', records: [{ address, family: 4 }] }
    },
  }
}

/** Waits until so many messages were delivered: from the first of them on. */
class DeliveryLog implements Logger {
  readonly milliseconds: Promise<number>
  readonly #resolve: (milliseconds: number) => void
  #left: number
  #firstAt: number | undefined

  constructor(expected: number) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.milliseconds = promise
    this.#resolve = resolve
    this.#left = expected
  }

  debug(): void {}

  info(_fields: LogFields, text: string): void {
    if (text !== 'delivered') return
    this.#firstAt ??= nowMilliseconds()
    this.#left--
    if (this.#left === 0) this.#resolve(nowMilliseconds() - this.#firstAt)
  }

  warn(): void {}

  error(fields: LogFields, text: string): void {
    process.stderr.write(`${text} ${JSON.stringify(fields)}\n`)
  }

  child(): Logger {
    return this
  }
}

takeOrders({ run })
