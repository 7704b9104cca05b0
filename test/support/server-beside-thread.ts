/** The thread of server-beside.ts. */
import { type MessagePort, workerData } from 'node:worker_threads'
import { openStoreBeside } from '../../src/store/open-store.ts'
import type { Store } from '../../src/store/store.ts'
import { StoreError } from '../../src/store/store-error.ts'
import type { Answered, Asked } from './server-beside.ts'

const { port, signal } = workerData as { port: MessagePort; signal: Int32Array }
const stores = new Map<number, Store>()

port.on('message', async (asked: Asked) => {
  port.postMessage(await answered(asked))
  Atomics.store(signal, 0, 1)
  Atomics.notify(signal, 0)
})

async function answered(asked: Asked): Promise<Answered> {
  try {
    return { answer: await answer(asked) }
  } catch (error) {
    const code = error instanceof StoreError ? error.code : 'internal'
    return { failure: { code, message: String(error instanceof Error ? error.message : error) } }
  }
}

async function answer({ handle, open, name = '', parameters = [] }: Asked): Promise<unknown> {
  if (open !== undefined) {
    stores.set(handle, await openStoreBeside(open.settings, open.access))
    return undefined
  }
  const store = stores.get(handle)
  const method: unknown = store?.[name as keyof Store]
  if (typeof method !== 'function') throw new StoreError('unknown', `there is no ${name}`)
  return method(...parameters)
}
