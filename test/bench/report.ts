/** The figures as people read them: one table for throughput, the targets, one table for latency. */
import { type CaseResult, keptOfFast, ratio, typical } from './figures.ts'

export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A target with what was measured. */
export interface Target {
  readonly text: string
  readonly measured: number
  readonly isMet: boolean
}

const leastRatio = 0.8
const leastOfFast = 0.75

export function throughputTable(results: readonly CaseResult[]): Table {
  return {
    head: [
      'case',
      'relay msg/s',
      'plain msg/s',
      'ratio',
      'of fast disk',
      'relay CPU ms',
      'plain CPU ms',
      'relay KiB',
      'plain KiB',
    ],
    rows: results.map(result => [
      result.case.name,
      number(typical(result, 'relay', 'messagesPerSecond'), 0),
      number(typical(result, 'plain', 'messagesPerSecond'), 0),
      number(ratio(result), 2),
      number(keptOfFast(result, results), 2),
      number(typical(result, 'relay', 'cpuMillisecondsPerMessage'), 2),
      number(typical(result, 'plain', 'cpuMillisecondsPerMessage'), 2),
      number(typical(result, 'relay', 'writtenBytesPerMessage') / 1024, 0),
      number(typical(result, 'plain', 'writtenBytesPerMessage') / 1024, 0),
    ]),
  }
}

export function latencyTable(results: readonly CaseResult[]): Table {
  return {
    head: ['case, 50 msg/s', 'relay p50 ms', 'relay p99 ms', 'plain p50 ms', 'plain p99 ms'],
    rows: results.flatMap(({ case: { name }, relay, plain }) =>
      relay.latency === undefined || plain.latency === undefined
        ? []
        : [
            [
              name,
              ...[relay.latency, plain.latency].flatMap(({ median, p99 }) => [
                number(median, 1),
                number(p99, 1),
              ]),
            ],
          ],
    ),
  }
}

/** The targets, for the cases that they are about. */
export function targets(results: readonly CaseResult[]): Target[] {
  return results
    .filter(result => result.case.isTarget)
    .map(result =>
      result.case.commitDelayMilliseconds === 0
        ? target(`${result.case.name}: at least ${leastRatio} of the plain path`, ratio(result), leastRatio)
        : target(
            `${result.case.name}: at least ${leastOfFast} of the relay with commits at their own speed`,
            keptOfFast(result, results),
            leastOfFast,
          ),
    )
}

function target(text: string, measured: number, least: number): Target {
  return { text, measured, isMet: measured >= least }
}

export function targetLine({ text, measured, isMet }: Target): string {
  return `${isMet ? 'met' : 'MISSED'}: ${text}: ${number(measured, 2)}`
}

/** Columns padded with spaces; numbers to the right. */
export function tableText({ head, rows }: Table): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0)))
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
  return `${all.map(row => row.map(cell).join('  ')).join('\n')}\n`
}

export function tableMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return `${[head, rule, ...rows].map(line).join('\n')}\n`
}

/** `-` for what was not measured. */
export function number(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-'
}
