/**
 * The main thread's end of the store: it numbers the requests, sends those of one turn of the event loop together,
 * and settles their promises when the answers come back.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError } from '../store-error.ts'
import {
  type Answer,
  type AnswerBatch,
  packBlobs,
  type Request,
  type RequestBatch,
  type WorkerSettings,
} from './batches.ts'
import type { RequestName } from './entry.ts'
import type { Blob } from './message-rows.ts'
import { requestOf } from './requests.ts'

interface Pending {
  /** Takes the rows of the answer. */
  readonly resolve: (rows: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A running store thread. */
export class StoreThread {
  readonly statistics = { requests: 0, commits: 0 }
  /** The number of the relay. */
  readonly relay: number
  /** See `Store.isAfterCrash`. */
  readonly isAfterCrash: boolean
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  readonly #onDeath: (error: StoreError) => void
  #onDamage: (error: StoreError) => void
  #requests: Request[] = []
  #blobs: Blob[] = []
  #nextId = 0
  #refuse: StoreError | undefined
  #closed: (() => void) | undefined

  private constructor(
    worker: Worker,
    { relay, isAfterCrash }: { readonly relay: number; readonly isAfterCrash: boolean },
    onDeath: (error: StoreError) => void,
    onDamage: (error: StoreError) => void,
  ) {
    this.#worker = worker
    this.relay = relay
    this.isAfterCrash = isAfterCrash
    this.#onDeath = onDeath
    this.#onDamage = onDamage
    this.#listen()
  }

  /** Starts the thread and waits until the database is open. Rejects with a StoreError. */
  static start(
    settings: WorkerSettings,
    onDeath: (error: StoreError) => void,
    onDamage: (error: StoreError) => void = () => {},
  ): Promise<StoreThread> {
    const file = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(file, { workerData: settings, name: 'store' })
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new StoreError('internal', `the store's thread did not start: ${String(cause)}`, { cause }))
      worker.once('error', fail)
      worker.once('exit', fail)
      worker.once('message', (batch: AnswerBatch) => {
        worker.off('error', fail)
        worker.off('exit', fail)
        if (batch.kind === 'refused') return reject(new StoreError(batch.code, batch.message))
        const ready = batch.kind === 'ready' ? batch : { relay: 0, isAfterCrash: true }
        resolve(new StoreThread(worker, ready, onDeath, onDamage))
      })
    })
  }

  /**
   * Puts a request. Octets among its parameters are copied when it is sent, which is before the next turn of the event loop,
   * and must not change until then.
   */
  ask(name: RequestName, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#refuse !== undefined) return Promise.reject(this.#refuse)
    return new Promise((resolve, reject) => {
      const { encode, decode } = requestOf(name)
      const rows = encode === undefined ? parameters : encode(this.#blobs, ...parameters)
      const id = this.#nextId++
      if (this.#requests.length === 0) setImmediate(() => this.#send())
      this.#requests.push([id, name, rows])
      // What needs no decoding holds on to no parameters: there may be whole messages among them.
      const answered = decode && ((answer: unknown) => resolve(decode(answer, ...parameters)))
      this.#pending.set(id, { resolve: answered ?? resolve, reject })
    })
  }

  /** Has everything answered that was asked, closes the database and ends the thread. */
  close(): Promise<void> {
    if (this.#refuse !== undefined) return Promise.resolve()
    this.#refuse = new StoreError('closed', 'the store is closed')
    this.#send(true)
    return new Promise(resolve => {
      this.#closed = resolve
    })
  }

  #send(close = false): void {
    if (this.#requests.length === 0 && !close) return
    const packed = packBlobs(this.#blobs)
    const batch: RequestBatch = {
      requests: this.#requests,
      sizeBytes: packed.byteLength,
      ...(close ? { close } : {}),
    }
    this.statistics.requests += this.#requests.length
    this.#requests = []
    this.#blobs = []
    this.#worker.postMessage(batch, [packed.buffer])
  }

  #listen(): void {
    this.#worker.on('message', (batch: AnswerBatch) => {
      if (batch.kind !== 'answers') return
      this.statistics.commits = batch.commits
      for (const answer of batch.answers) this.#settle(answer)
    })
    this.#worker.on('error', error => this.#end(error))
    this.#worker.on('exit', () => this.#end())
  }

  #settle([id, result, error]: Answer): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (error === undefined) resolveWith(result, pending)
    else this.#reject(new StoreError(error.code, error.message), pending)
  }

  #reject(error: StoreError, pending: Pending | undefined): void {
    if (error.code === 'damaged') {
      const tell = this.#onDamage
      this.#onDamage = () => {}
      tell(error)
    }
    pending?.reject(error)
  }

  /** The thread has ended: because it was told to, or by itself. */
  #end(cause?: unknown): void {
    const asked = this.#closed !== undefined
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    const error = new StoreError('closed', `the store's thread ended by itself${reason}`, { cause })
    const first = this.#refuse === undefined
    this.#refuse ??= error
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
    this.#closed?.()
    if (first && !asked) this.#onDeath(error)
  }
}

/** An answer that cannot be decoded is the failure of its request alone. */
function resolveWith(rows: unknown, pending: Pending | undefined): void {
  try {
    pending?.resolve(rows)
  } catch (error) {
    pending?.reject(error)
  }
}
