/** Runs of common lines as the steps of a body recipe. draft-ietf-dkim-dkim2-spec-06 section 5. */

import { bodyLines, countLines, endsWithCrlf } from '../message/body-lines.ts'
import type { Run } from './diff-runs.ts'
import type { Change, Step } from './model.ts'

/**
 * What steps take on the wire in octets, at most for copies and at least for data, of what both profiles write. So a recipe
 * with copies is never longer than one that gives the same lines as data.
 */
const copyOctets = 12
const dataOctets = 8
const lineOctets = 3

/** A stretch of the previous body; `copy` where it can be copied. */
interface Segment {
  readonly start: number
  readonly end: number
  readonly copy?: { readonly from: number; readonly to: number }
}

/**
 * The steps that give `previous`. Runs that are shorter than the copy step they need are given as data.
 *
 * @returns 'unrecoverable' where a line has to be given that holds a CR or LF
 */
export function bodyStepsOf(runs: readonly Run[], previous: Buffer, current: Buffer): Change {
  const steps: Step[] = []
  const segments = worthwhile(segmentsOf(runs, previous, current), previous)
  for (const { start, end, copy } of segments) {
    if (copy) {
      steps.push({ kind: 'copy', ...copy })
    } else {
      const lines = previous.subarray(start, end)
      if (!isGivable(lines)) return 'unrecoverable'
      steps.push({ kind: 'data', items: [...bodyLines(lines)] })
    }
  }
  return steps
}

function segmentsOf(runs: readonly Run[], previous: Buffer, current: Buffer): Segment[] {
  const segments: Segment[] = []
  let start = 0
  let currentEnd = 0
  let line = 0
  for (const run of runs) {
    if (run.previous > start) segments.push({ start, end: run.previous })
    start = run.previous + run.length
    line += countLines(current.subarray(currentEnd, run.current))
    currentEnd = run.current + run.length
    const to = line + countLines(current.subarray(run.current, currentEnd))
    segments.push({ start: run.previous, end: start, copy: { from: line + 1, to } })
    line = to
  }
  if (start < previous.length) segments.push({ start, end: previous.length })
  return segments
}

/** The least that the segments up to one take when it is a copy, or data; and what the one before it is then. */
interface Cost {
  readonly copy: number
  readonly data: number
  readonly beforeCopy: 'copy' | 'data'
  readonly beforeData: 'copy' | 'data'
}

/** Makes data of the copies that are not worth their step; data that follows data is joined to it. */
function worthwhile(segments: readonly Segment[], previous: Buffer): Segment[] {
  const costs: Cost[] = []
  let last: Cost = { copy: 0, data: Number.POSITIVE_INFINITY, beforeCopy: 'copy', beforeData: 'copy' }
  for (const segment of segments) {
    const dataAfterCopy = last.copy + dataOctets
    last = {
      copy: Math.min(last.copy, last.data) + copyCost(segment),
      data: Math.min(last.data, dataAfterCopy) + dataCost(segment, previous),
      beforeCopy: last.copy <= last.data ? 'copy' : 'data',
      beforeData: dataAfterCopy < last.data ? 'copy' : 'data',
    }
    costs.push(last)
  }
  const chosen: Segment[] = []
  let kind: 'copy' | 'data' = last.copy <= last.data ? 'copy' : 'data'
  for (let index = segments.length - 1; index >= 0; index--) {
    const segment = segments[index] as Segment
    const cost = costs[index] as Cost
    const after = chosen.at(-1)
    if (kind === 'copy') chosen.push(segment)
    else if (after && !after.copy) chosen[chosen.length - 1] = { start: segment.start, end: after.end }
    else chosen.push({ start: segment.start, end: segment.end })
    kind = kind === 'copy' ? cost.beforeCopy : cost.beforeData
  }
  return chosen.reverse()
}

function copyCost({ copy }: Segment): number {
  return copy ? copyOctets + String(copy.from).length + String(copy.to).length : Number.POSITIVE_INFINITY
}

function dataCost(segment: Segment, previous: Buffer): number {
  const { start, end, copy } = segment
  const octets = end - start
  // Nobody would give so much instead of a copy: there is no need to know the cost of all its lines.
  if (copy && octets > copyCost(segment) + 2 * dataOctets) return Number.POSITIVE_INFINITY
  if (copy && !isGivable(previous.subarray(start, end))) return Number.POSITIVE_INFINITY
  return octets + (lineOctets - 2) * countLines(previous.subarray(start, end))
}

/** True for lines that data can give just so: each ends with CRLF and holds no other CR or LF. */
function isGivable(lines: Buffer): boolean {
  return endsWithCrlf(lines, 0, lines.length) && !/\r(?!\n)|(?<!\r)\n/.test(lines.toString('latin1'))
}
