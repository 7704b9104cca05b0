/** A chain told in words: who had the message, what each did to it, and what verification says. */

import type { Message } from '../message/message.ts'
import { masked } from '../message/printable.ts'
import { defaultBounds } from './bounds.ts'
import { introducingHop } from './history.ts'
import type { Chain, ProfileId } from './model.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'
import { type HopVerdict, type Verdict, verdictText } from './verdict.ts'

export interface Explanation {
  /** `PASS`, `FAIL ...`, as everywhere. */
  readonly verdict: string
  readonly profile?: ProfileId
  readonly hops: readonly ExplainedHop[]
}

export interface ExplainedHop extends HopVerdict {
  /** The versions that this hop added, mostly one. */
  readonly versions: readonly ExplainedVersion[]
}

export interface ExplainedVersion {
  readonly number: number
  /** Names of the header fields it changed, as spelled. */
  readonly headers: readonly string[]
  readonly body: boolean
  /** The version before cannot be recreated. */
  readonly unrecoverable: boolean
}

/**
 * Puts together what the fields of a message say and what verification said of them.
 *
 * @param wanted how the message was read for the verdict
 */
export function explain(message: Message, verdict: Verdict, wanted: Reading = {}): Explanation {
  const reading = readChain(message, defaultBounds, profileSource(wanted))
  const versionsOf = (sequence: number) =>
    reading.kind === 'chain' ? versionsBy(reading.chain, sequence) : []
  return {
    verdict: verdictText(verdict),
    ...(verdict.profile === undefined ? {} : { profile: verdict.profile }),
    hops: verdict.hops.map(hop => ({ ...hop, versions: versionsOf(hop.sequence) })),
  }
}

function versionsBy(chain: Chain, sequence: number): ExplainedVersion[] {
  return chain.versions
    .filter(version => introducingHop(chain, version.number)?.sequence === sequence)
    .map(({ number, changes }) => ({
      number,
      headers: changes.headers,
      body: changes.body,
      unrecoverable: changes.unrecoverable,
    }))
}

/** An explanation as lines of text, each ended by a line feed; for a terminal, so without control characters. */
export function explanationText(explanation: Explanation): string {
  const { hops, profile } = explanation
  const count = hops.length === 1 ? '1 hop' : `${hops.length} hops`
  const head = `${explanation.verdict}${profile === undefined ? '' : ` (${profile}, ${count})`}`
  return `${[head, ...hops.flatMap(hopLines)].map(masked).join('\n')}\n`
}

function hopLines(hop: ExplainedHop): string[] {
  const difference = differenceIn(hop.error ?? '')
  const time = new Date(hop.timestampSeconds * 1000).toISOString().replace('.000Z', 'Z')
  const keys = hop.selectors.map((selector, index) => `${selector} (${hop.algorithms[index]})`).join(' and ')
  return [
    `i=${hop.sequence} ${hop.domain}: ${hop.state}${hop.error === undefined ? '' : ` - ${hop.error}`}`,
    `    ${passage(hop, time)}`,
    `    signed with ${keys}${hop.flags.length === 0 ? '' : `, flags ${hop.flags.join(', ')}`}`,
    ...(hop.versions.length === 0
      ? ['    added no version']
      : hop.versions.map(one => versionLine(one, difference))),
    ...(difference === undefined
      ? []
      : [`    ${difference}: it was changed afterwards, and no version tells how`]),
  ]
}

/** What is not as it was signed, where that is why a hop failed; of what was there before, nothing is known. */
function differenceIn(error: string): string | undefined {
  const found = /\b(header|body|part (\S{1,40})) hash/.exec(error)
  if (found?.[1] === 'header') return 'the header section is not the one that was signed'
  if (found?.[2] !== undefined) return `part ${found[2]} of the body is not the one that was signed`
  if (found !== null) return 'the body is not the one that was signed'
  return error.endsWith('incorrect signature') ? 'a header field is not the one that was signed' : undefined
}

function passage(hop: ExplainedHop, time: string): string {
  if (hop.nextDomain !== undefined) return `handed over to ${hop.nextDomain} at ${time}`
  const to = hop.forwardPaths.map(path => `<${path}>`).join(', ')
  return `sent at ${time} from <${hop.reversePath}> to ${to}`
}

function versionLine(version: ExplainedVersion, difference: string | undefined): string {
  const changed = [
    ...(version.headers.length === 0 ? [] : [`header fields ${version.headers.join(', ')}`]),
    ...(version.body ? ['the body'] : []),
  ]
  const unchanged = difference === undefined ? 'nothing changed' : 'states no change'
  const what = changed.length === 0 ? unchanged : `changed ${changed.join(' and ')}`
  return `    version ${version.number}: ${what}${version.unrecoverable ? '; what was before cannot be recreated' : ''}`
}
