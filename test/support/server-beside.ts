/**
 * A look into a store on a server that is answered at once, as that into a file is: a thread asks the server while this one waits. Until it has the
 * answer nothing else happens here, so a change must not need what a relay in this process has in hand.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { PostgresSettings } from '../../src/store/postgres/connection-settings.ts'
import type { Access } from '../../src/store/settings.ts'
import { StoreError, type StoreErrorCode } from '../../src/store/store-error.ts'

/** What the thread is asked; `name` is a method of the store. */
export interface Asked {
  readonly handle: number
  readonly open?: { readonly settings: PostgresSettings; readonly access: Access }
  readonly name?: string
  readonly parameters?: readonly unknown[]
}

export type Answered =
  | { readonly answer: unknown }
  | { readonly failure: { readonly code: StoreErrorCode; readonly message: string } }

/** Longer than any statement may take. */
const patienceMilliseconds = 40_000

const { port1: port, port2 } = new MessageChannel()
const signal = new Int32Array(new SharedArrayBuffer(4))
let worker: Worker | undefined
let handles = 0

function ask(asked: Asked): unknown {
  if (worker === undefined) {
    const workerData = { port: port2, signal }
    worker = new Worker(new URL('./server-beside-thread.ts', import.meta.url), {
      workerData,
      transferList: [port2],
    })
    worker.unref()
  }
  Atomics.store(signal, 0, 0)
  port.postMessage(asked)
  Atomics.wait(signal, 0, 0, patienceMilliseconds)
  const answered = receiveMessageOnPort(port)?.message as Answered | undefined
  if (answered === undefined) throw new Error(`the server has not answered ${asked.name ?? 'open'}`)
  if ('failure' in answered) throw new StoreError(answered.failure.code, answered.failure.message)
  return withBuffers(answered.answer)
}

/** A Buffer comes over as its plain parent class. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Array.isArray(value)) return value.map(withBuffers)
  if (typeof value !== 'object' || value === null || value instanceof Map) return value
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withBuffers(one)]))
}

export interface ServerBeside {
  ask(name: string, parameters: readonly unknown[]): unknown
  close(): void
}

/** Throws a StoreError. */
export function openServerBeside(settings: PostgresSettings, access: Access): ServerBeside {
  const handle = ++handles
  ask({ handle, open: { settings, access } })
  return {
    ask: (name, parameters) => ask({ handle, name, parameters }),
    close: () => void ask({ handle, name: 'close' }),
  }
}
