/** Figures of posts to lists. */
import { median } from './figures.ts'
import type { Table } from './report.ts'

/** The cases: copies that are all alike, and copies with a link to unsubscribe of their own. */
export const fanOutCases = [
  { name: 'list', hasLinks: false },
  { name: 'list-links', hasLinks: true },
] as const

/** One post to all of a list. Times are from the moment when the client begins to send it. */
export interface FanOutFigures {
  readonly copiesPerSecond: number
  readonly firstMilliseconds: number
  readonly lastMilliseconds: number
  readonly cpuMillisecondsPerCopy: number
  /** The most memory that the process has had so far, all its threads included. */
  readonly peakBytes: number
}

export interface FanOutResult {
  readonly name: string
  readonly subscribers: number
  readonly relay: readonly FanOutFigures[]
  readonly plain: readonly FanOutFigures[]
}

/** Copies a second of the relay in parts of the plain path's: the median over the runs that followed each other. */
export function fanOutRatio({ relay, plain }: FanOutResult): number {
  return median(relay.map((run, at) => run.copiesPerSecond / (plain[at]?.copiesPerSecond ?? Number.NaN)))
}

export function fanOutTable(results: readonly FanOutResult[]): Table {
  return {
    head: [
      'case',
      'system',
      'copies/s',
      'ratio',
      'first copy ms',
      'last copy ms',
      'CPU ms a copy',
      'peak MiB',
    ],
    rows: results.flatMap(result =>
      (['relay', 'plain'] as const).map(system => {
        const typical = (figure: keyof FanOutFigures) => median(result[system].map(run => run[figure]))
        return [
          `${result.name}, ${result.subscribers} subscribers`,
          system,
          typical('copiesPerSecond').toFixed(0),
          system === 'relay' ? fanOutRatio(result).toFixed(2) : '',
          typical('firstMilliseconds').toFixed(0),
          typical('lastMilliseconds').toFixed(0),
          typical('cpuMillisecondsPerCopy').toFixed(2),
          (typical('peakBytes') / 1024 / 1024).toFixed(0),
        ]
      }),
    ),
  }
}
