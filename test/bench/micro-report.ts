/** The figures of the micro-benchmarks as people read them. */
import type { MicroResults, MicroSettings } from './micro.ts'
import { number, type Table, tableMarkdown, tableText } from './report.ts'

export function chainTable({ chains }: MicroResults): Table {
  return {
    head: [
      'three-hop chain',
      'profile',
      'msg/s',
      'main us',
      'wall us',
      'x SHA-256',
      'crypto',
      'crypto of main',
    ],
    rows: chains.map(one => [
      one.name,
      one.profile,
      number(one.callsPerSecond, one.callsPerSecond < 100 ? 1 : 0),
      number(one.mainMicroseconds, 0),
      number(one.wallMicroseconds, 0),
      number(one.timesBaseline, 1),
      percent(one.cryptographyShare),
      percent(one.cryptographyShareOfMain),
    ]),
  }
}

export function ed25519Table({ ed25519 }: MicroResults): Table {
  return {
    head: ['Ed25519', 'per second', 'main us', 'ratio'],
    rows: ed25519.map(one => [
      one.name,
      number(one.callsPerSecond, 0),
      number(one.mainMicroseconds, 1),
      number(one.ratio, 2),
    ]),
  }
}

export function ratesTable({ rates }: MicroResults): Table {
  return {
    head: ['limits of rates', 'main us'],
    rows: rates.map(({ name, mainMicroseconds }) => [name, number(mainMicroseconds, 2)]),
  }
}

export function microText(results: MicroResults): string {
  return [chainTable(results), ed25519Table(results), ratesTable(results)].map(tableText).join('\n')
}

/** The section of RESULTS.md. */
export function microMarkdown(results: MicroResults, settings: MicroSettings): string {
  return `## The core by itself

${tableMarkdown(chainTable(results))}
${tableMarkdown(ed25519Table(results))}
${tableMarkdown(ratesTable(results))}
In the process of the bench, without network and disk; medians of ${settings.rounds} rounds after a warm-up. The messages are plain text of that size,
signed with Ed25519 by three parties of which the second tagged the subject and added a footer; in every stretch of it there is white space for
\`mailversion\` to reduce, which is the slow way. Keys come from memory, parsed. Every call reads the message anew, so that nothing is remembered
from the call before; *extend* reads the chain, adds a hop that changed nothing (in
\`mailversion\` with a version of its own) and signs it with Ed25519; *verify and extend* does both on one
message, as the relay does, which spares extending the hashes.

- **msg/s, main us**: ten messages under way at once, two of 10 MiB; processor time of the main thread per message. Signatures are computed
  in the thread pool. **wall us**: from call to result with nothing else under way.
- **x SHA-256**: main us in times of hashing the same octets with SHA-256, measured just before.
- **crypto**: share of the processor time of all threads, **crypto of main**: of the main thread. A call is done once while node:crypto notes
  what it is given; the same hashes of the same octets and the same signatures and checks with the same keys are then measured alone, hashes
  on the main thread, signatures in the thread pool. Canonical forms are not cryptography.
- **Ed25519**: of a digest of 32 octets. Thread pool: ten under way at once; the others one after the other. \`@noble/ed25519\` hashes with
  node:crypto. **ratio**: to node:crypto without the thread pool in the same round.
- **Limits of rates**: processor time of the main thread for one message with one recipient, from its connection to its RCPT.
`
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(0)} %` : '-'
}
