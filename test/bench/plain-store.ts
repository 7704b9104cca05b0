/** The queue of the plain path: one row a message, written by a thread with group commit. */
import { Worker } from 'node:worker_threads'

/** What goes to the thread: everything of one turn of the event loop. */
export interface PlainBatch {
  readonly inserts: readonly PlainRow[]
  readonly removals: readonly number[]
}

export interface PlainRow {
  readonly id: number
  readonly envelope: string
  readonly octets: Uint8Array
}

export interface PlainSettings {
  readonly file: string
  readonly commitDelayMilliseconds: number
}

/** How long a removal waits for an insert whose commit it can share. */
const removalDelayMilliseconds = 10

export class PlainStore {
  readonly #worker: Worker
  readonly #pending = new Map<number, () => void>()
  #inserts: PlainRow[] = []
  #removals: number[] = []
  #removalTimer: NodeJS.Timeout | undefined
  #lastId = 0

  constructor(file: string, commitDelayMilliseconds: number) {
    const workerData: PlainSettings = { file, commitDelayMilliseconds }
    this.#worker = new Worker(new URL('./plain-store-worker.ts', import.meta.url), { workerData })
    this.#worker.on('message', (ids: readonly number[]) => {
      for (const id of ids) {
        this.#pending.get(id)?.()
        this.#pending.delete(id)
      }
    })
  }

  /** Resolves with the number of the row once it is on disk. */
  insert(envelope: string, octets: Buffer): Promise<number> {
    const id = ++this.#lastId
    if (this.#inserts.length === 0) setImmediate(() => this.#send())
    this.#inserts.push({ id, envelope, octets })
    return new Promise(resolve => {
      this.#pending.set(id, () => resolve(id))
    })
  }

  /** Nothing waits for a removal: it goes with the next insert, or alone when none comes soon. */
  remove(id: number): void {
    this.#removals.push(id)
    this.#removalTimer ??= setTimeout(() => this.#send(), removalDelayMilliseconds)
  }

  /** The octets go over in one buffer, which is handed over and not copied again. */
  #send(): void {
    const packed = Buffer.allocUnsafeSlow(this.#inserts.reduce((sum, row) => sum + row.octets.length, 0))
    let offset = 0
    const inserts = this.#inserts.map(row => {
      packed.set(row.octets, offset)
      const octets = new Uint8Array(packed.buffer, offset, row.octets.length)
      offset += row.octets.length
      return { ...row, octets }
    })
    const batch: PlainBatch = { inserts, removals: this.#removals }
    this.#inserts = []
    this.#removals = []
    clearTimeout(this.#removalTimer)
    this.#removalTimer = undefined
    this.#worker.postMessage(batch, [packed.buffer])
  }
}
