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
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts'
import { plainMessage, send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { type OpenZone, testConfig } from '../support/test-relay.ts'

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
  /** How many relays have taken messages. */
  readonly relaysSeen: number
}

const clients = 16
const perDestination = 10
const total = 20
/** As in the tests of a single relay: copies under way, slow ones that left their place, and those whose outcome waits for its commit. */
const underWay = perDestination + total + slowAttempts.perPlace * total
const settleMilliseconds = 240_000
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
  const relay = await startRelayProcess(config, folder, zone)
  closing.defer(async () => void (await relay.end('SIGTERM')))
  await relay.logged('a relay process serves', settings.relays)
  const run = new Run(settings, { relay, sink, place })
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

class Run {
  readonly #settings: ScaleSettings
  readonly #relay: RelayProcess
  readonly #sink: Sink
  readonly #place: StorePlace
  readonly #owed = new Set<string>()
  readonly #arrived: string[] = []
  readonly #isThere = new Set<string>()
  #looked = 0
  #acknowledged = 0
  #sent = 0
  #kills = 0
  #released = 0
  #isLoading = true
  #claimedByTwo: string[] = []

  constructor(
    settings: ScaleSettings,
    { relay, sink, place }: { readonly relay: RelayProcess; readonly sink: Sink; readonly place: StorePlace },
  ) {
    this.#settings = settings
    this.#relay = relay
    this.#sink = sink
    this.#place = place
  }

  /** One post, taken before anything is killed. */
  async post(
    octets: Buffer,
    envelope: { readonly from: string; readonly to: readonly string[] },
    readers: readonly string[],
  ): Promise<void> {
    const { data } = await send(this.#relay.port, { ...envelope, octets })
    if (!data.startsWith('250')) throw new Error(`the post was not taken: ${data}`)
    for (const reader of readers) this.#owed.add(`post ${reader}`)
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
      const sent = send(this.#relay.port, mail).catch(() => undefined)
      const reply = await Promise.race([sent, pause(giveUpMilliseconds, undefined, { ref: false })])
      if (reply?.data.startsWith('250') !== true) continue
      this.#acknowledged += 1
      this.#owed.add(`${subject} one@destination.example`)
    }
  }

  async #kill(): Promise<void> {
    while (this.#isLoading) {
      await pause(this.#settings.killEveryMilliseconds)
      const pid = this.#processes().get(this.#kills % this.#settings.relays)
      if (pid === undefined || !this.#isLoading) continue
      try {
        process.kill(pid, 'SIGKILL')
        this.#kills += 1
      } catch {
        // It has ended by itself, or is not there again yet.
      }
      const { progress, messages } = this.#settings
      progress(
        `${this.#kills} kills, ${this.#acknowledged} of ${messages} acknowledged, ${this.#missing().length} on their way`,
      )
    }
  }

  /** The process that serves at each place, as the log has it. */
  #processes(): Map<number, number> {
    const serving = /"relay":(\d+),"pid":(\d+),"msg":"a relay process serves"/g
    return new Map(
      [...this.#relay.log().matchAll(serving)].map(([, place, pid]) => [Number(place), Number(pid)]),
    )
  }

  /** Nothing is killed any more; what was held because relays ended during it is released. */
  async settle(): Promise<void> {
    const deadline = performance.now() + settleMilliseconds
    await withStore(this.#place, async store => {
      for (;;) {
        if ((await store.suspectWork()).some(one => one.isHeld))
          this.#released += await store.releaseDeliveries({ kind: 'all' }, Date.now())
        const { spooled, queued, held } = await store.counts()
        if (this.#missing().length === 0 && spooled + queued + held === 0) break
        if (performance.now() > deadline) break
        await pause(250)
      }
      this.#claimedByTwo = await claimedByTwo(store)
    })
  }

  /** Each message is looked at once: there are tens of thousands, and this is asked several times a second. */
  #arrivals(): readonly string[] {
    for (const { octets, forwardPaths } of this.#sink.messages.slice(this.#looked)) {
      const subject = /^Subject: (?:\[[^\]]*\] )?(\S+)/m.exec(octets.toString('latin1'))?.[1] ?? ''
      for (const path of forwardPaths) {
        this.#arrived.push(`${subject} ${path}`)
        this.#isThere.add(`${subject} ${path}`)
      }
      this.#looked += 1
    }
    return this.#arrived
  }

  #missing(): string[] {
    this.#arrivals()
    return [...this.#owed].filter(copy => !this.#isThere.has(copy))
  }

  figures(): ScaleFigures {
    const arrivals = this.#arrivals()
    const copies = new Set(arrivals).size
    const seen = new Set(
      [...this.#relay.log().matchAll(/"relay":(\d+),"queueId"/g)].map(([, place]) => place),
    )
    return {
      kills: this.#kills,
      acknowledged: this.#acknowledged,
      copies,
      missing: this.#missing(),
      twice: arrivals.length - copies,
      mostTwice: this.#kills * underWay,
      claimedByTwo: this.#claimedByTwo,
      released: this.#released,
      relaysSeen: seen.size,
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
