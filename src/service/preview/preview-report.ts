/** What this relay would do with a message, as programs read it. */
import { hopName } from '../../deliver/hop-name.ts'
import type { Discovery } from '../../discover/next-hop.ts'
import type { AdmissionReport, BounceReport } from '../../hoplog/admission-report.ts'
import { admissionReport, bounceReport } from '../../hoplog/admission-report.ts'
import type { VerdictReport } from '../../hoplog/verdict-report.ts'
import { verdictReport } from '../../hoplog/verdict-report.ts'
import type { AddedSignatures } from '../../record/added-signatures.ts'
import type { MessageRecord } from '../../record/message-record.ts'
import type { Preview, PreviewedTaking } from './preview.ts'
import type { PreviewedCopy } from './previewed-copy.ts'
import type { PreviewedPost } from './previewed-post.ts'

export interface PreviewReport {
  readonly result: 'taken' | 'refused' | 'deferred'
  /** The commands of the session that matter, with the replies to them. */
  readonly session: readonly SessionReport[]
  /** Null where the message is not taken. */
  readonly admission: (AdmissionReport & { readonly verdict: VerdictReport }) | null
  /** `forward`, `originate`, `bounce`, `command`, `reflection`; null where it is not taken. */
  readonly kind: string | null
  /** Why nothing follows from a message that is taken; null where something does. */
  readonly kept: string | null
  /** Of a message to a bounce address. */
  readonly bounce: BounceReport | null
  readonly copies: readonly CopyReport[]
  readonly lists: readonly ListReport[]
  /** What else a client would meet, which a preview does not ask since it leaves traces there: `rates`, `filter`. */
  readonly notAsked: readonly ('rates' | 'filter')[]
}

export interface SessionReport {
  /** `MAIL`, `RCPT`, or `DATA` for the end of the message. */
  readonly command: string
  readonly path: string
  readonly code: number
  readonly enhanced: string
  readonly text: string
}

export interface CopyReport {
  /** The recipient of the message that it is made for. */
  readonly recipient: string
  /** '' is the null reverse-path. */
  readonly mf: string
  readonly rt: string
  /** Why it goes nowhere; the sender hears of it. */
  readonly failure: string | null
  readonly hop: {
    readonly i: number
    readonly version: number
    readonly profile: string
    readonly revision: string | null
    readonly d: string
    readonly s: readonly string[]
  } | null
  /** Why this relay adds no hop, in one line with the rule; null where it does, or nothing goes out. */
  readonly whyUnsigned: string | null
  /** The DKIM-Signatures and the ARC set beside it, and why one is missing; null where nothing goes out. */
  readonly added: AddedSignatures | null
  readonly nextHop: {
    readonly result: Discovery['kind']
    readonly reason: string | null
    /** In the order in which they are tried. */
    readonly hosts: readonly string[]
  } | null
  /** What the verifier of the next hop will say of this copy. */
  readonly verdict: VerdictReport | null
}

export interface ListReport {
  readonly list: string
  readonly recipient: string
  /** `accepted`, `held` or `rejected`. */
  readonly state: string
  readonly reason: string | null
  /** What the list changes; null where it goes to nobody. */
  readonly revision: {
    /** Header fields that the recipe gives back. */
    readonly headers: readonly string[]
    /** Header fields that are new. */
    readonly added: readonly string[]
    readonly body: boolean
  } | null
  readonly subscribers: number
  /** For the first subscribers. */
  readonly copies: readonly CopyReport[]
}

export function previewReport({ replies, taken, notAsked }: Preview): PreviewReport {
  const session = replies.map(({ command, path, reply }) => ({ command, path, ...reply }))
  const last = session.at(-1)
  const nothing = { admission: null, kind: null, kept: null, bounce: null, copies: [], lists: [] }
  if (taken !== undefined) return { result: 'taken', session, ...takingReport(taken), notAsked }
  return { result: (last?.code ?? 550) < 500 ? 'deferred' : 'refused', session, ...nothing, notAsked }
}

function takingReport({
  message,
  admitted,
  copies,
  posts,
}: PreviewedTaking): Omit<PreviewReport, 'result' | 'session' | 'notAsked'> {
  const { record } = message
  return {
    admission: { ...admissionReport(record.admission), verdict: verdictReport(admitted.record) },
    kind: record.kind,
    kept: whyKept(record),
    bounce: record.kind === 'bounce' ? bounceReport(record.next) : null,
    copies: copies.map(copyReport),
    lists: posts.map(listReport),
  }
}

function whyKept(record: MessageRecord): string | null {
  if (!('next' in record)) return null
  const { next } = record
  return next.do === 'park' || next.do === 'ignore' ? (next.reason ?? null) : null
}

function copyReport(copy: PreviewedCopy): CopyReport {
  const {
    recipient,
    reversePath: mf,
    forwardPath: rt,
    failure,
    hop,
    whyUnsigned,
    added,
    plan,
    verdict,
  } = copy
  return {
    recipient,
    mf,
    rt,
    failure: failure ?? null,
    hop:
      hop === undefined
        ? null
        : {
            i: hop.sequence,
            version: hop.version,
            profile: hop.profile,
            revision: hop.revision ?? null,
            d: hop.domain,
            s: hop.selectors,
          },
    whyUnsigned: whyUnsigned ?? null,
    added: added ?? null,
    nextHop: plan === undefined ? null : nextHopReport(plan),
    verdict: verdict === undefined ? null : verdictReport(verdict),
  }
}

function nextHopReport({
  discovery,
}: NonNullable<PreviewedCopy['plan']>): NonNullable<CopyReport['nextHop']> {
  const { kind: result } = discovery
  if (result === 'hops') return { result, reason: null, hosts: discovery.hops.map(hopName) }
  const status = result === 'permanent' ? `${discovery.status} ` : ''
  return { result, reason: `${status}${discovery.reason}`, hosts: [] }
}

function listReport({ list, recipient, state, reason, revised }: PreviewedPost): ListReport {
  const found = { list, recipient, state, reason }
  if (revised === undefined) return { ...found, revision: null, subscribers: 0, copies: [] }
  const { recipe, addedFields } = revised.revision
  return {
    ...found,
    revision: {
      headers: recipe.headers.map(({ name }) => name),
      added: addedFields,
      body: recipe.body !== undefined,
    },
    subscribers: revised.subscribers,
    copies: revised.copies.map(copyReport),
  }
}
