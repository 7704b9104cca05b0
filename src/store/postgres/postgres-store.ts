/** The store on PostgreSQL, of a relay or of a command. */
import type { NewRelay } from '../relay-records.ts'
import type { Access } from '../settings.ts'
import type { RequestName, Requests } from '../sqlite/entry.ts'
import type { Blob } from '../sqlite/message-rows.ts'
import { enter, leave } from '../sqlite/relays.ts'
import { methodsBy } from '../sqlite/requests.ts'
import type { Store } from '../store.ts'
import { StoreError } from '../store-error.ts'
import { type Change, Committer } from './committer.ts'
import { type PostgresSettings, type ServerSettings, serverSettings } from './connection-settings.ts'
import { dmarcCounter } from './dmarc-counter.ts'
import { type Ask, Lane } from './lane.ts'
import { migrate } from './migrate.ts'
import { News, tellNews } from './news.ts'
import { type PostgresRequest, postgresRequest } from './requests.ts'
import { type Claimant, rerun } from './rerun.ts'
import { tlsCounter } from './tls-counter.ts'

/** Octets of one change: the server takes a gigabyte in one value, and answers it as text of twice the length. */
export const maxChangeBytes = 200 * 1024 * 1024

/** Opens it for a relay, and makes the tables or brings them up to date. Rejects with a StoreError. */
export async function openPostgresStore(settings: PostgresSettings, relay: NewRelay): Promise<Store> {
  const server = serverSettings(settings, false)
  const store = await PostgresStore.open(server, settings.connections, relay.name, false)
  return store.enter(relay)
}

/** Opens it for a command, beside relays that may be running. Rejects with a StoreError. */
export async function openPostgresStoreBeside(settings: PostgresSettings, access: Access): Promise<Store> {
  const server = serverSettings(settings, access === 'read')
  const store = await PostgresStore.open(server, 2, '', access === 'read')
  return store.facade()
}

class PostgresStore {
  readonly #claimant: Claimant = { relay: null }
  readonly #lanes: readonly Lane[]
  readonly #questions: readonly Lane[]
  readonly #committer: Committer
  readonly #news: News
  readonly #tlsSessions: ReturnType<typeof tlsCounter>
  readonly #dmarcResults: ReturnType<typeof dmarcCounter>
  readonly #name: string
  readonly #isReadOnly: boolean
  readonly #statistics = { requests: 0, commits: 0 }
  #asked = 0
  #listsVersion: number | undefined
  #refuse: StoreError | undefined

