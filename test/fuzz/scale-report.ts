/** What a campaign of relays that share a store has shown, as a table, and whether that is as it must be. */
import type { ScaleFigures } from './scale-campaign.ts'

/** How many of a kind are named. */
const named = 20

export function isSound({ missing, claimedByTwo, twice, mostTwice }: ScaleFigures): boolean {
  return missing.length + claimedByTwo.length === 0 && twice <= mostTwice
}

export function scaleReport(figures: ScaleFigures): string {
  const { kills, acknowledged, copies, missing, twice, mostTwice, claimedByTwo, released, relaysSeen } =
    figures
  const rows: readonly (readonly [what: string, found: number | string, expected: string])[] = [
    ['kills', kills, ''],
    ['relays that took messages', relaysSeen, ''],
    ['messages acknowledged', acknowledged, ''],
    ['copies at the sink', copies, ''],
    ['released by the operator', released, 'what was under way at two kills in a row'],
    ['lost', missing.length, 'none'],
    ['claimed by two', claimedByTwo.length, 'none, by the record of the attempts'],
    ['twice', twice, `at most ${mostTwice}: ${figures.underWay} for each kill (docs/scaling.md)`],
    ['seconds', Math.round(figures.milliseconds / 1000), ''],
  ]
  const widths = [0, 1].map(at => Math.max(...rows.map(row => String(row[at]).length)))
  const table = rows.map(([what, found, expected]) =>
    `${what.padEnd(widths[0] ?? 0)}  ${String(found).padStart(widths[1] ?? 0)}  ${expected}`.trimEnd(),
  )
  const lost = missing.slice(0, named).map(copy => `lost: ${copy}`)
  const shared = claimedByTwo.slice(0, named).map(delivery => `in the hands of two: ${delivery}`)
  return `${[...table, ...lost, ...shared, isSound(figures) ? 'as it must be' : 'NOT as it must be'].join('\n')}\n`
}
