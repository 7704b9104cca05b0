/** Single measurements of one system, with the load client before it and the sink behind it. */
import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchCase } from './cases.ts'
import type { Child } from './child.ts'
import { type Latency, percentile, type RunFigures } from './figures.ts'
import type { LoadOrder, LoadReport, PaceOrder, PaceReport } from './load-client.ts'
import type { PoolOrder } from './messages.ts'
import { usageOf } from './process-usage.ts'
import { recipientOf, type System } from './systems.ts'

export interface MeasureSettings {
  /** How long messages are sent in one run; it lasts until the sink has all of them. */
  readonly secondsPerRun: number
  /** Messages to each system before the first run. */
  readonly warmUpMessages: number
  /** Messages in a run that measures latency. */
  readonly pacedMessages: number
}

const pacedPerSecond = 50
/** Different messages of a kind. */
const poolMessages = 200
/** How long the sink may wait for messages that were accepted. */
const drainMilliseconds = 60_000
/** After the last message has arrived a system writes down that it has; that counts too. */
const settleMilliseconds = 100

/** What a message and its way are like. */
type Traffic = Pick<
  BenchCase,
  'sizeBytes' | 'connection' | 'sessions' | 'isSigned' | 'keys' | 'earlyTalkerWait'
>

export class Measurement {
  readonly #client: Child
  readonly #sink: Child
  readonly #settings: MeasureSettings
  readonly #key: KeyObject
  readonly #pools = new Map<string, Promise<unknown>>()

  /** @param key private key of origin.example */
  constructor(client: Child, sink: Child, settings: MeasureSettings, key: KeyObject) {
    this.#client = client
    this.#sink = sink
    this.#settings = settings
    this.#key = key
  }

  /** Sends thousands of messages of all kinds, so that figures are those of compiled code, and looks whether the relay does its work. */
  async warmUp(system: System): Promise<void> {
    const { warmUpMessages } = this.#settings
    const traffic = { sessions: 10, isSigned: true, keys: 'ed25519', earlyTalkerWait: false } as const
    await this.#load(system, { ...traffic, sizeBytes: 65_536, connection: 'kept' }, warmUpMessages / 8)
    await this.#load(system, { ...traffic, sizeBytes: 4096, connection: 'each' }, warmUpMessages / 4)
    await this.#load(system, { ...traffic, sizeBytes: 4096, connection: 'kept' }, warmUpMessages)
    if (system.kind === 'relay') checkHeader(await this.#sink.ask<string>('lastHeader'))
  }

  /** One run of a case. */
  async run(system: System, one: BenchCase): Promise<RunFigures> {
    const before = usageOf(system.child.pid)
    const { messages, seconds } = await this.#load(system, one)
    const after = usageOf(system.child.pid)
    return {
      messagesPerSecond: messages / seconds,
      cpuMillisecondsPerMessage: ((after.cpuSeconds - before.cpuSeconds) * 1000) / messages,
      writtenBytesPerMessage: (after.writtenBytes - before.writtenBytes) / messages,
    }
  }

  /** Latency at a load that leaves everything idle most of the time. */
  async latency(system: System, one: BenchCase): Promise<Latency> {
    const order: PaceOrder = {
      ...(await this.#target(system, one)),
      perSecond: pacedPerSecond,
      messages: this.#settings.pacedMessages,
    }
    await this.#sink.ask('reset')
    const sent = await this.#client.ask<PaceReport>('pace', order)
    await this.#allArrived(system, sent.length)
    const arrivals = new Map(await this.#sink.ask<[id: number, at: number][]>('arrivals'))
    const latencies = sent.map(([id, sentAt]) => (arrivals.get(id) ?? Number.NaN) - sentAt)
    return { median: percentile(latencies, 50), p99: percentile(latencies, 99) }
  }

  async #load(
    system: System,
    traffic: Traffic,
    maxMessages?: number,
  ): Promise<{ messages: number; seconds: number }> {
    const order: LoadOrder = {
      ...(await this.#target(system, traffic)),
      seconds: maxMessages === undefined ? this.#settings.secondsPerRun : Number.MAX_SAFE_INTEGER,
      maxMessages: maxMessages ?? Number.MAX_SAFE_INTEGER,
    }
    await this.#sink.ask('reset')
    const { messages, startedAt } = await this.#client.ask<LoadReport>('load', order)
    const lastArrivalAt = await this.#allArrived(system, messages)
    await sleep(settleMilliseconds)
    const arrived = await this.#sink.ask<number>('count')
    if (arrived !== messages) throw new Error(`${system.name}: ${arrived} messages arrived of ${messages}`)
    return { messages, seconds: (lastArrivalAt - startedAt) / 1000 }
  }

  async #target(system: System, traffic: Traffic): Promise<Omit<LoadOrder, 'seconds' | 'maxMessages'>> {
    const { sizeBytes, isSigned, keys, connection, sessions } = traffic
    const recipient = recipientOf(keys)
    const pool = `${sizeBytes} ${isSigned} ${recipient}`
    if (!this.#pools.has(pool)) this.#pools.set(pool, this.#prepare(pool, { sizeBytes, isSigned, recipient }))
    await this.#pools.get(pool)
    const port = traffic.earlyTalkerWait ? system.ports.waiting : system.ports.prompt
    return { port, recipient, pool, connection, sessions }
  }

  #prepare(name: string, kind: Pick<PoolOrder, 'sizeBytes' | 'isSigned' | 'recipient'>): Promise<unknown> {
    const order: PoolOrder = {
      ...kind,
      messages: poolMessages,
      timestampSeconds: Math.floor(Date.now() / 1000),
      key: this.#key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
    return this.#client.ask('prepare', { name, ...order })
  }

  /** When the last of so many messages reached the sink. Rejects when one does not come in time. */
  async #allArrived(system: System, messages: number): Promise<number> {
    const limit = new AbortController()
    const tooLate = sleep(drainMilliseconds, undefined, { signal: limit.signal }).then(async () => {
      throw new Error(
        `${system.name}: ${await this.#sink.ask('count')} of ${messages} messages reached the sink`,
      )
    })
    tooLate.catch(() => undefined)
    try {
      return await Promise.race([this.#sink.ask<number>('expect', messages), tooLate])
    } finally {
      limit.abort()
    }
  }
}

/** A relay that verified the first hop and added the second one. */
function checkHeader(header: string): void {
  if (
    !/^authentication-results:.*?(?:\r\n[ \t].*?)*?dkim2=pass/im.test(header) ||
    !/^dkim2-signature:\s*i=2;/im.test(header)
  ) {
    throw new Error(`the relay did not verify and sign:\n${header}`)
  }
}
