/** What a message to a bounce address is and what becomes of it, as data and as text for a person. Pure. */

import type { Verdict } from '../dkim2/index.ts'
import { verdictText } from '../dkim2/index.ts'
import type { ReturnedVerdict } from '../dkim2/returned.ts'
import { masked } from '../message/printable.ts'
import type { KnownDelivery, ReportVerdict } from './authenticate-report.ts'
import type { BounceClass } from './classify.ts'
import type { ComposedReturn } from './compose-return.ts'
import type { Rebuilt } from './rebuild.ts'
import type { ReturnPath } from './return-path.ts'

/** All that was found out; what is absent was not come to. */
export interface ReportFindings {
  readonly bounce: BounceClass
  /** The bounce address as it was judged; undefined: the message came to none. */
  readonly address?:
    | { readonly kind: 'genuine'; readonly queueId: string; readonly ordinal: number }
    | { readonly kind: 'forged' | 'expired' }
    | undefined
  readonly delivery?: KnownDelivery | undefined
  readonly verdict?: Verdict | undefined
  readonly returned?: ReturnedVerdict | undefined
  readonly judged?: ReportVerdict | undefined
  /** Why the previous hop does not want to hear of it. */
  readonly unwanted?: string | undefined
  readonly target?: ReturnPath | undefined
  readonly rebuilt?: Rebuilt | undefined
  readonly composed?: ComposedReturn | undefined
}

export interface ReportExplanation {
  /** `report of a failure`, `automatic reply: Auto-Submitted: auto-replied`. */
  readonly what: string
  /** What the report says of each recipient, in the words of its author. */
  readonly recipients: readonly string[]
  /** Verdict on the report's own signatures. */
  readonly signature: string | undefined
  /** Verdict on the message that it returns. */
  readonly returned: string | undefined
  readonly address: string
  /** `authentic`, `refused` and so on; undefined where it was not judged. */
  readonly judgement: ReportVerdict['kind'] | undefined
  readonly reason: string | undefined
  /** Where a report of ours would go; undefined: nowhere. */
  readonly goesTo: string | undefined
  readonly whyNot: string | undefined
  /** What that would return. */
  readonly returns: string | undefined
  /** Its octets as text; latin1. */
  readonly preview: string | undefined
}

/** Puts findings into words. */
export function explainReport(findings: ReportFindings): ReportExplanation {
  const { bounce, verdict, returned, judged, rebuilt, composed } = findings
  const whyNot = whyNothingLeaves(findings)
  const isSent = whyNot === undefined && findings.target?.kind === 'send'
  return {
    what: whatItIs(bounce),
    recipients: 'report' in bounce ? bounce.report.recipients.map(recipientLine) : [],
    signature: verdict && verdictText(verdict),
    returned: returned && returnedText(returned),
    address: addressText(findings),
    judgement: judged?.kind,
    reason: reasonOf(judged),
    goesTo: isSent && findings.target?.kind === 'send' ? findings.target.forwardPath : undefined,
    whyNot,
    returns: rebuilt && isSent ? returnsText(rebuilt) : undefined,
    preview: isSent && composed?.kind === 'composed' ? composed.octets.toString('latin1') : undefined,
  }
}

/** The explanation for a terminal: no control characters, whatever the report holds. */
export function reportExplanationText(explanation: ReportExplanation): string {
  const { goesTo, whyNot } = explanation
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['what', explanation.what],
    ...explanation.recipients.map(line => ['recipient', line] as const),
    ['address', explanation.address],
    ['signature', explanation.signature],
    ['returned', explanation.returned],
    ['judgement', [explanation.judgement, explanation.reason].filter(text => text !== undefined).join(': ')],
    ['goes to', goesTo === undefined ? `nobody${whyNot === undefined ? '' : `: ${whyNot}`}` : `<${goesTo}>`],
    ['returns', explanation.returns],
  ]
  const lines = rows.flatMap(([label, text]) => (text ? [`${label.padEnd(10)} ${masked(text)}`] : []))
  const preview = explanation.preview?.split('\r\n').map(line => `  ${masked(line)}`) ?? []
  return [...lines, ...(preview.length === 0 ? [] : ['', ...preview]), ''].join('\n')
}

function whatItIs(bounce: BounceClass): string {
  if (bounce.kind === 'auto-reply') return `automatic reply (${bounce.reason})`
  if (bounce.kind === 'malformed') return `report that cannot be read: ${bounce.reason}`
  if (bounce.kind === 'other') return bounce.reason
  const form = bounce.report.form === 'dsn' ? '' : `, plain text of ${bounce.report.form}`
  return `report: ${bounce.kind}${form}`
}

function recipientLine(recipient: {
  finalRecipient?: string
  action?: string
  status?: string
  diagnosticCode?: string
}): string {
  const { finalRecipient = 'unnamed', action, status, diagnosticCode } = recipient
  return [`<${finalRecipient}>`, action, status, diagnosticCode].filter(text => text !== undefined).join(' ')
}

function returnedText(returned: ReturnedVerdict): string {
  const hop = returned.highest
  const what = returned.hasBody ? 'whole message' : 'header fields only'
  const by = hop === undefined ? '' : `, highest signature i=${hop.sequence} d=${hop.domain}`
  return `${what}${by}: ${verdictText(returned)}`
}

function addressText({ address, delivery }: ReportFindings): string {
  if (address === undefined) return 'no bounce address of this relay'
  if (address.kind !== 'genuine') return `${address.kind} bounce address`
  const name = `genuine, delivery ${address.queueId} #${address.ordinal}`
  if (delivery === undefined) return `${name}, which is not known any more`
  return `${name}: <${delivery.recipient}> forwarded to <${delivery.forwardPath}>`
}

function reasonOf(judged: ReportVerdict | undefined): string | undefined {
  if (judged === undefined) return undefined
  return judged.kind === 'authentic' ? `signed by ${judged.domain}` : judged.reason
}

function whyNothingLeaves(findings: ReportFindings): string | undefined {
  const { bounce, address, judged, unwanted, target, composed } = findings
  if (!('report' in bounce)) return 'only reports of failures, and others that were asked for, are passed on'
  if (address?.kind !== 'genuine') return 'only a genuine bounce address leads anywhere'
  if (judged !== undefined && judged.kind !== 'authentic' && judged.kind !== 'unauthenticated') {
    return judged.reason
  }
  if (unwanted !== undefined) return unwanted
  if (target?.kind === 'none') return target.reason
  return composed?.kind === 'withheld' ? 'it would tell something from beyond this hop' : undefined
}

function returnsText(rebuilt: Rebuilt): string {
  if (rebuilt.kind === 'none') return `nothing: ${rebuilt.reason}`
  const source = rebuilt.source === 'stored' ? 'as it was stored' : 'rebuilt from what came back'
  return rebuilt.kind === 'whole'
    ? `the whole message, ${source}`
    : `the header fields, ${source}${rebuilt.reason === undefined ? '' : ` (${rebuilt.reason})`}`
}
