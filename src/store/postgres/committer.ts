/**
 * Changes on their way to the server: those that wait together share a transaction, sent without waiting for the answer to each statement,
 * and several such transactions are on their way at the same time. A group in which something fails is undone and each of its changes
 * made alone. When a connection ends in the middle of a commit, the server is asked whether it happened: every transaction leaves its
 * number in the row of its connection.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { StoreError } from '../store-error.ts'
import { codeOf, isCollision, isSqlState } from './errors.ts'
import type { Ask, Lane, LaneConnection } from './lane.ts'

/** A change that waits. */
export interface Change {
  /**
   * `grouped`: one statement, put at once; it may share a transaction. `alone`: the same, in a transaction of its own. `serial`: several
   * statements, and nothing that they have seen changes before they are committed; such changes share one too, one after the other.
   */
  readonly kind: 'grouped' | 'alone' | 'serial'
  readonly sizeBytes: number
  perform(ask: Ask): Promise<unknown>
  readonly resolve: (result: unknown) => void
  readonly reject: (error: StoreError) => void
}

/** Bounds of a group, so that the first of it does not wait for ever. */
const maxGroupChanges = 256
const maxGroupBytes = 16 * 1024 * 1024
/** Changes that wait, in memory: a server that is slow must not fill it. The client of a message that finds no place is asked to come back. */
const maxWaiting = 20_000
const maxWaitingBytes = 256 * 1024 * 1024

/** How often two that collide are tried again; each time they wait a little longer. */
const maxTries = 12
/** How long it is asked whether a commit happened. Then the change counts as not made; it may have been. */
const outcomeMilliseconds = 30_000
const askAgainMilliseconds = 250

export interface CommitterSettings {
  readonly lanes: readonly Lane[]
  /** What tells the connections of this relay from those of others. */
  readonly name: string
  readonly onCommit: () => void
}

/** A connection that changes something, and the number of its last transaction. */
interface Slot {
  readonly lane: Lane
  readonly name: string
  number: number
}

export class Committer {
  readonly #settings: CommitterSettings
  readonly #free: Slot[]
  /** Those that share transactions, and those that are made one after the other. */
  readonly #waiting: Change[] = []
  readonly #serial: Change[] = []
  #isSerialUnderWay = false
  #waitingBytes = 0
  #isScheduled = false
  readonly #whenSettled: (() => void)[] = []

  constructor(settings: CommitterSettings) {
    this.#settings = settings
    this.#free = settings.lanes.map((lane, at) => ({ lane, name: `${settings.name} ${at}`, number: 0 }))
  }

