/**
 * Work that was under way when the process ended by itself (store/under-way.ts), tried one piece at a time: the one that ends the process
 * again is alone with it then. Everything else goes on beside it. What is held is not done at all.
 */

import type { Store } from '../store/store.ts'
import type { SuspectWork, WorkKind } from '../store/work-records.ts'
import { systemTimer, type Timer } from './timer.ts'

export interface SuspectsDependencies {
  readonly store: Pick<Store, 'beginSuspect' | 'clearSuspect'>
  /** A suspect that takes longer leaves its turn to the next one: it waits for a peer, most likely. */
  readonly turnMilliseconds: number
  /** The turn is free: deliveries that were left in the store may begin. */
  readonly onFree: () => void
  /** The store did not take a note; the work goes on. */
  readonly onError: (error: unknown) => void
  /** Default: timers of the runtime that do not keep the process alive. */
  readonly timer?: Timer
}

/** A suspect is told by kind and number: of a delivery its own, otherwise the queue id of the message. */
function keyOf(kind: WorkKind, number: number | string): string {
  return `${kind} ${number}`
}

function keyOfWork({ kind, workId, queueId }: SuspectWork): string {
  return keyOf(kind, kind === 'delivery' ? workId : queueId)
}

export class Suspects {
  readonly #parts: SuspectsDependencies
  readonly #timer: Timer
  readonly #suspects = new Map<string, SuspectWork>()
  #held = new Set<string>()
  /** Others that wait for the turn, first come first served. */
  readonly #queue: (() => void)[] = []
  #turn: string | undefined
  #cancelTimer: () => void = () => {}
  #stopped = false

  constructor(parts: SuspectsDependencies) {
    this.#parts = parts
    this.#timer = parts.timer ?? systemTimer
  }

  /** What this start has found. */
  add(work: readonly SuspectWork[]): void {
    for (const one of work) if (!one.isHeld) this.#suspects.set(keyOfWork(one), one)
    this.hold(work)
  }

  /** The operator may have released something. */
  hold(work: readonly SuspectWork[]): void {
    this.#held = new Set(work.filter(one => one.isHeld).map(keyOfWork))
  }

  /** Deliveries that stay in the store while another suspect has the turn. */
  excepted(): number[] {
    if (this.#turn === undefined) return []
    const waiting = [...this.#suspects].filter(([key, { kind }]) => kind === 'delivery' && key !== this.#turn)
    return waiting.map(([, { workId }]) => workId)
  }

  /** Whether a delivery may be taken in hand now. A suspect gets the turn with it. */
  mayBegin(deliveryId: number): boolean {
    const key = keyOf('delivery', deliveryId)
    if (!this.#suspects.has(key) || this.#turn === key) return true
    if (this.#turn !== undefined) return false
    this.#take(key)
    return true
  }

  /** An attempt of a delivery begins. If it is suspect, that is on disk first. */
  begin(deliveryId: number): Promise<void> | undefined {
    const key = keyOf('delivery', deliveryId)
    return this.#suspects.has(key) ? this.#note(key, 'beginSuspect') : undefined
  }

  /** Its attempt is over and recorded. */
  end(deliveryId: number): void {
    const key = keyOf('delivery', deliveryId)
    if (this.#suspects.has(key)) void this.#clear(key)
  }

  /** Does other work of a message; if it is suspect, when its turn has come, and not at all while it is held. */
  async run(kind: Exclude<WorkKind, 'delivery'>, queueId: string, work: () => Promise<void>): Promise<void> {
    const key = keyOf(kind, queueId)
    if (this.#held.has(key)) return
    if (!this.#suspects.has(key)) return work()
    await this.#myTurn(key)
    if (this.#stopped) return
    await this.#note(key, 'beginSuspect')
    try {
      await work()
    } finally {
      await this.#clear(key)
    }
  }

  /** Nobody waits for a turn any more. */
  stop(): void {
    this.#stopped = true
    this.#cancelTimer()
    for (const wake of this.#queue.splice(0)) wake()
  }

  async #myTurn(key: string): Promise<void> {
    while (this.#turn !== undefined && !this.#stopped) {
      await new Promise<void>(resolve => this.#queue.push(resolve))
    }
    if (!this.#stopped) this.#take(key)
  }

  #take(key: string): void {
    this.#turn = key
    this.#cancelTimer = this.#timer.after(this.#parts.turnMilliseconds, () => this.#free(key))
  }

  #free(key: string): void {
    if (this.#turn !== key) return
    this.#cancelTimer()
    this.#turn = undefined
    const next = this.#queue.shift()
    if (next === undefined) this.#parts.onFree()
    else next()
  }

  async #clear(key: string): Promise<void> {
    const noted = this.#note(key, 'clearSuspect')
    this.#suspects.delete(key)
    await noted
    this.#free(key)
  }

  async #note(key: string, what: 'beginSuspect' | 'clearSuspect'): Promise<void> {
    const work = this.#suspects.get(key)
    if (work === undefined) return
    try {
      await this.#parts.store[what](work.kind, work.workId)
    } catch (error) {
      this.#parts.onError(error)
    }
  }
}
