/** What leads from one body back to another. */

import { endsWithCrlf } from '../message/body-lines.ts'
import { commonLines } from './diff-lines.ts'
import { nearRuns } from './diff-near.ts'
import { commonLastLines, commonLinesBefore, commonOctets } from './diff-octets.ts'
import { addRun, type Run } from './diff-runs.ts'
import { bodyStepsOf } from './diff-steps.ts'
import type { DiffWork } from './diff-work.ts'
import type { Change } from './model.ts'

const crlf = Buffer.from('\r\n')

/**
 * The steps that give `previous` from `current`: its very octets, but that a CRLF is added at its end where no step can
 * leave it out. No canonical form tells the difference.
 *
 * @returns undefined where that is `current` itself; 'unrecoverable' where a line is lost that holds a CR or LF
 */
export function diffBody(current: Buffer, previous: Buffer, work: DiffWork): Change | undefined {
  const goal = restorable(previous, current)
  if (goal.equals(current)) return undefined
  return bodyStepsOf(commonRuns(goal, current, work), goal, current)
}

/** The previous body as steps can give it: a last line without CRLF comes only from copying such a line. */
function restorable(previous: Buffer, current: Buffer): Buffer {
  if (previous.length === 0 || endsWithCrlf(previous, 0, previous.length)) return previous
  return lastLine(previous).equals(lastLine(current)) ? previous : Buffer.concat([previous, crlf])
}

/** What follows the last CRLF. */
function lastLine(body: Buffer): Buffer {
  const end = body.lastIndexOf(crlf)
  return end < 0 ? body : body.subarray(end + crlf.length)
}

function commonRuns(previous: Buffer, current: Buffer, work: DiffWork): Run[] {
  const start = commonLinesBefore(previous, 0, commonOctets(previous, 0, current, 0))
  const end = commonLastLines(previous.subarray(start), current.subarray(start))
  const was = previous.subarray(start, previous.length - end)
  const is = current.subarray(start, current.length - end)
  const runs: Run[] = []
  addRun(runs, { previous: 0, current: 0, length: start })
  for (const run of runsBetween(was, is, work)) {
    addRun(runs, { ...run, previous: start + run.previous, current: start + run.current })
  }
  addRun(runs, { previous: previous.length - end, current: current.length - end, length: end })
  return runs
}

function runsBetween(previous: Buffer, current: Buffer, work: DiffWork): Run[] {
  if (previous.length === 0 || current.length === 0) return []
  return nearRuns(previous, current, work) ?? commonLines(previous, current, work)
}
