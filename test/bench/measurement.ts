/** Single measurements of one system, with the load client before it and the sink behind it. */
import type { KeyObject } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchCase } from './cases.ts'
import type { Child } from './child.ts'
import { type Latency, percentile, type RunFigures } from './figures.ts'
import type { FillOrder, LoadOrder, LoadReport, PaceOrder, PaceReport } from './load-client.ts'
import { mostMessages } from './message-pool.ts'
import type { MessageKind } from './messages.ts'
import { type MeasuredSystem, recipientOf } from './systems.ts'

export interface MeasureSettings {
  /** How long messages are sent in one run; it lasts until the sink has all of them. */
  readonly secondsPerRun: number
  /** Messages to each system before the first run. */
  readonly warmUpMessages: number
  /** Messages in a run that measures latency. */
  readonly pacedMessages: number
}

const pacedPerSecond = 50
/** More than either system takes; a run that does use up its pool ends with it, and its rate is that of what was sent. */
const mostPerSecond = 3000
/** After so many messages somebody who waits for the pool hears of it. */
const messagesPerFill = 1000
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
  /** What the originator signs with; the same for all messages, so that what one run leaves is good for the next. */
  readonly #origin: Pick<MessageKind, 'timestampSeconds' | 'key'>
  readonly #progress: (text: string) => void

  /**
   * @param key private key of origin.example
   * @param progress told of the messages that are signed for a run
   */
  constructor(
    client: Child,
    sink: Child,
    settings: MeasureSettings,
    key: KeyObject,
    progress: (text: string) => void,
  ) {
    this.#progress = progress
    this.#client = client
    this.#sink = sink
    this.#settings = settings
    this.#origin = {
      timestampSeconds: Math.floor(Date.now() / 1000),
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }

  /** Sends thousands of messages of all kinds, so that figures are those of compiled code, and looks whether the relay does its work. */
  async warmUp(system: MeasuredSystem): Promise<void> {
    const { warmUpMessages } = this.#settings
    const traffic = { sessions: 10, isSigned: true, keys: 'ed25519', earlyTalkerWait: false } as const
    const parts = [
      { messages: warmUpMessages / 8, sizeBytes: 65_536, connection: 'kept' },
      { messages: warmUpMessages / 4, sizeBytes: 4096, connection: 'each' },
      { messages: warmUpMessages, sizeBytes: 4096, connection: 'kept' },
    ] as const
    for (const { messages, ...part } of parts) {
      await this.#fill({ ...traffic, ...part }, messages)
      await this.#load(system, { ...traffic, ...part }, messages)
    }
    if (system.kind === 'relay') checkHeader(await this.#sink.ask<string>('lastHeader'))
  }

  /** One run of a case. */
  async run(system: MeasuredSystem, one: BenchCase): Promise<RunFigures> {
    await this.#fill(one, this.#settings.secondsPerRun * mostPerSecond)
    const before = system.usage()
    const { messages, seconds } = await this.#load(system, one)
    const after = system.usage()
    return {
      messagesPerSecond: messages / seconds,
      cpuMillisecondsPerMessage: ((after.cpuSeconds - before.cpuSeconds) * 1000) / messages,
      writtenBytesPerMessage: (after.writtenBytes - before.writtenBytes) / messages,
    }
  }

  /** Latency at a load that leaves everything idle most of the time. */
  async latency(system: MeasuredSystem, one: BenchCase): Promise<Latency> {
    await this.#fill(one, this.#settings.pacedMessages)
    const order: PaceOrder = {
      ...targetOf(system, one),
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
    system: MeasuredSystem,
    traffic: Traffic,
    maxMessages?: number,
  ): Promise<{ messages: number; seconds: number }> {
    const order: LoadOrder = {
      ...targetOf(system, traffic),
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

  /** Has so many messages signed, as far as they fit into the pool, before any clock runs. */
  async #fill({ sizeBytes, isSigned, keys }: Traffic, messages: number): Promise<void> {
    const wanted = Math.min(Math.ceil(messages), mostMessages({ sizeBytes }))
    const kind = { sizeBytes, isSigned, recipient: recipientOf(keys), ...this.#origin }
    for (let ready = 0; ready < wanted; ) {
      ready = Math.min(wanted, ready + messagesPerFill)
      const order: FillOrder = { kind, messages: ready }
      const made = await this.#client.ask<number>('fill', order)
      if (made > 0) this.#progress(`${ready} of ${wanted} messages of ${sizeBytes} octets are ready`)
    }
  }

  /** When the last of so many messages reached the sink. Rejects when one does not come in time. */
  async #allArrived(system: MeasuredSystem, messages: number): Promise<number> {
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

function targetOf(
  system: MeasuredSystem,
  { keys, connection, sessions, earlyTalkerWait }: Traffic,
): Omit<LoadOrder, 'seconds' | 'maxMessages'> {
  const port = earlyTalkerWait ? system.ports.waiting : system.ports.prompt
  return { port, recipient: recipientOf(keys), connection, sessions }
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
