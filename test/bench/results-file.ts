/** The text of RESULTS.md. */
import type { BenchSettings } from './bench.ts'
import type { BounceResult } from './bounces.ts'
import { bounceMethod, bounceTable, bounceTargets } from './bounces-report.ts'
import { type DestinationsResults, destinationsMarkdown } from './destinations.ts'
import { type FanOutResult, fanOutTable } from './fan-out-figures.ts'
import type { CaseResult } from './figures.ts'
import type { Machine } from './machine.ts'
import type { MicroResults, MicroSettings } from './micro.ts'
import { microMarkdown } from './micro-report.ts'
import type { PeerResult } from './peers.ts'
import { peersMethod, peersTable, peersTargets } from './peers-report.ts'
import { latencyTable, tableMarkdown, targetLine, targets, throughputTable } from './report.ts'
import type { TodayResult } from './today.ts'
import { todayMethod, todayTable, todayTargets } from './today-report.ts'

/** @param date of the run, ISO 8601 */
export function resultsText(
  {
    results,
    fanOut,
    today,
    peers,
    destinations,
    bounces,
    micro,
  }: {
    readonly results: readonly CaseResult[]
    readonly fanOut: readonly FanOutResult[]
    readonly today: readonly TodayResult[]
    readonly peers: readonly PeerResult[]
    readonly destinations: DestinationsResults
    readonly bounces: readonly BounceResult[]
    readonly micro: MicroResults
  },
  machine: Machine,
  settings: BenchSettings & { readonly micro: MicroSettings },
  date: string,
): string {
  return `# Relay and plain path

Written by \`npm run bench -- --write\` on ${date}.

| | |
| --- | --- |
${Object.entries(machine)
  .map(([name, value]) => `| ${name} | ${value} |`)
  .join('\n')}

Absolute figures are those of this machine, on which load client, sink and the measured process share the processors. What
counts is the ratio: both were measured in turn, in ${settings.rounds} rounds. A load of the machine from elsewhere spoils even that.

## Targets

${[...peersTargets(peers), ...targets(results), ...todayTargets(today), ...bounceTargets(bounces)].map(target => `- ${targetLine(target)}`).join('\n')}

## Beside Postfix

${tableMarkdown(peersTable(peers))}
${peersMethod}
## Throughput

${tableMarkdown(throughputTable(results))}
## Latency

${tableMarkdown(latencyTable(results))}

## Lists

${tableMarkdown(fanOutTable(fanOut))}
${fanOutText}
## DKIM and ARC

${tableMarkdown(todayTable(today))}
${todayMethod}
## Bounces

${tableMarkdown(bounceTable(bounces))}
${howText(settings)}${bounceMethod}${destinationsMarkdown(destinations)}
${microMarkdown(micro, settings.micro)}`
}

const fanOutText = `One post of 4 KiB, signed by its author, to a list with subject tag, footer and list fields; every subscriber's copy has a signature for
its own rt and a bounce address of its own. In \`list-links\` each also has its own link to unsubscribe (List-Unsubscribe), so that header fields,
version and proof are made for each copy. The plain path sends as many copies of the post as it is, with a row in its queue for each. Times are from
the moment when the client begins to send the post; peak is the most resident memory that the process has had by the end of the run. A copy that is
lost or comes twice ends the bench.
`

function howText(settings: BenchSettings): string {
  return `## What is measured and how

Load client, relay or plain path, and sink are processes of their own on one machine, connected over loopback. fsync is on.

- **relay**: \`start\` of the command line with the settings of a fresh start, its log included, apart from \`tls: 'none'\`, no wait
  for early talkers, and an alias with one destination. It verifies the hop i=1 of origin.example (its key comes from a small name server), writes
  Received and Authentication-Results, spools, expands, signs i=2 and delivers. That it does is checked on a message that reached the sink.
- **plain**: the same packages without the relay: smtp-server, one row in SQLite with group commit in a thread before the 250, nodemailer's
  pool with as many connections as the relay has, the row deleted after delivery. smtp-server waits 100 ms before its greeting and has no
  setting for it; here its connection class is extended by one that greets at once.
- **name of a case**: size of the message; connections \`kept\` for all messages of a session or opened for \`each\` message; number of
  sessions. \`slow\`: every commit takes 2 ms more, in both. \`unsigned\`: messages without DKIM2, which the relay signs at i=1. \`rsa\`: the relay
  signs with RSA-2048 beside Ed25519, as it does after a fresh start; all others sign with Ed25519 alone. \`wait\`: the greeting comes after the
  100 ms that both wait by default.
- **messages**: each is sent once, and was signed with Ed25519 before the clock ran; those of 64 KiB have an attachment in base64.
- **msg/s**: sessions send one message after the other, one command at a time, for ${settings.secondsPerRun} s; counted from the first message sent to the last one
  at the sink. Median of ${settings.rounds} runs after a warm-up of ${settings.warmUpMessages * 1.375} messages; the ratio is the median of the ratios of neighbouring runs. A lost or
  doubled message ends the bench.
- **of fast disk**: throughput of the relay in parts of what it has without the 2 ms.
- **CPU ms, KiB**: processor time of the measured process with its threads, and octets that it gave to the disk, per message (/proc/PID/stat and
  write_bytes of /proc/PID/io).
- **latency**: from the end of a message at the client, all of it given to the socket, to its end at the sink; ${settings.pacedMessages} messages, 50 a second whatever becomes
  of them.
`
}
