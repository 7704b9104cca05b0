/**
 * Several relays on one store, one of which is killed every so often: every message that was acknowledged, and every copy of a post, has to
 * arrive; what arrives twice is counted; and no delivery is ever in the hands of two.
 */
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { slowAttempts } from '../../src/limits.ts'
import { addressKey } from '../../src/lists/list-address.ts'
import { openStoreBeside } from '../../src/store/open-store.ts'
import type { StorePlace } from '../../src/store/settings.ts'
import type { Store } from '../../src/store/store.ts'
import { DnsServer } from '../support/dns-server.ts'
import { freePorts } from '../support/free-ports.ts'
import { originator } from '../support/originator.ts'
import { PostgresServer } from '../support/postgres.ts'
import { startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { type OpenZone, testConfig } from '../support/test-relay.ts'
import { ServingRelays } from './scale-relays.ts'

export interface ScaleSettings {
  readonly engine: 'sqlite' | 'postgres'
  readonly relays: number
  /** Through an alias, each to one address. */
  readonly messages: number
  /** Of the list that gets one post. */
  readonly subscribers: number
  readonly killEveryMilliseconds: number
  /** No message is sent after this time, however many there are. Default: none is left out. */
  readonly loadMilliseconds?: number
  readonly progress: (text: string) => void
}

export interface ScaleFigures {
  readonly kills: number
  readonly acknowledged: number
  readonly copies: number
  readonly missing: readonly string[]
  /** Arrivals beyond the first of a copy. */
  readonly twice: number
  /** How many can arrive twice: so many copies are under way, or wait to be recorded, in a relay that is killed. */
  readonly mostTwice: number
  /** Deliveries of which two attempts were under way at the same time, or that were delivered twice by the record. */
  readonly claimedByTwo: readonly string[]
  readonly released: number
  /** How many of them for each kill. */
  readonly underWay: number
  /** How many relays have taken messages. */
  readonly relaysSeen: number
  /** From the post to the last copy. */
  readonly milliseconds: number
}

const clients = 16
const perDestination = 10
const total = 20
/** As in the tests of a single relay: copies under way, slow ones that left their place, and those whose outcome waits for its commit. */
const underWay = perDestination + total + slowAttempts.perPlace * total
/** After the last kill: as long as something arrives, or its state changes, within this time, it is waited for. */
const standstillMilliseconds = 120_000
const giveUpMilliseconds = 2_000

export async function scaleCampaign(settings: ScaleSettings): Promise<ScaleFigures> {
  await using closing = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'dkim2-scale-'))
  closing.defer(() => rm(folder, { recursive: true, force: true }))
  const zone: OpenZone = {}
  const [dns, sink, ports] = [await DnsServer.start(zone), await Sink.start(), await freePorts(1)]
  closing.defer(async () => void (await Promise.all([dns.close(), sink.close()])))
  const server = settings.engine === 'postgres' ? await PostgresServer.start() : undefined
  closing.defer(async () => server?.stop())
  const url = server?.url(await server.newDatabase())
  const config = configOf(settings, { dns, folder, sinkPort: sink.port, port: ports[0] ?? 0, url })
  const place: StorePlace = url === undefined ? join(folder, 'data', 'relay.sqlite') : { url, connections: 3 }
  // The first start makes the folder and the tables.
  await (await startRelayProcess({ ...config, processes: 1 }, folder, zone)).end('SIGTERM')
  const list = await withStore(place, store => makeList(store, settings.subscribers))
  const relays = new ServingRelays(settings.relays)
  const relay = await startRelayProcess(config, folder, zone, { onLog: line => relays.read(line) })
  closing.defer(async () => void (await relay.end('SIGTERM')))
  await relay.logged('a relay process serves', settings.relays)
  const run = new Run(settings, { port: relay.port, relays, sink, place })
  const envelope = { from: 'jane@origin.example', to: ['news@list.example'] }
  await run.post(await originator(zone).sign(plainMessage({ subject: 'post' }), envelope), envelope, list)
  await run.load()
  await run.settle()
  return run.figures()
}

