/**
 * A place that a recipe gives whole, taken apart for readers: a recipe repeats lines where that is shorter on the wire than to
 * copy them, a reader wants to see only those that differ.
 */

export interface Hunk {
  /** Of the first of the lines that stand there now, or would stand there; 1 is the first line. */
  readonly line: number
  readonly before: readonly string[]
  readonly now: readonly string[]
}

/** What a reader waits for without noticing; messages come from strangers. */
const maxComparisons = 2_000_000

/** How many comparisons of lines are left for all places of a message. */
export class HunkWork {
  #left = maxComparisons

  /** False, and nothing taken, when there are not so many left. */
  take(comparisons: number): boolean {
    if (comparisons > this.#left) return false
    this.#left -= comparisons
    return true
  }
}

/**
 * The parts of a place in which it differs, in order; none where both sides are the same. A place that is more work than is
 * left is told as it stands in the recipe.
 */
export function hunks(place: Hunk, work: HunkWork): Hunk[] {
  const { before, now } = place
  if (!work.take(before.length * now.length)) return [place]
  const common = commonLengths(before, now)
  const found: Hunk[] = []
  let old: string[] = []
  let fresh: string[] = []
  const endHunk = (from: number) => {
    if (old.length + fresh.length === 0) return
    found.push({ line: place.line + from - fresh.length, before: old, now: fresh })
    old = []
    fresh = []
  }
  let [at, from] = [0, 0]
  while (at < before.length || from < now.length) {
    const [line, newLine] = [before[at], now[from]]
    if (line !== undefined && line === newLine) {
      endHunk(from)
      at += 1
      from += 1
    } else if (line !== undefined && lengthAt(common, at + 1, from) >= lengthAt(common, at, from + 1)) {
      old.push(line)
      at += 1
    } else if (newLine !== undefined) {
      fresh.push(newLine)
      from += 1
    }
  }
  endHunk(from)
  return found
}

/** How many lines the rests of both sides have in common, for every place at which they can begin. */
function commonLengths(before: readonly string[], now: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(now.length + 1))
  for (let at = before.length - 1; at >= 0; at--) {
    for (let from = now.length - 1; from >= 0; from--) {
      const length =
        before[at] === now[from]
          ? lengthAt(rows, at + 1, from + 1) + 1
          : Math.max(lengthAt(rows, at + 1, from), lengthAt(rows, at, from + 1))
      const row = rows[at]
      if (row !== undefined) row[from] = length
    }
  }
  return rows
}

/** -1 beyond the end, so that nobody goes there. */
function lengthAt(rows: readonly Uint32Array[], at: number, from: number): number {
  return rows[at]?.[from] ?? -1
}
