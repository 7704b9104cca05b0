/** What DKIM and ARC cost, as people read it. */
import { median } from './figures.ts'
import { number, type Table, type Target } from './report.ts'
import type { TodayResult } from './today.ts'

const mostMilliseconds = 0.25
const leastKept = 0.85

/** Milliseconds of processor time that a message costs more: the median of the rounds. */
export function moreMilliseconds(result: TodayResult): number {
  return median(result.with.map((time, round) => time - (result.without[round] ?? Number.NaN)))
}

/** What is left of the rate that the processor allows: the median of the rounds. */
export function keptRate(result: TodayResult): number {
  return median(result.with.map((time, round) => (result.without[round] ?? Number.NaN) / time))
}

export function todayTable(results: readonly TodayResult[]): Table {
  return {
    head: ['DKIM and ARC', 'keys', 'without CPU ms', 'with CPU ms', 'more CPU ms', 'rate kept'],
    rows: results.map(result => [
      result.what,
      result.keys,
      number(median(result.without), 2),
      number(median(result.with), 2),
      number(moreMilliseconds(result), 2),
      number(keptRate(result), 2),
    ]),
  }
}

/** Of Ed25519; RSA is measured, and no target. */
export function todayTargets(results: readonly TodayResult[]): Target[] {
  return results
    .filter(({ keys }) => keys === 'ed25519')
    .map(result =>
      result.what === 'forwarded'
        ? targetOfForwarded(moreMilliseconds(result))
        : targetOfPost(keptRate(result)),
    )
}

function targetOfForwarded(measured: number): Target {
  const text = `forwarded with DKIM and ARC: at most ${mostMilliseconds} ms of CPU more`
  return { text, measured, isMet: measured <= mostMilliseconds }
}

function targetOfPost(measured: number): Target {
  const text = `a post with DKIM and ARC: at least ${leastKept} of its rate without`
  return { text, measured, isMet: measured >= leastKept }
}

export const todayMethod = `Two relays, of which one adds neither DKIM nor ARC, in turn. *forwarded*: messages of 4 KiB through an alias, ten sessions; *post*: one post to
all of a list, each copy with its own link to unsubscribe, and so with a DKIM-Signature of its own. Processor time of the whole process for each message
or copy; **rate kept**: how many messages the same processor time is good for, in parts of those without. With \`ed25519+rsa\` DKIM2 and DKIM are
signed with both, and the ARC set with RSA.
`