interface Surroundings {
  readonly dns: DnsServer
  readonly folder: string
  readonly sinkPort: number
  readonly port: number
  readonly url: string | undefined
}

function configOf(
  { relays }: ScaleSettings,
  { dns, folder, sinkPort, port, url }: Surroundings,
): RelayConfigInput {
  const config: Omit<RelayConfigInput, 'hostname' | 'dataDirectory' | 'keysDirectory'> = {
    processes: relays,
    listeners: [{ name: 'mx', port, tls: 'none', earlyTalkerDelayMilliseconds: 0 }],
    domains: {
      'list.example': { aliases: {} },
      'alias.example': { aliases: { team: ['one@destination.example'] } },
    },
    routes: { 'destination.example': { host: '127.0.0.1', port: sinkPort, tls: 'none' } },
    queue: { retrySeconds: [1], thenEverySeconds: 1 },
    delivery: { perDestination, total },
    ...(url !== undefined && { store: { postgres: url, connections: 6 } }),
    log: { level: 'info', format: 'json' },
  }
  return testConfig({ dns, config }, folder)
}

async function withStore<T>(place: StorePlace, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStoreBeside(place, 'change')
  return use(store).finally(() => store.close())
}

async function makeList(store: Store, subscribers: number): Promise<string[]> {
  const settings = { owners: ['owner@owners.example'], posting: 'anyone' }
  const listId = await store.createList({ address: 'news@list.example', settings, createdAt: 1_000 })
  const people = Array.from({ length: subscribers }, (_, at) => `s${at}@destination.example`)
  for (let at = 0; at < people.length; at += 1_000) {
    const some = people.slice(at, at + 1_000).map(address => ({ address, addressKey: addressKey(address) }))
    await store.subscribe(listId, some, 1_000)
  }
  return people
}

interface RunDependencies {
  readonly port: number
  readonly relays: ServingRelays
  readonly sink: Sink
  readonly place: StorePlace
}

class Run {
  readonly #settings: ScaleSettings
  readonly #dependencies: RunDependencies
  readonly #startedAt = performance.now()
  /** Copies that have to arrive and have not. */
  readonly #missing = new Set<string>()
  readonly #isThere = new Set<string>()
  #arrivals = 0
  #looked = 0
  #acknowledged = 0
  #sent = 0
  #kills = 0
  #released = 0
  #isLoading = true
  #claimedByTwo: string[] = []
  #endedAt = 0

  constructor(settings: ScaleSettings, dependencies: RunDependencies) {
    this.#settings = settings
    this.#dependencies = dependencies
  }

