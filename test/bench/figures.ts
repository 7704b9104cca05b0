/** Figures of runs, and what is made of several runs of a case. */
import type { BenchCase } from './cases.ts'
import type { SystemName } from './systems.ts'

/** One run of one system. */
export interface RunFigures {
  /** Messages that reached the sink, a second, from the first one sent to the last one there. */
  readonly messagesPerSecond: number
  readonly cpuMillisecondsPerMessage: number
  readonly writtenBytesPerMessage: number
}

/** Milliseconds from the end of the message at the client to its end at the sink. */
export interface Latency {
  readonly median: number
  readonly p99: number
}

/** The runs of a system, in order. */
export interface SystemFigures {
  readonly runs: readonly RunFigures[]
  readonly latency?: Latency
}

export interface CaseResult {
  readonly case: BenchCase
  readonly relay: SystemFigures
  readonly plain: SystemFigures
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low = Number.NaN, high = low] = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1)
  return (low + high) / 2
}

/** The smallest value that so many per cent of the values do not exceed; NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? Number.NaN
}

/** The median of one figure over the runs of a system. */
export function typical(result: CaseResult, system: SystemName, figure: keyof RunFigures): number {
  return median(result[system].runs.map(run => run[figure]))
}

/** Throughput of the relay in parts of the plain path's: the median over the runs that followed each other. */
export function ratio({ relay, plain }: CaseResult): number {
  return median(
    relay.runs.map((run, at) => run.messagesPerSecond / (plain.runs[at]?.messagesPerSecond ?? Number.NaN)),
  )
}

/** Throughput of the relay in parts of what it is in the same case with commits at their own speed. NaN for that case itself. */
export function keptOfFast(result: CaseResult, all: readonly CaseResult[]): number {
  if (result.case.commitDelayMilliseconds === 0) return Number.NaN
  const fast = all.find(
    other => other.case.group === result.case.group && other.case.commitDelayMilliseconds === 0,
  )
  if (fast === undefined) return Number.NaN
  return median(
    result.relay.runs.map(
      (run, at) => run.messagesPerSecond / (fast.relay.runs[at]?.messagesPerSecond ?? Number.NaN),
    ),
  )
}
