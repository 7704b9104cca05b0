/**
 * Our verdict on every damaged message under every revision, as it was when somebody last looked at it: `damaged-verdicts.json`.
 * `npm run interop -- --write` writes it anew; what changed shows in the difference of the file.
 */

import { readFileSync } from 'node:fs'
import { type Revision, revisions, type State } from '../../src/dkim2/index.ts'
import type { Damaged } from './damaged.ts'
import { oursUnder } from './ours.ts'

export const goldenFile = new URL('damaged-verdicts.json', import.meta.url)

/** By name of the message, then by revision: the state in capitals, and the text. */
export type Golden = Readonly<Record<string, Readonly<Record<Revision, string>>>>

export function readGolden(): Golden {
  return JSON.parse(readFileSync(goldenFile, 'utf8')) as Golden
}

/** What we say now. */
export async function makeGolden(damaged: readonly Damaged[]): Promise<Golden> {
  const entries: [string, Record<Revision, string>][] = []
  for (const { name, request } of damaged) {
    const said: [Revision, string][] = []
    for (const revision of revisions) {
      const verdict = await oursUnder(revision).verify(request)
      const text = 'state' in verdict ? `${verdict.state.toUpperCase()} ${verdict.detail}` : verdict.reason
      said.push([revision, text.trim()])
    }
    entries.push([name, Object.fromEntries(said) as Record<Revision, string>])
  }
  return Object.fromEntries(entries)
}

/** The class that we give a damaged message under a revision; those before 06 count as 06. */
export function verdictClass(name: string, revision: string): State {
  const known = revisions.find(entry => entry === revision) ?? '06'
  const text = readGolden()[name]?.[known]
  if (text === undefined) throw new RangeError(`no verdict is kept for ${name}: npm run interop -- --write`)
  return text.split(' ')[0]?.toLowerCase() as State
}
