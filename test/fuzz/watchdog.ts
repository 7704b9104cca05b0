/**
 * A thread that notices when the main thread no longer comes back from an input, writes that input to a file and ends the
 * process: a loop without an end can be stopped from no other place.
 */

import { mkdirSync, writeFileSync, writeSync } from 'node:fs'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { maxInputBytes } from './mutate.ts'
import { foundFile, foundFolder } from './names.ts'

const maxSilenceMilliseconds = 60_000
const lookEveryMilliseconds = 2_000

export interface Watchdog {
  /** Says what the target gets now. */
  before(octets: Buffer): void
  stop(): Promise<void>
}

interface Shared {
  readonly target: string
  /** How many inputs there were, and the length of the last one. */
  readonly counts: Int32Array<SharedArrayBuffer>
  readonly octets: Uint8Array<SharedArrayBuffer>
}

/** Watches over one campaign. */
export function watchdog(target: string): Watchdog {
  const shared: Shared = {
    target,
    counts: new Int32Array(new SharedArrayBuffer(8)),
    octets: new Uint8Array(new SharedArrayBuffer(maxInputBytes)),
  }
  const worker = new Worker(new URL(import.meta.url), { workerData: shared })
  worker.unref()
  return {
    before(octets) {
      shared.octets.set(octets.subarray(0, maxInputBytes))
      Atomics.store(shared.counts, 1, octets.length)
      Atomics.add(shared.counts, 0, 1)
    },
    stop: async () => {
      await worker.terminate()
    },
  }
}

function watch({ target, counts, octets }: Shared): void {
  let seen = -1
  let since = performance.now()
  setInterval(() => {
    const count = Atomics.load(counts, 0)
    if (count !== seen) {
      seen = count
      since = performance.now()
    } else if (performance.now() - since > maxSilenceMilliseconds) {
      const input = Buffer.from(octets.slice(0, Atomics.load(counts, 1)))
      const file = foundFile(target, input)
      mkdirSync(foundFolder, { recursive: true })
      writeFileSync(file, input)
      writeSync(2, `${target}: no end after ${maxSilenceMilliseconds / 1000} s: ${file.pathname}\n`)
      process.kill(process.pid, 'SIGKILL')
    }
  }, lookEveryMilliseconds)
}

if (!isMainThread && workerData?.counts) watch(workerData as Shared)
