/** The common lines of bodies that differ in many: lines become numbers, equal ones the same, and these are matched. */

import { countLines } from '../message/body-lines.ts'
import { countOf, type Lines, LineTable, linesOf, startOf } from './diff-line-table.ts'
import type { Run } from './diff-runs.ts'
import { matchSequences } from './diff-sequence.ts'
import type { DiffWork } from './diff-work.ts'

/** Finds common lines; few where they are hard to find, none where there are too many to go through. */
export function commonLines(previous: Buffer, current: Buffer, work: DiffWork): Run[] {
  // Making a number of a line is a step, too: this bounds the memory for them.
  const lines = countLines(previous) + countLines(current)
  if (lines > work.left) return []
  work.spend(lines)
  const was = linesOf(previous)
  const is = linesOf(current)
  return runsOf(matchLines(was, is, work), was, is)
}

/** For each line of `previous` the index of its partner in `current`, or -1. */
function matchLines(previous: Lines, current: Lines, work: DiffWork): Int32Array {
  const table = new LineTable(previous)
  const ids = new Int32Array(countOf(previous)).map((_, line) => table.add(line))
  const currentIds = new Int32Array(countOf(current)).map((_, line) => table.find(current, line))
  // Lines that occur on one side only have no partner, and would only cost time.
  const isShared = new Uint8Array(ids.length)
  for (const id of currentIds) if (id >= 0) isShared[id] = 1
  const shared = indicesWhere(ids, id => isShared[id] === 1)
  const currentShared = indicesWhere(currentIds, id => id >= 0)
  const found = matchSequences(itemsAt(ids, shared), itemsAt(currentIds, currentShared), ids.length, work)
  const partners = new Int32Array(ids.length).fill(-1)
  found.forEach((partner, index) => {
    if (partner >= 0) partners[shared[index] as number] = currentShared[partner] as number
  })
  return partners
}

function indicesWhere(ids: Int32Array, condition: (id: number) => boolean): Int32Array {
  const indices = new Int32Array(ids.length)
  let length = 0
  for (let index = 0; index < ids.length; index++) {
    if (condition(ids[index] as number)) indices[length++] = index
  }
  return indices.subarray(0, length)
}

function itemsAt(ids: Int32Array, indices: Int32Array): Int32Array {
  return indices.map(index => ids[index] as number)
}

/** Lines that follow each other on both sides are one run. */
function runsOf(partners: Int32Array, previous: Lines, current: Lines): Run[] {
  const runs: Run[] = []
  for (let line = 0; line < partners.length; ) {
    const first = line++
    const partner = partners[first] as number
    if (partner < 0) continue
    while (partners[line] === partner + line - first) line++
    const start = startOf(previous, first)
    runs.push({
      previous: start,
      current: startOf(current, partner),
      length: startOf(previous, line) - start,
    })
  }
  return runs
}
