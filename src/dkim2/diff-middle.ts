/**
 * A point in the middle of a shortest way from one sequence of numbers to another, in linear memory. E. W. Myers,
 * "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), section 4b.
 */

import type { DiffWork } from './diff-work.ts'

/** Stretches of both sequences that are to be compared; ends are not included. */
export interface Box {
  readonly previousFrom: number
  readonly previousTo: number
  readonly currentFrom: number
  readonly currentTo: number
}

export interface Point {
  readonly previous: number
  readonly current: number
}

/** How far one end of the search has come: on each diagonal, the number of items of `previous` gone through. */
interface Front {
  readonly reach: Int32Array
  /** The items looked at first, and in which direction it goes on. */
  readonly previousStart: number
  readonly currentStart: number
  readonly direction: 1 | -1
}

interface Extent {
  readonly previous: number
  readonly current: number
}

const unreached = -(2 ** 30)
const outOfSteps = unreached - 1

/** Searches in two sequences; holds memory for it that is linear in them. */
export class MiddleSearch {
  readonly #previous: Int32Array
  readonly #current: Int32Array
  readonly #work: DiffWork
  readonly #forward: Int32Array
  readonly #backward: Int32Array
  /** The place of diagonal 0. */
  readonly #origin: number

  constructor(previous: Int32Array, current: Int32Array, work: DiffWork) {
    this.#previous = previous
    this.#current = current
    this.#work = work
    this.#origin = Math.ceil((previous.length + current.length) / 2) + 2
    this.#forward = new Int32Array(2 * this.#origin + 1)
    this.#backward = new Int32Array(2 * this.#origin + 1)
  }

  /**
   * Finds a point of a shortest way, not at either end of it.
   *
   * @param box not empty on either side; its first items differ, and so do its last items
   * @param maxSteps beyond which the search is given up
   * @returns undefined where it was given up
   */
  find(box: Box, maxSteps: number): Point | undefined {
    if (this.#work.left === 0) return undefined
    const stop = this.#work.steps + Math.min(maxSteps, this.#work.left)
    const extent = {
      previous: box.previousTo - box.previousFrom,
      current: box.currentTo - box.currentFrom,
    }
    const isOdd = (extent.previous - extent.current) % 2 !== 0
    const forward = this.#front(this.#forward, box.previousFrom, box.currentFrom, 1)
    const backward = this.#front(this.#backward, box.previousTo - 1, box.currentTo - 1, -1)
    for (let edits = 0; ; edits++) {
      // Whether the ends can meet after an even or an odd number of edits is a matter of the box.
      let meets = this.#advance(forward, backward, extent, edits, isOdd ? edits - 1 : -1, stop)
      if (meets === outOfSteps) return undefined
      if (meets !== unreached) return this.#pointOf(forward, box, meets)
      meets = this.#advance(backward, forward, extent, edits, isOdd ? -1 : edits, stop)
      if (meets === outOfSteps) return undefined
      if (meets !== unreached) return this.#pointOf(backward, box, meets)
    }
  }

  /** One end of a search at its beginning. */
  #front(reach: Int32Array, previousStart: number, currentStart: number, direction: 1 | -1): Front {
    reach.fill(unreached, this.#origin - 1, this.#origin + 2)
    reach[this.#origin] = 0
    return { reach, previousStart, currentStart, direction }
  }

  /**
   * Goes on by one edit on every diagonal.
   *
   * @param otherEdits how far the other end has come where the ends can meet now, else -1
   * @returns the diagonal on which the ends meet; `unreached` where they do not
   */
  #advance(
    own: Front,
    other: Front,
    extent: Extent,
    edits: number,
    otherEdits: number,
    stop: number,
  ): number {
    const { reach } = own
    const origin = this.#origin
    const difference = extent.previous - extent.current
    reach[origin - edits - 1] = unreached
    reach[origin + edits + 1] = unreached
    // Diagonals that have come to the edge of the box have nothing more to give.
    const low = -edits + 2 * Math.max(0, edits - extent.current)
    const high = edits - 2 * Math.max(0, edits - extent.previous)
    const most = stop - this.#work.steps
    let steps = 0
    let result = unreached
    for (let diagonal = low; diagonal <= high && result === unreached; diagonal += 2) {
      const start = edited(reach, origin + diagonal, diagonal, extent)
      if (start < 0) continue
      const end = this.#follow(own, extent, start, diagonal)
      reach[origin + diagonal] = end
      steps += 1 + end - start
      const opposite = difference - diagonal
      const canMeet = opposite >= -otherEdits && opposite <= otherEdits
      if (canMeet && end + (other.reach[origin + opposite] as number) >= extent.previous) result = diagonal
      else if (steps >= most) result = outOfSteps
    }
    this.#work.spend(steps)
    return result
  }

  /** Goes along items that are the same. */
  #follow(own: Front, extent: Extent, start: number, diagonal: number): number {
    const { direction } = own
    const previous = this.#previous
    const current = this.#current
    const end = Math.min(extent.previous, extent.current + diagonal)
    let at = own.previousStart + direction * start
    let currentAt = own.currentStart + direction * (start - diagonal)
    let place = start
    while (place < end && previous[at] === current[currentAt]) {
      place++
      at += direction
      currentAt += direction
    }
    return place
  }

  #pointOf(own: Front, box: Box, diagonal: number): Point {
    const previous = own.reach[this.#origin + diagonal] as number
    const current = previous - diagonal
    return own.direction === 1
      ? { previous: box.previousFrom + previous, current: box.currentFrom + current }
      : { previous: box.previousTo - previous, current: box.currentTo - current }
  }
}

/** The furthest place on a diagonal after one more edit: an item of `previous`, or of `current`, that has no partner. */
function edited(reach: Int32Array, at: number, diagonal: number, extent: Extent): number {
  const onPrevious = (reach[at - 1] as number) + 1
  const onCurrent = reach[at + 1] as number
  let place = reach[at] as number
  if (onPrevious <= extent.previous && onPrevious > place) place = onPrevious
  if (onCurrent - diagonal <= extent.current && onCurrent > place) place = onCurrent
  return place
}
