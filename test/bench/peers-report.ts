/** The relay beside Postfix, as people read it. */
import { median, type RunFigures } from './figures.ts'
import { type PeerName, type PeerResult, peerNames } from './peers.ts'
import { number, type Table, type Target } from './report.ts'

/** By case: how much of the processor time of plain Postfix the relay may use, and how much of its throughput it has at least. */
const wanted: Readonly<Record<string, { readonly mostCpu: number; readonly leastRate: number }>> = {
  '4k-each-10': { mostCpu: 0.45, leastRate: 1.6 },
  '4k-each-20': { mostCpu: 0.4, leastRate: 1.8 },
  '64k-each-10': { mostCpu: 0.6, leastRate: 1.2 },
}

/** Of runs that followed each other: the median of the ratios of a figure to that of plain Postfix. */
export function peerRatio({ runs }: PeerResult, name: PeerName, figure: keyof RunFigures): number {
  return median(runs[name].map((run, round) => run[figure] / (runs.Postfix[round]?.[figure] ?? Number.NaN)))
}

export function peersTable(results: readonly PeerResult[]): Table {
  return {
    head: ['beside Postfix', 'system', 'msg/s', 'of Postfix', 'CPU ms', 'of Postfix'],
    rows: results.flatMap(result =>
      peerNames.map(name => [
        result.case.name,
        name,
        number(median(result.runs[name].map(run => run.messagesPerSecond)), 0),
        number(peerRatio(result, name, 'messagesPerSecond'), 2),
        number(median(result.runs[name].map(run => run.cpuMillisecondsPerMessage)), 2),
        number(peerRatio(result, name, 'cpuMillisecondsPerMessage'), 2),
      ]),
    ),
  }
}

export function peersTargets(results: readonly PeerResult[]): Target[] {
  return results.flatMap(result => {
    const goal = wanted[result.case.name]
    if (goal === undefined) return []
    const cpu = peerRatio(result, 'relay', 'cpuMillisecondsPerMessage')
    const rate = peerRatio(result, 'relay', 'messagesPerSecond')
    return [
      {
        text: `${result.case.name}: at most ${goal.mostCpu} of Postfix's processor time`,
        measured: cpu,
        isMet: cpu <= goal.mostCpu,
      },
      {
        text: `${result.case.name}: at least ${goal.leastRate} of Postfix's throughput`,
        measured: rate,
        isMet: rate >= goal.leastRate,
      },
    ]
  })
}

export const peersMethod = `The same client and sink in front of and behind a real Postfix (Debian's, with an alias and a static route, default settings otherwise), the same
with opendkim as its milter, which signs with RSA-2048, and the relay: verifying, logging and signing DKIM2, and as it comes, with DKIM and ARC beside
it. Processor time is that of all processes of a system. Ratios are medians over rounds in which all four took turns.
`
