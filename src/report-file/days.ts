/** Counts over time: by day, or by month where there are many days. */

export interface Period {
  /** YYYY-MM-DD, or YYYY-MM. */
  readonly period: string
  readonly passed: number
  readonly failed: number
}

/** Days that are shown one by one: two months of them fill a screen. */
const maxDays = 62

/** @param days counts by YYYY-MM-DD */
export function periodsOf(
  days: ReadonlyMap<string, { readonly passed: number; readonly failed: number }>,
): Period[] {
  const length = days.size > maxDays ? 'YYYY-MM'.length : 'YYYY-MM-DD'.length
  const periods = new Map<string, { passed: number; failed: number }>()
  for (const [day, { passed, failed }] of days) {
    const period = day.slice(0, length)
    const sum = periods.get(period) ?? { passed: 0, failed: 0 }
    periods.set(period, { passed: sum.passed + passed, failed: sum.failed + failed })
  }
  return [...periods]
    .map(([period, counts]) => ({ period, ...counts }))
    .toSorted((a, b) => (a.period < b.period ? -1 : 1))
}

/** Adds to the counts of a day. */
export function addToDay(
  days: Map<string, { readonly passed: number; readonly failed: number }>,
  day: string,
  passed: number,
  failed: number,
): void {
  const before = days.get(day) ?? { passed: 0, failed: 0 }
  days.set(day, { passed: before.passed + passed, failed: before.failed + failed })
}

/** YYYY-MM-DD in UTC of Unix seconds; undefined for what no calendar has. */
export function dayOf(unixSeconds: number): string | undefined {
  const date = new Date(unixSeconds * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10)
}
