/** The matrix as a terminal shows it, and RESULTS.md. */

import type { RevisionTrial } from './by-revision.ts'
import { damaged } from './damaged.ts'
import { journeys } from './journeys.ts'
import { foreignOutcome, openQuestions } from './open-questions.ts'
import type { Peers } from './peers.ts'
import { type Cell, type DamageOpinion, surprises, type Trial } from './trial.ts'

type Row = readonly string[]

/** Who signed, and what each verifier said: passes of hops, and classes as expected of damaged messages. */
export function matrix(trial: Trial): readonly Row[] {
  const verifiers = [...new Set(trial.cells.map(({ verifier }) => verifier))]
  const signers = [...new Set(trial.cells.map(cell => cell.signers))]
  const journeyRows = signers.map(name => [
    `signed by ${name}`,
    ...verifiers.map(verifier => passes(trial.cells, name, verifier)),
  ])
  const damageRow = [
    `${damaged.length} damaged messages`,
    ...verifiers.map(name => agreements(trial.damages, name)),
  ]
  return [['', ...verifiers.map(name => `verified by ${name}`)], ...journeyRows, damageRow]
}

function passes(cells: readonly Cell[], signers: string, verifier: string): string {
  const opinions = cells.find(cell => cell.signers === signers && cell.verifier === verifier)?.opinions ?? []
  return `${opinions.filter(({ passed }) => passed).length} of ${opinions.length} hops`
}

function agreements(damages: readonly DamageOpinion[], verifier: string): string {
  const own = damages.filter(opinion => opinion.verifier === verifier)
  return `${own.filter(({ said, expected }) => said === expected).length} of ${own.length} as expected`
}

/** The matrix in columns of text. */
export function inColumns(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(row =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** All of RESULTS.md. */
export function resultsPage(trial: Trial, pairs: readonly RevisionTrial[], peers: Peers): string {
  return [
    '# Results of the trial against other implementations',
    `Written by \`npm run interop -- --write\`. ${journeys.length} journeys of sound messages (one to four hops) and ${damaged.length} damaged ` +
      'messages, wire profile `message-instance`. The forge is a second signer of ours that shares no code with `src/dkim2`.',
    '## Peers',
    list([
      ...peers.live.map(
        ({ implementation, revision }) => `${implementation.name}, revision ${revision}: ran`,
      ),
      ...peers.skipped.map(({ name, reason }) => `${name}: skipped, ${reason}`),
    ]),
    '## Matrix',
    'Hops that passed, of those that were verified. Two signers take turns, the first one named signs the first hop.',
    table(matrix(trial)),
    '## By revision',
    'Each peer and we under the revision that it follows (04 under 06), on the journeys that the peer can make.',
    ...pairs.map(pair => table(matrix(pair.trial))),
    '## Differences on damaged messages',
    'Where a peer follows an older revision than ours (09) the class that its own revision wants is expected of it. Where the ' +
      'texts at hand name no class (the questions at the end), the expectation is what the peer was seen to do.',
    table([
      ['message', 'rule', 'expected', 'peer', 'says', 'who is right'],
      ...differences([trial, ...pairs.map(pair => pair.trial)].flatMap(({ damages }) => damages)),
    ]),
    '## Delivery status notifications',
    'Of every journey whose last address has a key, composed by us and signed by us or by the peer, of what we or the peer had sent: authentic to both judges. ' +
      'Damaged ones are refused by both. A report that returns message/global is not read by the crate.',
    '## Classes that revisions 08 and 09 of the draft see differently',
    table([
      ['message', 'rule', '08', '09'],
      ...damaged.flatMap(({ name, rule, expected, expected08 }) =>
        expected08 ? [[name, rule, expected08, expected]] : [],
      ),
    ]),
    '## Messages of revision 04 made by others',
    'The peers agree with the expectation on all of the 35 but these.',
    table([['peer', 'message', 'expected', 'says', 'why'], ...foreignOutcome]),
    '## Surprises',
    surprises(trial).length === 0 ? 'None.' : list(surprises(trial)),
    '## What the drafts leave open, and what the peers do',
    table([['question', 'peers', 'we'], ...openQuestions]),
    '',
  ].join('\n\n')
}

function differences(damages: readonly DamageOpinion[]): readonly Row[] {
  return damages.flatMap(({ damage, expected, verifier, said, known }) =>
    said === expected
      ? []
      : [[damage.name, damage.rule, expected, verifier, said, known?.right ?? 'Not looked into.']],
  )
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(row => `| ${row.map(text => text.replaceAll('|', '\\|')).join(' | ')} |`)
  const rule = `|${' --- |'.repeat(rows[0]?.length ?? 0)}`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function list(items: readonly string[]): string {
  return items.map(item => `- ${item}`).join('\n')
}
