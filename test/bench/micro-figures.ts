/** What is made of the slices of a micro-benchmark. Times are microseconds per call. */
import { median } from './figures.ts'
import type { Slice } from './micro-timing.ts'

/** One round: slices that followed each other, so that a machine that slows down changes them alike. */
export interface MicroRound {
  /** SHA-256 of the same octets. */
  readonly baseline: Slice
  /** Several calls under way at once. */
  readonly work: Slice
  /** One call after the other. */
  readonly alone: Slice
  /** The cryptography of the work by itself; absent for work without any. */
  readonly cryptography?: Slice
}

export interface MicroFigures {
  readonly callsPerSecond: number
  /** Of the main thread, with several calls under way. */
  readonly mainMicroseconds: number
  /** From call to result, with nothing else under way. */
  readonly wallMicroseconds: number
  /** `mainMicroseconds` in times of SHA-256 of the same octets. */
  readonly timesBaseline: number
  /** Part of the processor time of all threads that is cryptography, 0 to 1. */
  readonly cryptographyShare: number
  /** Part of the main thread's time that is cryptography, what is handed to the thread pool included. */
  readonly cryptographyShareOfMain: number
}

/** Medians over the rounds; ratios are made within a round. NaN of no rounds. */
export function microFigures(rounds: readonly MicroRound[]): MicroFigures {
  const over = (figure: (round: MicroRound) => number) => median(rounds.map(figure))
  const share = (time: (slice: Slice) => number) =>
    over(({ work, cryptography }) =>
      cryptography === undefined ? 0 : Math.min(1, time(cryptography) / time(work)),
    )
  return {
    callsPerSecond: over(({ work }) => 1e6 / perCall(work, 'wallMicroseconds')),
    mainMicroseconds: over(({ work }) => mainOf(work)),
    wallMicroseconds: over(({ alone }) => perCall(alone, 'wallMicroseconds')),
    timesBaseline: over(({ work, baseline }) => mainOf(work) / mainOf(baseline)),
    cryptographyShare: share(slice => perCall(slice, 'processorMicroseconds')),
    cryptographyShareOfMain: share(mainOf),
  }
}

function mainOf(slice: Slice): number {
  return perCall(slice, 'mainMicroseconds')
}

function perCall(slice: Slice, time: Exclude<keyof Slice, 'calls'>): number {
  return slice[time] / slice.calls
}