  /** One post, taken before anything is killed. */
  async post(
    octets: Buffer,
    envelope: { readonly from: string; readonly to: readonly string[] },
    readers: readonly string[],
  ): Promise<void> {
    const { data } = await send(this.#dependencies.port, { ...envelope, octets })
    if (!data.startsWith('250')) throw new Error(`the post was not taken: ${data}`)
    for (const reader of readers) this.#missing.add(`post ${reader}`)
  }

  /** Messages through the alias, and a relay killed every so often, until all are acknowledged. */
  async load(): Promise<void> {
    const killing = this.#kill()
    await Promise.all(Array.from({ length: clients }, () => this.#client()))
    this.#isLoading = false
    await killing
  }

  async #client(): Promise<void> {
    const { messages, loadMilliseconds = Number.POSITIVE_INFINITY } = this.#settings
    const end = performance.now() + loadMilliseconds
    while (this.#acknowledged < messages && performance.now() < end) {
      const subject = `m${this.#sent++}`
      const mail = {
        from: 'a@origin.example',
        to: ['team@alias.example'],
        octets: plainMessage({ subject, body: 'x'.repeat(2_000) }),
      }
      const sent = send(this.#dependencies.port, mail).catch(() => undefined)
      const reply = await Promise.race([sent, pause(giveUpMilliseconds, undefined, { ref: false })])
      if (reply?.data.startsWith('250') !== true) continue
      this.#acknowledged += 1
      this.#missing.add(`${subject} one@destination.example`)
    }
  }

  async #kill(): Promise<void> {
    const { progress, messages, killEveryMilliseconds } = this.#settings
    for (;;) {
      await pause(killEveryMilliseconds)
      if (!this.#isLoading) return
      if (this.#dependencies.relays.killNext()) this.#kills += 1
      this.#look()
      progress(
        `${this.#seconds()} s, ${this.#kills} kills, ${this.#acknowledged} of ${messages} acknowledged, ${this.#isThere.size} copies, ${this.#missing.size} missing`,
      )
    }
  }

  /** Nothing is killed any more; what was held because relays ended during it is released. */
  async settle(): Promise<void> {
    await withStore(this.#dependencies.place, async store => {
      let last = ''
      for (let changedAt = performance.now(); performance.now() - changedAt < standstillMilliseconds; ) {
        const state = await this.#settleOnce(store)
        if (state === undefined) break
        if (state !== last) changedAt = performance.now()
        last = state
        await pause(250)
      }
      this.#endedAt = performance.now()
      this.#settings.progress(`${this.#seconds()} s, ${last}: the record of the attempts is read`)
      this.#claimedByTwo = await claimedByTwo(store)
    })
  }

  /** What there is still to do, as text; undefined: nothing. */
  async #settleOnce(store: Store): Promise<string | undefined> {
    if ((await store.suspectWork()).some(one => one.isHeld))
      this.#released += await store.releaseDeliveries({ kind: 'all' }, Date.now())
    const { spooled, queued, held } = await store.counts()
    this.#look()
    if (this.#missing.size + spooled + queued + held === 0) return undefined
    return `${this.#missing.size} missing, ${spooled} spooled, ${queued} queued, ${held} held`
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#startedAt) / 1000)
  }

  /** Each message is looked at once: there are tens of thousands, and this is asked several times a second. */
  #look(): void {
    const { messages } = this.#dependencies.sink
    for (; this.#looked < messages.length; this.#looked++) {
      const { octets, forwardPaths } = messages[this.#looked] ?? { octets: Buffer.of(), forwardPaths: [] }
      const subject = /^Subject: (?:\[[^\]]*\] )?(\S+)/m.exec(octets.toString('latin1'))?.[1] ?? ''
      for (const path of forwardPaths) {
        this.#arrivals += 1
        this.#isThere.add(`${subject} ${path}`)
      }
    }
    for (const copy of this.#missing) if (this.#isThere.has(copy)) this.#missing.delete(copy)
  }

  figures(): ScaleFigures {
    const copies = this.#isThere.size
    return {
      kills: this.#kills,
      acknowledged: this.#acknowledged,
      copies,
      missing: [...this.#missing],
      twice: this.#arrivals - copies,
      mostTwice: this.#kills * underWay,
      underWay,
      claimedByTwo: this.#claimedByTwo,
      released: this.#released,
      relaysSeen: this.#dependencies.relays.seen,
      milliseconds: this.#endedAt - this.#startedAt,
    }
  }
}

/** By the record of the attempts: none of a delivery begins before the one before has ended, and one at most delivers it. */
async function claimedByTwo(store: Store): Promise<string[]> {
  const wrong: string[] = []
  for (let before: string | undefined; ; ) {
    const page = await store.listMessages({ limit: 200, ...(before !== undefined && { before }) })
    for (const { queueId } of page) {
      const history = await store.showMessage(queueId)
      for (const { ordinal, log } of history?.deliveries ?? []) {
        const overlaps = log.some((one, at) => one.startedAt < (log[at - 1]?.endedAt ?? 0))
        const delivered = log.filter(({ outcome }) => outcome === 'delivered').length
        if (overlaps || delivered > 1) wrong.push(`${queueId} ${ordinal}`)
      }
    }
    before = page.at(-1)?.queueId
    if (before === undefined) return wrong
  }
}
