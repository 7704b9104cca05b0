/** Times one piece of work: what it takes of the main thread, of all threads, and of the wall clock. */

export interface Slice {
  readonly calls: number
  readonly wallMicroseconds: number
  /** Processor time of the thread that calls. */
  readonly mainMicroseconds: number
  /** Processor time of all threads of the process. */
  readonly processorMicroseconds: number
}

export interface SliceLength {
  readonly milliseconds: number
  /** Calls under way at once. */
  readonly atOnce: number
}

export type Work = () => unknown

/** Calls `work` again and again until the time is over; at least once for each call that may be under way. */
export async function timeSlice(work: Work, { milliseconds, atOnce }: SliceLength): Promise<Slice> {
  const processor = process.cpuUsage()
  const thread = process.threadCpuUsage()
  const startedAt = performance.now()
  let calls = 0
  const repeat = async () => {
    do {
      await work()
      calls++
    } while (performance.now() - startedAt < milliseconds)
  }
  await Promise.all(Array.from({ length: atOnce }, repeat))
  const wallMicroseconds = (performance.now() - startedAt) * 1000
  const main = process.threadCpuUsage(thread)
  const all = process.cpuUsage(processor)
  return {
    calls,
    wallMicroseconds,
    mainMicroseconds: main.user + main.system,
    processorMicroseconds: all.user + all.system,
  }
}
