/**
 * Which items of two sequences of numbers belong together, in linear memory and bounded work.
 *
 * Stretches that differ a little get the most partners there can be. Where that would take too long, items that occur once
 * on each side cut the stretch in pieces; a stretch that has none, or for which no steps are left, gets no partners.
 */

import { AnchorSearch } from './diff-anchors.ts'
import { type Box, MiddleSearch } from './diff-middle.ts'
import type { DiffWork } from './diff-work.ts'

/** What one search for the best partners may take of the steps that are left, so that the pieces get some when it fails. */
const searchShare = 0.25

/** A stretch to be compared. */
interface Task extends Box {
  /** Steps that the search may take at least: those of the search that found it, as it takes no more than half of them. */
  readonly searchSteps: number
}

/**
 * Finds partners, ascending on both sides.
 *
 * @param idCount above all numbers; they are not negative
 * @returns for each item of `previous` the index of its partner in `current`, or -1
 */
export function matchSequences(
  previous: Int32Array,
  current: Int32Array,
  idCount: number,
  work: DiffWork,
): Int32Array {
  const partners = new Int32Array(previous.length).fill(-1)
  const middles = new MiddleSearch(previous, current, work)
  const anchors = new AnchorSearch(previous, current, idCount)
  const whole = { previousFrom: 0, previousTo: previous.length, currentFrom: 0, currentTo: current.length }
  const tasks: Task[] = [taskOf(whole)]
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    const box = matchEnds(task, previous, current, partners, work)
    if (box.previousFrom === box.previousTo || box.currentFrom === box.currentTo) continue
    const halves = cutInMiddle(box, middles, task.searchSteps, work)
    for (const part of halves ?? cutAtAnchors(box, anchors, partners, work)) tasks.push(part)
  }
  return partners
}

function taskOf(box: Box, searchSteps = 0): Task {
  const { previousFrom, previousTo, currentFrom, currentTo } = box
  return { previousFrom, previousTo, currentFrom, currentTo, searchSteps }
}

function itemsOf(box: Box): number {
  return box.previousTo - box.previousFrom + box.currentTo - box.currentFrom
}

/** Gives items at both ends that are the same their partners; what is left begins and ends with different ones. */
function matchEnds(
  box: Box,
  previous: Int32Array,
  current: Int32Array,
  partners: Int32Array,
  work: DiffWork,
): Box {
  let { previousFrom, previousTo, currentFrom, currentTo } = box
  while (
    previousFrom < previousTo &&
    currentFrom < currentTo &&
    previous[previousFrom] === current[currentFrom]
  ) {
    partners[previousFrom++] = currentFrom++
  }
  while (
    previousFrom < previousTo &&
    currentFrom < currentTo &&
    previous[previousTo - 1] === current[currentTo - 1]
  ) {
    partners[--previousTo] = --currentTo
  }
  work.spend(1 + (itemsOf(box) - (previousTo - previousFrom + currentTo - currentFrom)) / 2)
  return { previousFrom, previousTo, currentFrom, currentTo }
}

/** Two pieces that are best compared each for itself; undefined where they are too hard to find. */
function cutInMiddle(
  box: Box,
  middles: MiddleSearch,
  searchSteps: number,
  work: DiffWork,
): Task[] | undefined {
  const before = work.steps
  const middle = middles.find(box, Math.max(searchSteps, searchShare * work.left))
  if (!middle) return undefined
  const { previous, current } = middle
  const found = work.steps - before
  return [
    taskOf({ ...box, previousTo: previous, currentTo: current }, found),
    taskOf({ ...box, previousFrom: previous, currentFrom: current }, found),
  ]
}

/** Makes the anchors of a box partners; the pieces between them are to be compared. */
function cutAtAnchors(box: Box, anchors: AnchorSearch, partners: Int32Array, work: DiffWork): Task[] {
  if (itemsOf(box) > work.left) return []
  work.spend(itemsOf(box))
  const tasks: Task[] = []
  let { previousFrom, currentFrom } = box
  const found = anchors.find(box)
  for (const { previous, current } of found) {
    partners[previous] = current
    tasks.push(taskOf({ previousFrom, previousTo: previous, currentFrom, currentTo: current }))
    previousFrom = previous + 1
    currentFrom = current + 1
  }
  return found.length === 0 ? [] : [...tasks, taskOf({ ...box, previousFrom, currentFrom })]
}
