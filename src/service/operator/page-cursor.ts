/** Cursors: where the page after a page begins. */
import { printable } from '../../message/printable.ts'
import { UsageError } from '../../operator/problems.ts'

/** What the page after this one is asked with; null: a page that is not full is the last one. */
export function nextOf<T>(page: readonly T[], limit: number, cursorOf: (last: T) => string): string | null {
  const last = page.length < limit ? undefined : page.at(-1)
  return last === undefined ? null : cursorOf(last)
}

/** @throws UsageError for what no page has said */
export function numberAfter(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw wrongCursor(cursor)
}

/** For what no page has said. */
export function wrongCursor(cursor: string): UsageError {
  return new UsageError(`after: expected what the page before said is next, found ${printable(cursor)}`)
}