  /** Changes of one turn of the event loop go together. */
  add(change: Change): void {
    if (
      this.#waiting.length + this.#serial.length >= maxWaiting ||
      this.#waitingBytes + change.sizeBytes > maxWaitingBytes
    )
      return change.reject(
        new StoreError('busy', 'the database server does not keep up: too many changes wait'),
      )
    ;(change.kind === 'serial' ? this.#serial : this.#waiting).push(change)
    this.#waitingBytes += change.sizeBytes
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#start()
    })
  }

  /** Resolves when nothing waits and nothing is under way. */
  settled(): Promise<void> {
    return new Promise(resolve => {
      this.#whenSettled.push(resolve)
      this.#tellSettled()
    })
  }

  #tellSettled(): void {
    const isBusy =
      this.#waiting.length + this.#serial.length > 0 || this.#free.length < this.#settings.lanes.length
    if (!isBusy) for (const settle of this.#whenSettled.splice(0)) settle()
  }

  #start(): void {
    for (;;) {
      // Two serial ones of this relay would stand in each other's way.
      const isSerial = this.#serial.length > 0 && !this.#isSerialUnderWay
      const waiting = isSerial ? this.#serial : this.#waiting
      const slot = waiting.length === 0 ? undefined : this.#free.pop()
      if (slot === undefined) return
      if (isSerial) this.#isSerialUnderWay = true
      const group = this.#nextGroup(waiting)
      void this.#commit(slot, group).finally(() => {
        if (isSerial) this.#isSerialUnderWay = false
        this.#free.push(slot)
        this.#start()
        this.#tellSettled()
      })
    }
  }

  #nextGroup(waiting: Change[]): Change[] {
    const group: Change[] = []
    let bytes = 0
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const fits = group.length < maxGroupChanges && bytes + next.sizeBytes <= maxGroupBytes
      if (group.length > 0 && !(fits && next.kind !== 'alone')) break
      waiting.shift()
      group.push(next)
      bytes += next.sizeBytes
      if (next.kind === 'alone') break
    }
    this.#waitingBytes -= bytes
    return group
  }

  async #commit(slot: Slot, group: readonly Change[]): Promise<void> {
    const outcome = await this.#try(slot, group)
    if (outcome.kind === 'made')
      return outcome.results.forEach((result, index) => void group[index]?.resolve(result))
    if (group.length > 1 && outcome.kind === 'failed') {
      for (const one of group) await this.#commit(slot, [one])
      return
    }
    for (const one of group) one.reject(outcome.error)
  }

  /** As often as makes sense: after a collision, and where the connection turns out to have ended before. */
  async #try(slot: Slot, group: readonly Change[]): Promise<Outcome> {
    let hasReconnected = false
    for (let tries = 1; ; tries++) {
      const outcome = await this.#once(slot, group)
      if (outcome.kind === 'collided' && tries < maxTries) await pause(tries * tries * 2)
      else if (outcome.kind === 'disconnected' && !hasReconnected) hasReconnected = true
      else return outcome.kind === 'collided' ? { ...outcome, kind: 'failed' } : outcome
    }
  }

  async #once(slot: Slot, group: readonly Change[]): Promise<Outcome> {
    const { lane } = slot
    let connection: LaneConnection
    try {
      connection = await lane.open()
    } catch (error) {
      return { kind: 'away', error: error as StoreError }
    }
    slot.number += 1
    const made = await this.#perform(connection, slot, group)
    if (made.kind !== 'performed') {
      if (made.kind === 'disconnected') await lane.drop()
      else await connection.tell('ROLLBACK').catch(() => lane.drop())
      return made
    }
    try {
      await connection.tell('COMMIT')
    } catch (error) {
      if (isAnswer(error)) return failed(connection, error)
      await lane.drop()
      if (!(await this.#hasHappened(slot)))
        return { kind: 'disconnected', error: connection.toStoreError(error) }
    }
    this.#settings.onCommit()
    return { kind: 'made', results: made.results }
  }

  /** Everything but the commit; that is sent when all answers are here. */
  async #perform(connection: LaneConnection, slot: Slot, group: readonly Change[]) {
    const isSerial = group.some(one => one.kind === 'serial')
    if (isSerial) return this.#performSerially(connection, slot, group)
    const begun = connection.tell('BEGIN')
    const changes = group.map(one => one.perform(connection.ask))
    const marked = mark(connection, slot)
    const all = await Promise.allSettled([begun, ...changes, marked])
    const refused = all.find(one => one.status === 'rejected')
    if (refused !== undefined) return failed(connection, refused.reason)
    const results = all.slice(1, -1).map(one => (one.status === 'fulfilled' ? one.value : undefined))
    return { kind: 'performed', results } as const
  }

  /** One after the other: each sees what the one before has changed. */
  async #performSerially(connection: LaneConnection, slot: Slot, group: readonly Change[]) {
    try {
      const begun = connection.tell('BEGIN ISOLATION LEVEL SERIALIZABLE')
      const results: unknown[] = []
      for (const one of group) results.push(await one.perform(connection.ask))
      await Promise.all([begun, mark(connection, slot)])
      return { kind: 'performed', results } as const
    } catch (error) {
      return failed(connection, error)
    }
  }

  /** Waits for a transaction that the server may still be busy with: it holds the row until it ends. */
  async #hasHappened({ lane, name, number }: Slot): Promise<boolean> {
    const sql = 'SELECT transaction FROM commits WHERE connection = @name FOR UPDATE'
    for (let waited = 0; waited < outcomeMilliseconds; waited += askAgainMilliseconds) {
      try {
        const { ask } = await lane.open()
        return (await ask(sql, { name })).rows[0]?.transaction === number
      } catch {
        await lane.drop()
        await pause(askAgainMilliseconds)
      }
    }
    return false
  }
}

async function mark(connection: LaneConnection, { name, number }: Slot): Promise<void> {
  const sql = `INSERT INTO commits (connection, transaction) VALUES (@name, @number)
    ON CONFLICT (connection) DO UPDATE SET transaction = excluded.transaction`
  await connection.ask(sql, { name, number })
}

type Outcome =
  | { readonly kind: 'made'; readonly results: readonly unknown[] }
  /** `disconnected`: nothing of it was made. `away`: there is no connection. */
  | { readonly kind: 'failed' | 'collided' | 'disconnected' | 'away'; readonly error: StoreError }

function failed(connection: LaneConnection, error: unknown) {
  const kind = isCollision(error) ? 'collided' : isAnswer(error) ? 'failed' : 'disconnected'
  return { kind, error: connection.toStoreError(error) } as const
}

/** The server has refused it, or this program; otherwise the connection has ended. A server that shuts down says so first. */
function isAnswer(error: unknown): boolean {
  const code = codeOf(error)
  return error instanceof StoreError || (isSqlState(code) && !/^(57P|08)/.test(code))
}