  private constructor(server: ServerSettings, connections: number, name: string, isReadOnly: boolean) {
    // One listens; of the others more change something than ask.
    const changing = Math.max(1, Math.ceil((connections - 1) / 2))
    this.#lanes = Array.from({ length: changing }, () => new Lane(server))
    this.#questions = Array.from({ length: Math.max(1, connections - 1 - changing) }, () => new Lane(server))
    this.#name = name
    this.#isReadOnly = isReadOnly
    this.#committer = new Committer({
      lanes: this.#lanes,
      name,
      onCommit: () => {
        this.#statistics.commits += 1
      },
    })
    this.#news = new News(server, name)
    this.#tlsSessions = tlsCounter(perform => this.#commit(perform, 'alone'))
    this.#dmarcResults = dmarcCounter(this.#claimant, (perform, kind) => this.#commit(perform, kind))
  }

  static async open(
    server: ServerSettings,
    connections: number,
    name: string,
    isReadOnly: boolean,
  ): Promise<PostgresStore> {
    const first = new Lane(server)
    try {
      const connection = await first.open()
      await migrate(connection, server.name, isReadOnly).catch((error: unknown) => {
        throw connection.toStoreError(error)
      })
      const [row] = (await connection.ask('SELECT gen_random_uuid()::text AS id')).rows
      return new PostgresStore(server, connections, `${name} ${row?.id}`, isReadOnly)
    } finally {
      await first.close()
    }
  }

  /** A relay begins to run on it. */
  async enter(relay: NewRelay): Promise<Store> {
    try {
      const isAfterCrash = await this.#commit(ask =>
        rerun(connection => enter(connection, relay), this.#claimant, ask),
      )
      await this.#news.start()
      await this.#openAhead()
      return { ...this.facade(), isAfterCrash: isAfterCrash === true }
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  /**
   * So that a relay whose file descriptors are used up by its clients still reaches its store. Where the server has no room for them the
   * relay starts with those it has.
   */
  async #openAhead(): Promise<void> {
    await Promise.allSettled([...this.#lanes, ...this.#questions].map(lane => lane.open()))
  }

  facade(): Store {
    const requests: Requests = {
      ...methodsBy((name, parameters) => this.#ask(name, parameters)),
      changesOfOthers: async () => this.#news.takeQueue(),
      listsVersion: () => this.#knownListsVersion(),
      countTlsSession: session => this.#tlsSessions.add(session),
      countDmarcResult: (judged, bounds) => this.#dmarcResults.add({ judged, bounds }),
    }
    return {
      ...requests,
      statistics: this.#statistics,
      relay: this.#claimant.relay,
      isAfterCrash: false,
      close: () => this.#close(),
    }
  }

  async #ask(name: RequestName, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#refuse !== undefined) throw this.#refuse
    this.#statistics.requests += 1
    const request = postgresRequest(name)
    if (request.isChange && this.#isReadOnly)
      throw new StoreError('read-only', 'the store is open for reading only')
    const blobs: Blob[] = []
    const rows = request.encode === undefined ? parameters : request.encode(blobs, ...parameters)
    const answer = await (request.isChange
      ? this.#change(request, rows, blobs)
      : this.#question(request, rows))
    return request.decode === undefined ? answer : request.decode(answer, ...parameters)
  }

  async #change(
    request: PostgresRequest,
    rows: readonly unknown[],
    blobs: readonly Blob[],
  ): Promise<unknown> {
    const sizeBytes = blobs.reduce((sum, { bytes }) => sum + bytes.byteLength, 0)
    if (sizeBytes > maxChangeBytes)
      throw new StoreError(
        'conflict',
        `${sizeBytes} octets are more than the ${maxChangeBytes} of one change`,
      )
    // The caller may use its buffers again; the statement is sent later.
    for (const blob of blobs) blob.bytes = Buffer.from(blob.bytes)
    const perform = async (ask: Ask) => {
      const answer = await request.perform(ask, this.#claimant, ...rows)
      if (request.isNews) await ask(tellNews, { name: this.#name })
      return answer
    }
    const answer = await this.#commit(perform, request.isGrouped ? 'grouped' : 'serial', sizeBytes)
    if (request.isNews) this.#news.listsChanged()
    return answer
  }

  #commit(
    perform: (ask: Ask) => Promise<unknown>,
    kind: Change['kind'] = 'serial',
    sizeBytes = 0,
  ): Promise<unknown> {
    return new Promise((resolve, reject) =>
      this.#committer.add({ kind, sizeBytes, perform, resolve, reject }),
    )
  }

  /** On a connection that turns out to have ended it is asked again on another one. */
  async #question(request: PostgresRequest, rows: readonly unknown[]): Promise<unknown> {
    const lane = this.#questions[this.#asked++ % this.#questions.length]
    if (lane === undefined) throw new RangeError('there is no connection for questions')
    for (let tries = 1; ; tries++) {
      const connection = await lane.open()
      try {
        return await request.perform(connection.ask, this.#claimant, ...rows)
      } catch (error) {
        const failure = connection.toStoreError(error)
        if (failure.code !== 'away' || tries === 2) throw failure
        await lane.drop()
      }
    }
  }

  /** Asked every second: the server is asked when there may have been a change. */
  async #knownListsVersion(): Promise<number> {
    if (this.#listsVersion !== undefined && this.#claimant.relay !== null && !this.#news.takeLists())
      return this.#listsVersion
    try {
      this.#listsVersion = (await this.#ask('listsVersion', [])) as number
      return this.#listsVersion
    } catch (error) {
      this.#news.listsChanged()
      throw error
    }
  }

  async #close(): Promise<void> {
    if (this.#refuse !== undefined) return
    this.#refuse = new StoreError('closed', 'the store is closed')
    await Promise.all([this.#tlsSessions.settled(), this.#dmarcResults.settled()])
    if (this.#claimant.relay !== null) {
      const left = this.#commit(async ask => {
        await rerun(leave, this.#claimant, ask)
        await ask(tellNews, { name: this.#name })
      })
      // Without it the others wait for the end of the lease.
      await left.catch(() => {})
    }
    await this.#committer.settled()
    await this.#end()
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#lanes, ...this.#questions, this.#news].map(one => one.close()))
  }
}
