/** A listener with hooks that record what they are asked, for tests of the receiving stage. */
import { type Listener, startListener } from '../../src/receive/listener.ts'
import type { Received, ReceiveEvent, ReceiveHooks, TransactionContext } from '../../src/receive/received.ts'
import type { ListenerSettings, ReceiveLimits } from '../../src/receive/settings.ts'
import { queued, relayingDenied, unknownRecipient } from '../../src/smtp/replies.ts'
import { RawClient, type RawClientSettings } from './raw-client.ts'

export const testLimits: ReceiveLimits = {
  maxMessageBytes: 52_428_800,
  maxHeaderBytes: 1_048_576,
  maxHeaderLines: 5_000,
  maxLineBytes: 100_000,
  maxRecipients: 100,
  maxTransactions: 1_000,
  maxConnections: 500,
  maxConnectionsPerPeer: 50,
  maxMemoryBytes: 268_435_456,
  maxCommandBytes: 4_096,
  maxErrors: 20,
  idleTimeoutMilliseconds: 300_000,
  commandTimeoutMilliseconds: 300_000,
  dataTimeoutMilliseconds: 600_000,
}

/** The judgement of a recipient that is accepted. */
export const acceptedRecipient = { kind: 'accepted', role: { kind: 'originate' } } as const

/** The fixed clock of the rig: Sat, 21 Nov 2026 10:20:30 UTC. */
export const rigTimeMilliseconds = Date.UTC(2026, 10, 21, 10, 20, 30)

export interface RigSettings {
  readonly listener?: Partial<Omit<ListenerSettings, 'limits'>>
  readonly limits?: Partial<ReceiveLimits>
  readonly hooks?: Partial<ReceiveHooks>
}

/**
 * Accepts mail for every address of alias.example but `nobody`, refuses the rest, and answers at once (no wait before the greeting)
 * unless a test says otherwise.
 */
export class ListenerRig {
  readonly listener: Listener
  readonly messages: Received[]
  readonly events: ReceiveEvent[]
  readonly asked: [forwardPath: string, context: TransactionContext][]
  readonly #clients: RawClient[] = []
  #waiting: (() => void)[] = []

  private constructor(listener: Listener, record: Pick<ListenerRig, 'messages' | 'events' | 'asked'>) {
    this.listener = listener
    this.messages = record.messages
    this.events = record.events
    this.asked = record.asked
  }

  static async start(settings: RigSettings = {}): Promise<ListenerRig> {
    const record: Pick<ListenerRig, 'messages' | 'events' | 'asked'> = { messages: [], events: [], asked: [] }
    let rig: ListenerRig | undefined
    let queueIds = 0
    const hooks: ReceiveHooks = {
      nextQueueId: () => `Q${++queueIds}`,
      clock: () => rigTimeMilliseconds,
      sender: () => undefined,
      recipient: (forwardPath, context) => {
        record.asked.push([forwardPath, context])
        if (forwardPath.startsWith('nobody@')) return { kind: 'refused', reply: unknownRecipient }
        const isOurs = /^postmaster$|@alias\.example$/i.test(forwardPath)
        return isOurs ? acceptedRecipient : { kind: 'refused', reply: relayingDenied }
      },
      accept: async received => {
        record.messages.push(received)
        return queued(received.queueId)
      },
      log: event => {
        record.events.push(event)
        rig?.wake()
      },
      ...settings.hooks,
    }
    const listener = await startListener(listenerSettings(settings), hooks)
    rig = new ListenerRig(listener, record)
    return rig
  }

  get port(): number {
    return this.listener.port
  }

  /** A connected client that has not read the greeting yet. */
  async client(settings: Partial<RawClientSettings> = {}): Promise<RawClient> {
    const client = await RawClient.connect({ port: this.port, ...settings })
    this.#clients.push(client)
    return client
  }

  /** A client that has said EHLO. */
  async greeted(settings: Partial<RawClientSettings> = {}): Promise<RawClient> {
    const client = await this.client(settings)
    await client.reply()
    await client.command('EHLO client.example')
    return client
  }

  /** A client that was asked for a message to team@alias.example. */
  async inData(mail = 'MAIL FROM:<author@origin.example>'): Promise<RawClient> {
    const client = await this.greeted()
    await client.commands(mail, 'RCPT TO:<team@alias.example>', 'DATA')
    return client
  }

  /** Resolves with the first event, past or future, for which the condition holds. */
  async event(condition: (event: ReceiveEvent) => boolean): Promise<ReceiveEvent> {
    for (;;) {
      const found = this.events.find(condition)
      if (found !== undefined) return found
      await new Promise<void>(resolve => this.#waiting.push(resolve))
    }
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.end()
    await this.listener.close(0)
  }
}

function listenerSettings(settings: RigSettings): ListenerSettings {
  return {
    name: 'mx',
    address: '127.0.0.1',
    port: 0,
    hostname: 'relay.example',
    tls: 'none',
    earlyTalkerDelayMilliseconds: 0,
    trustedNetworks: [],
    noDelayNetworks: [],
    proxyNetworks: [],
    proxyHeaderMilliseconds: 5_000,
    ...settings.listener,
    limits: { ...testLimits, ...settings.limits },
  }
}
