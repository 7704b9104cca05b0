/**
 * The common lines of bodies that differ in a few lines only, however long they are. E. W. Myers, "An O(ND) Difference
 * Algorithm and Its Variations", Algorithmica 1 (1986), the greedy form, directly on octets: lines are looked for only where
 * the bodies differ.
 */

import { nextLine } from '../message/body-lines.ts'
import { commonLinesBefore, commonOctets } from './diff-octets.ts'
import { addRun, type Run } from './diff-runs.ts'
import { type DiffWork, octetsOfStep } from './diff-work.ts'

/** Lines given and lines left out, together. Memory and time grow with the square of this number. */
const maxEdits = 100
/** How often all octets may be looked at; bodies of many equal lines would have it done for each pair of edits. */
const maxPasses = 4
/** Of the steps that are left; the others are for the way that goes through all lines. */
const maxShare = 0.5
/** What a place that is reached by some edits takes beside that: lines of usual length that are gone over. */
const stepsOfPlace = 4

/** The furthest that both bodies can be gone through with some number of edits, and the runs on the way. */
interface Reach {
  readonly previous: number
  readonly current: number
  readonly runs: RunList | undefined
}

interface RunList {
  readonly run: Run
  readonly earlier: RunList | undefined
}

/**
 * Finds as many common lines as there are.
 *
 * @returns undefined where the bodies differ in too many lines
 */
export function nearRuns(previous: Buffer, current: Buffer, work: DiffWork): Run[] | undefined {
  const passes = (maxPasses * (previous.length + current.length)) / octetsOfStep
  const stop = work.steps + Math.min(passes + stepsOfPlace * maxEdits ** 2, maxShare * work.left)
  /** By the number of lines left out less the number of lines given. */
  const reaches = new Map<number, Reach>()
  for (let edits = 0; edits <= maxEdits; edits++) {
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      if (work.left === 0 || work.steps > stop) return undefined
      const leftOut = lineLeftOut(reaches.get(diagonal - 1), current, work)
      const given = lineGiven(reaches.get(diagonal + 1), previous, work)
      const start = edits === 0 ? { previous: 0, current: 0, runs: undefined } : further(leftOut, given)
      if (!start) {
        reaches.delete(diagonal)
        continue
      }
      const reach = followLines(start, previous, current, work)
      if (reach.previous === previous.length && reach.current === current.length) return listOf(reach.runs)
      reaches.set(diagonal, reach)
    }
  }
  return undefined
}

function lineLeftOut(from: Reach | undefined, current: Buffer, work: DiffWork): Reach | undefined {
  if (!from || from.current === current.length) return undefined
  const next = nextLine(current, from.current)
  work.spend(Math.floor((next - from.current) / octetsOfStep))
  return { ...from, current: next }
}

function lineGiven(from: Reach | undefined, previous: Buffer, work: DiffWork): Reach | undefined {
  if (!from || from.previous === previous.length) return undefined
  const next = nextLine(previous, from.previous)
  work.spend(Math.floor((next - from.previous) / octetsOfStep))
  return { ...from, previous: next }
}

/** Of two places on one diagonal. */
function further(a: Reach | undefined, b: Reach | undefined): Reach | undefined {
  return a && b ? (b.previous > a.previous ? b : a) : (a ?? b)
}

function followLines(from: Reach, previous: Buffer, current: Buffer, work: DiffWork): Reach {
  const octets = commonOctets(previous, from.previous, current, from.current)
  const length = commonLinesBefore(previous, from.previous, octets)
  work.spend(1 + Math.floor(octets / octetsOfStep))
  if (length === 0) return from
  const run = { previous: from.previous, current: from.current, length }
  return {
    previous: from.previous + length,
    current: from.current + length,
    runs: { run, earlier: from.runs },
  }
}

function listOf(list: RunList | undefined): Run[] {
  const reversed: Run[] = []
  for (let at = list; at; at = at.earlier) reversed.push(at.run)
  const runs: Run[] = []
  for (const run of reversed.reverse()) addRun(runs, run)
  return runs
}
