/**
 * Memory that the start, or a busy hour, has left behind. V8 keeps the room in which new objects are made as large as it once had to
 * be, for as long as nobody asks for it: tens of megabytes of a relay that rests.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked at, which is also how long a relay has to rest before. */
const lookEveryMilliseconds = 60_000

/** The share of that time in which a relay that rests has something to do. */
const maxBusyShare = 0.02

/** Less is not worth the tenth of a second in which nothing else is done. */
const minYoungBytes = 16 * 1024 * 1024

export interface IdleMemoryDependencies {
  /** The share of the time since the last call in which the event loop was busy. */
  busyShare(): number
  /** Octets held for new objects. */
  youngBytes(): number
  /** Collects what is garbage, and gives the room back. */
  collect(): void
}

/** Looks once; true: memory was given back. */
export function giveBackIdleMemory({ busyShare, youngBytes, collect }: IdleMemoryDependencies): boolean {
  // Asked in any case: it counts from one call to the next.
  if (busyShare() > maxBusyShare || youngBytes() < minYoungBytes) return false
  collect()
  return true
}

/** Gives memory back whenever this process has rested for a minute. The answer ends that. */
export function watchIdleMemory(): () => void {
  const dependencies = ofThisProcess()
  const watching = setInterval(() => giveBackIdleMemory(dependencies), lookEveryMilliseconds)
  watching.unref()
  return () => clearInterval(watching)
}

/** Of the thread that calls it. */
export function ofThisProcess(): IdleMemoryDependencies {
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  return {
    busyShare() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
    youngBytes: () =>
      getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0,
    collect() {
      // V8 has no other way to be asked for it from within.
      setFlagsFromString('--expose-gc')
      const collect: (how: { type: 'major'; flavor: 'last-resort' }) => void = runInNewContext('gc')
      collect({ type: 'major', flavor: 'last-resort' })
    },
  }
}
