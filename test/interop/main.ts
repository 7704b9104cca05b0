/**
 * `npm run interop`: prints the matrix; `--write` puts it into RESULTS.md too; `--cases DIR` runs a folder of cases instead.
 * Exit status 1 where anything surprises.
 */

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ofNow, runByRevision } from './by-revision.ts'
import { damaged } from './damaged.ts'
import { foreignDifferences } from './foreign-cases.ts'
import { goldenFile, makeGolden } from './golden.ts'
import { ours } from './ours.ts'
import { type Peers, startPeers } from './peers.ts'
import { inColumns, matrix, resultsPage } from './report.ts'
import { type Participant, runTrial, surprises } from './trial.ts'

const say = (text: string) => process.stdout.write(`${text}\n`)

async function runMatrix(
  participants: readonly Participant[],
  peers: Peers,
  write: boolean,
): Promise<boolean> {
  if (write) writeFileSync(goldenFile, `${JSON.stringify(await makeGolden(damaged), null, 2)}\n`)
  const trial = await runTrial(participants, part => say(`... ${part}`))
  const pairs = await runByRevision(peers.live, part => say(`... ${part}`))
  for (const one of [trial, ...pairs.map(pair => pair.trial)]) say(`\n${inColumns(matrix(one))}\n`)
  const unexpected = [trial, ...pairs.map(pair => pair.trial)].flatMap(surprises)
  for (const surprise of unexpected) say(`surprise: ${surprise}`)
  if (write) writeFileSync(new URL('RESULTS.md', import.meta.url), resultsPage(trial, pairs, peers))
  return unexpected.length === 0
}

async function runCases(participants: readonly Participant[], folder: string): Promise<boolean> {
  const differences = await foreignDifferences(folder, participants)
  const rows = differences.map(({ name, expected, verifier, said }) => [name, expected, verifier, said])
  say(`\n${inColumns([['case', 'expected', 'verifier', 'says'], ...rows])}`)
  return differences.length === 0
}

const { values } = parseArgs({ options: { write: { type: 'boolean' }, cases: { type: 'string' } } })
const peers = await startPeers()
try {
  for (const { name, reason } of peers.skipped) say(`skipped: ${name}: ${reason}`)
  for (const { implementation, revision } of peers.live)
    say(`peer: ${implementation.name}, revision ${revision}`)
  const participants = [{ implementation: ours, revision: '09' }, ...ofNow(peers.live)]
  const isExpected =
    values.cases === undefined
      ? await runMatrix(participants, peers, values.write === true)
      : await runCases(participants, values.cases)
  process.exitCode = isExpected ? 0 : 1
} finally {
  for (const peer of peers.live) await peer.stop()
}
