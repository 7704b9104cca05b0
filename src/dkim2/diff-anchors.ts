/**
 * Items that occur once in each of two stretches, in an order that both have: what a person would hold on to. The longest such
 * list, by patience sorting. Fast whatever the stretches hold, and exact where all items are different.
 */

import type { Box, Point } from './diff-middle.ts'

/** Finds anchors in two sequences of numbers from 0 to `idCount` - 1. */
export class AnchorSearch {
  readonly #previous: Int32Array
  readonly #current: Int32Array
  /** Where an item occurs, counted from 1; 0: nowhere, -1: more than once. */
  readonly #previousPlace: Int32Array
  readonly #currentPlace: Int32Array

  constructor(previous: Int32Array, current: Int32Array, idCount: number) {
    this.#previous = previous
    this.#current = current
    this.#previousPlace = new Int32Array(idCount)
    this.#currentPlace = new Int32Array(idCount)
  }

  /** The anchors of a box, ascending in both sequences. */
  find(box: Box): Point[] {
    const { previousFrom, previousTo, currentFrom, currentTo } = box
    notePlaces(this.#previousPlace, this.#previous, previousFrom, previousTo)
    notePlaces(this.#currentPlace, this.#current, currentFrom, currentTo)
    const pairs: Point[] = []
    for (let at = previousFrom; at < previousTo; at++) {
      const id = this.#previous[at] as number
      const place = this.#currentPlace[id] as number
      if (place > 0 && (this.#previousPlace[id] as number) > 0)
        pairs.push({ previous: at, current: place - 1 })
    }
    clearPlaces(this.#previousPlace, this.#previous, previousFrom, previousTo)
    clearPlaces(this.#currentPlace, this.#current, currentFrom, currentTo)
    return longestAscending(pairs)
  }
}

function notePlaces(places: Int32Array, items: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const id = items[at] as number
    places[id] = places[id] === 0 ? at + 1 : -1
  }
}

function clearPlaces(places: Int32Array, items: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) places[items[at] as number] = 0
}

/** The longest part of a list, in its order, in which `current` ascends. */
function longestAscending(pairs: readonly Point[]): Point[] {
  const currentOf = (index: number) => (pairs[index] as Point).current
  /** The index of the pair with the lowest `current` that ends an ascending part of length n + 1. */
  const ends: number[] = []
  const before = new Int32Array(pairs.length)
  for (let index = 0; index < pairs.length; index++) {
    let low = 0
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1
      if (currentOf(ends[middle] as number) < currentOf(index)) low = middle + 1
      else high = middle
    }
    before[index] = low === 0 ? -1 : (ends[low - 1] as number)
    ends[low] = index
  }
  const result: Point[] = []
  for (let index = ends.at(-1) ?? -1; index >= 0; index = before[index] as number) {
    result.push(pairs[index] as Point)
  }
  return result.reverse()
}
