/** What an implementer is told of a message: the verdict and its explanation, and what comes back. As data and as text. */

import { type Explanation, explain, explanationText, type Reading } from '../dkim2/index.ts'
import type { VerdictReport } from '../hoplog/verdict-report.ts'
import { verdictReport } from '../hoplog/verdict-report.ts'
import type { Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { Reflector } from '../record/reflection-record.ts'
import { expectationOf, reflections } from './reflectors.ts'
import type { ReflectingHop, SignedReflection } from './sign-reflection.ts'

export interface ReflectionReport {
  readonly reflector: Reflector
  /** Address that the message came to. */
  readonly address: string
  /** Of this relay; null on the command line. */
  readonly queueId: string | null
  /** As received, without angle brackets. */
  readonly envelope: { readonly mailFrom: string; readonly rcptTo: string }
  readonly verdict: VerdictReport
  readonly explanation: Explanation
  /** `DKIM2`, `DKIM` or `SPF`: why the sender is answered. */
  readonly vouchedBy: string
  /** What comes back; null where nothing can. */
  readonly returned: ReturnedReport | null
  /** Why nothing comes back. */
  readonly notReturned: string | null
}

export interface ReturnedReport {
  readonly what: string
  readonly mailFrom: string
  readonly rcptTo: string
  /** Hops that this relay added, ascending; of a notification none, which is a message of its own. */
  readonly hops: readonly ReturnedHop[]
  /** What the recipe of this hop gives back. */
  readonly changed: { readonly headers: readonly string[]; readonly body: boolean }
  /** What a verifier must say of it. */
  readonly expect: { readonly result: string; readonly text: string }
}

export interface ReturnedHop {
  readonly i: number
  readonly version: number
  readonly profile: string
  readonly revision: string | null
  readonly d: string
  readonly s: readonly string[]
  readonly t: number
}

export interface ReportedMessage {
  readonly message: Message
  readonly record: AdmissionRecord
  readonly reading: Reading
  readonly reflector: Reflector
  readonly queueId: string | null
  readonly mailFrom: string
  readonly vouchedBy: string
}

type ReturningHop = Pick<ReflectingHop, 'address' | 'reversePath' | 'forwardPath' | 'profile' | 'revision'>

/** @param signed undefined: a notification comes back */
export function reflectionReport(
  reported: ReportedMessage,
  hop: ReturningHop,
  signed: SignedReflection | undefined,
): ReflectionReport {
  const { message, record, reading, reflector, queueId, mailFrom, vouchedBy } = reported
  const isPossible = signed?.kind !== 'impossible'
  return {
    reflector,
    address: hop.address,
    queueId,
    envelope: { mailFrom, rcptTo: hop.address },
    verdict: verdictReport(record),
    explanation: explain(message, record, reading),
    vouchedBy,
    returned: isPossible ? returnedReport(reflector, hop, signed) : null,
    notReturned: isPossible ? null : signed.reason,
  }
}

function returnedReport(
  reflector: Reflector,
  { reversePath, forwardPath, profile, revision }: ReturningHop,
  signed: (SignedReflection & { readonly kind: 'signed' }) | undefined,
): ReturnedReport {
  return {
    what: reflections[reflector].does,
    mailFrom: reversePath,
    rcptTo: forwardPath,
    hops: (signed?.hops ?? []).map(hop => ({
      i: hop.sequence,
      version: hop.version,
      profile: hop.profile,
      revision: hop.revision ?? null,
      d: hop.domain,
      s: hop.selectors,
      t: hop.timestampSeconds,
    })),
    changed: signed?.changed ?? { headers: [], body: false },
    expect: expectationOf(reflector, signed?.hops.at(-1)?.profile ?? profile, revision),
  }
}

/** For a person: lines that end with a line feed, without control characters. */
export function reflectionText(report: ReflectionReport): string {
  const { address, envelope, explanation, vouchedBy, queueId } = report
  const lines = [
    `You sent a message to ${address}, a reflector for implementers of DKIM2.`,
    '',
    `MAIL FROM:<${envelope.mailFrom}>  RCPT TO:<${envelope.rcptTo}>${queueId === null ? '' : `  queue id ${queueId}`}`,
    `Your address is answered because ${vouchedBy} vouches for it.`,
    '',
    'What this relay found:',
    '',
    ...explanationText(explanation)
      .trimEnd()
      .split('\n')
      .map(line => `    ${line}`),
    '',
    ...returnedLines(report),
  ]
  return `${lines.join('\n')}\n`
}

function returnedLines({ returned, notReturned }: ReflectionReport): string[] {
  if (returned === null)
    return ['Nothing else comes back, since this relay can add no hop:', `    ${notReturned}`]
  const { what, mailFrom, rcptTo, hops, changed, expect } = returned
  const names = [...changed.headers, ...(changed.body ? ['the body'] : [])]
  return [
    'What comes back in a mail of its own:',
    '',
    `    ${what}`,
    `    MAIL FROM:<${mailFrom}>  RCPT TO:<${rcptTo}>`,
    ...hops.map(
      hop =>
        `    i=${hop.i} d=${hop.d}, version ${hop.version}, ${hop.profile}${hop.revision === null ? '' : ` ${hop.revision}`}, keys ${hop.s.join(', ')}`,
    ),
    ...(names.length === 0 ? [] : [`    changed with a recipe: ${names.join(', ')}`]),
    '',
    `Your verifier must say ${expect.result.toUpperCase()}: ${expect.text}.`,
  ]
}
