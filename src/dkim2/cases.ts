/**
 * Running a folder of test messages: cases.json, messages, dns.json. Pure: the caller has loaded the files.
 */

import { readMessage } from '../message/message.ts'
import { compareRevisions, differenceText } from './compare-revisions.ts'
import type { TxtLookup } from './keys.ts'
import type { Reading, Revision } from './profile.ts'
import type { State } from './verdict.ts'
import { verdictText } from './verdict.ts'
import { verifyChain } from './verify.ts'

/** One entry of cases.json. */
export interface Case {
  readonly name: string
  /** Of the message, in the folder `messages`. */
  readonly file: string
  /** With or without angle brackets; empty or `<>` is the null reverse-path. */
  readonly mail_from: string
  readonly rcpt_to: readonly string[]
  readonly expected: State
  /** Unix seconds. */
  readonly now: number
  /** False: addresses in the message may lack what the draft demands. */
  readonly strict?: boolean
  /** Of the draft, for profiles that have several; see `readingOf`. */
  readonly revision?: Revision
  readonly comments?: string
}

export interface CaseResult {
  readonly name: string
  readonly expected: State
  readonly actual: State
  readonly agrees: boolean
  /** The verdict as one line. */
  readonly text: string
  /** What a comparison of the revisions shows, where one was asked for and they differ. */
  readonly difference?: string
}

/** dns.json: domain, label, records of the form `["txt", text]`. */
export type ZoneFile = Readonly<Record<string, Readonly<Record<string, readonly (readonly unknown[])[]>>>>

/**
 * Verifies every case.
 *
 * @param load gives the octets of a message file
 * @param revision to verify under in place of what the cases say; several are compared
 */
export async function runCases(
  cases: readonly Case[],
  load: (file: string) => Buffer,
  lookup: TxtLookup,
  revision?: Revision | readonly Revision[],
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const entry of cases) {
    const message = readMessage(load(entry.file))
    const options = {
      ...readingOf(entry),
      ...(typeof revision === 'string' ? { revision } : {}),
      lookup,
      nowSeconds: entry.now,
      envelope: {
        reversePath: withoutBrackets(entry.mail_from),
        forwardPaths: entry.rcpt_to.map(withoutBrackets),
      },
    }
    const verdict = await verifyChain(message, options)
    const difference =
      typeof revision === 'object'
        ? differenceText(await compareRevisions(message, options, revision))
        : undefined
    const { name, expected } = entry
    const agrees = verdict.state === expected
    results.push({
      name,
      expected,
      actual: verdict.state,
      agrees,
      text: verdictText(verdict),
      ...(difference === undefined ? {} : { difference }),
    })
  }
  return results
}

/**
 * How the message of a case is to be read. The cases that say whether they are strict were made under revision -04 of the
 * draft, and hold under 06.
 */
export function readingOf(entry: Case): Reading {
  return {
    revision: entry.revision ?? (entry.strict === undefined ? '09' : '06'),
    lenient: entry.strict === false,
  }
}

/** A lookup of TXT records in a zone file; names that are not in it are absent. */
export function zoneLookup(zone: ZoneFile): TxtLookup {
  const records = new Map<string, string[]>()
  for (const [domain, labels] of Object.entries(zone)) {
    for (const [label, entries] of Object.entries(labels)) {
      const name = label === '' || label === '@' ? domain : `${label}.${domain}`
      const texts = entries.flatMap(([type, value]) =>
        type === 'txt' && typeof value === 'string' ? [value] : [],
      )
      if (texts.length > 0) records.set(name.toLowerCase(), texts)
    }
  }
  return async name => {
    const found = records.get(name.toLowerCase())
    return found ? { kind: 'records', records: found } : { kind: 'absent' }
  }
}

function withoutBrackets(path: string): string {
  return path.startsWith('<') && path.endsWith('>') ? path.slice(1, -1) : path
}
