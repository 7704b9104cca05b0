/**
 * What the previous hop may learn (docs/design/bounces.md, "Propagation", step 2): that a delivery failed, with which status, and nothing of
 * where this hop had forwarded to. Pure.
 */
import { domainToASCII, domainToUnicode } from 'node:url'
import { comparable, domainOf } from '../message/mailbox.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import type { KnownDelivery } from './authenticate-report.ts'
import { cleanDiagnostic } from './clean-diagnostic.ts'
import type { ReportedRecipient } from './dsn-input.ts'
import { explainStatus } from './failure.ts'
import type { Report } from './report.ts'
import type { RecipientStatus } from './status-fields.ts'
import type { Privacy } from './told-names.ts'

export interface PrivacyFacts {
  readonly delivery: Pick<KnownDelivery, 'recipient' | 'forwardPath' | 'reversePath'>
  /** Host names and IP addresses that this hop spoke to, in any text form: `mx.example[192.0.2.1]:25`. */
  readonly nextHops: readonly string[]
  /** Host name of this relay and the domain that signs. */
  readonly ownNames: readonly string[]
  /** The address that the report goes to. */
  readonly to: string
  /** What the previous hop itself had asked to find in reports: ENVID and ORCPT, decoded. */
  readonly asked?: readonly (string | undefined)[]
}

/** Sorts the names of one delivery into those to hide and those to tell. What the previous hop knows is no secret to it. */
export function privacyOf(facts: PrivacyFacts): Privacy {
  const { delivery, to, asked = [] } = facts
  const ownDomains = [domainOf(delivery.recipient), domainOf(delivery.reversePath), ...facts.ownNames]
    .map(name => name.toLowerCase())
    .filter(name => name !== '')
  const said = asked
    .filter(text => text !== undefined)
    .flatMap(text => [text, text.slice(text.indexOf(';') + 1)])
  const told = [delivery.recipient, to, domainOf(to), ...said].map(name => name.toLowerCase())
  const nameable = [...new Set([...told, ...ownDomains])].filter(name => name !== '')
  const isTold = (term: string) => nameable.some(name => containsName(name, term))
  const hosts = facts.nextHops.flatMap(hop => hop.toLowerCase().match(/[\p{L}\p{N}._:-]{3,}/gu) ?? [])
  const path = delivery.forwardPath
  const terms = [path, comparable(path), ...hosts.map(withoutPort)].flatMap(spellings)
  const hidden = [...new Set(terms)].filter(term => /[.:@]/.test(term) && !isTold(term))
  const bounceAddress = delivery.reversePath.toLowerCase()
  const domains = spellings(domainOf(delivery.forwardPath)).filter(term => term !== '' && !isTold(term))
  return {
    hidden: bounceAddress === '' ? hidden : [...hidden, bounceAddress],
    hiddenDomains: domains,
    ownDomains,
    nameable,
  }
}

/** A name as it is written and, with letters beyond ASCII, as DNS has it (RFC 5890). */
function spellings(name: string): string[] {
  const lower = name.toLowerCase()
  const at = lower.lastIndexOf('@') + 1
  const [start, domain] = [lower.slice(0, at), lower.slice(at)]
  const forms = [domain, domainToASCII(domain), domainToUnicode(domain)].filter(form => form !== '')
  return [...new Set(forms.map(form => start + form))]
}

function withoutPort(host: string): string {
  return host.replace(/^:\d+$/, '').replace(/(?<=^[^:]+):\d+$/, '')
}

/** True where `term` stands in `text` as a whole name, or as the end of a longer one: c.example in a@mx.c.example. */
function containsName(text: string, term: string): boolean {
  const at = text.lastIndexOf(term)
  if (at < 0) return false
  const [before, after] = [text[at - 1] ?? '', text[at + term.length] ?? '']
  return !/[\p{L}\p{N}-]/u.test(before) && !/[\p{L}\p{N}-]/u.test(after)
}

/**
 * What the previous hop is told of the recipients of a report: they are all one to it, the address that it had used.
 * The failure decides where recipients fared differently.
 *
 * @param originalRecipient ORCPT of the previous hop, decoded, where it gave one
 */
export function rewriteRecipients(
  report: Pick<Report, 'recipients' | 'reportingMta'>,
  delivery: Pick<KnownDelivery, 'recipient'>,
  privacy: Privacy,
  originalRecipient?: string,
): ReportedRecipient {
  const told = worstOf(report)
  const action = told?.action ?? 'failed'
  const status = told?.status ?? statusOf(told) ?? statusClass[action]
  const diagnostic = told && cleanedReply(told, privacy, namesOf(report))
  return {
    finalRecipient: delivery.recipient,
    action,
    status,
    explanation: explainStatus(status),
    ...(originalRecipient === undefined ? {} : { originalRecipient }),
    ...(diagnostic === undefined ? {} : { diagnostic }),
  }
}

/** The recipient that decides what the report says; one without an action has failed, or the report would not be here. */
function worstOf({ recipients }: Pick<Report, 'recipients'>): RecipientStatus | undefined {
  const failed = recipients.find(({ action }) => action === 'failed')
  return failed ?? recipients.find(({ action }) => action === 'delayed') ?? recipients[0]
}

/** The status that says no more than the action. */
const statusClass: Readonly<Record<ReportedAction, string>> = {
  failed: '5.0.0',
  delayed: '4.0.0',
  delivered: '2.0.0',
  relayed: '2.0.0',
  expanded: '2.0.0',
}

/** As `rewriteRecipients`, with nothing but the status. */
export function withoutWords(recipient: ReportedRecipient): ReportedRecipient {
  const { diagnostic: _, ...rest } = recipient
  return { ...rest, explanation: explainStatus(recipient.status) }
}

/** RFC 3464 section 2.3.4 demands a status; where it is missing the reply has one. */
function statusOf(recipient: RecipientStatus | undefined): string | undefined {
  const match = /^[245]\d\d[ -]([245]\.\d{1,3}\.\d{1,3})(?![.\d])/.exec(recipient?.diagnosticCode ?? '')
  return match?.[1]
}

/** Only the reply of a server is passed on: other types of diagnostic code mean something on one system alone. */
function cleanedReply(
  recipient: RecipientStatus,
  privacy: Privacy,
  namesBeyond: readonly string[],
): string | undefined {
  const text = recipient.diagnosticCode ?? ''
  if (recipient.diagnosticType !== 'smtp' || !/^[245]\d\d(?:[ -]|$)/.test(text)) return undefined
  return cleanDiagnostic(text, privacy, namesBeyond)
}

/** Addresses and hosts from hops after the next one: this hop never heard of them, and the previous one shall not. */
function namesOf({ recipients, reportingMta }: Pick<Report, 'recipients' | 'reportingMta'>): string[] {
  const named = recipients.flatMap(one => [one.finalRecipient, one.originalRecipient, one.remoteMta])
  return [...named, reportingMta].filter(name => name !== undefined)
}
