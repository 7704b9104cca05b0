/** Cursors that are numbers of the store. */
import { printable } from '../../message/printable.ts'
import { UsageError } from '../../operator/problems.ts'

/** @throws UsageError for what no page has said */
export function numberAfter(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw new UsageError(`after: expected what the page before said is next, found ${printable(cursor)}`)
}
