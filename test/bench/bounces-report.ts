/** The figures of the bounces as people read them. */
import type { BounceResult } from './bounces.ts'
import { median } from './figures.ts'
import { number, type Table, type Target } from './report.ts'

const mostMilliseconds = 50

export function bounceTable(results: readonly BounceResult[]): Table {
  return {
    head: ['case', 'returned octets', 'relay CPU ms', 'bounces/s'],
    rows: results.map(({ case: { name, bodyBytes }, cpuMilliseconds, perSecond }) => [
      name,
      String(bodyBytes),
      number(median(cpuMilliseconds), 1),
      number(median(perSecond), 0),
    ]),
  }
}

export function bounceTargets(results: readonly BounceResult[]): Target[] {
  return results.map(({ case: { name }, cpuMilliseconds }) => {
    const measured = median(cpuMilliseconds)
    const text = `${name}: at most ${mostMilliseconds} ms of CPU for each bounce`
    return { text, measured, isMet: measured < mostMilliseconds }
  })
}

export const bounceMethod = `- **bounce**: a report that destination.example has signed comes to the bounce address of a copy, five at a time, each in a session of its own;
  the relay verifies it and the message that it returns, rebuilds that, signs a report of its own and hands it to the sink as origin.example. **relay CPU
  ms** is processor time of the relay with its threads, from the first report to the arrival of the last, per report; median of the rounds after a
  warm-up. The large message is one attachment in base64. That each report arrives with the whole message is checked.
`
