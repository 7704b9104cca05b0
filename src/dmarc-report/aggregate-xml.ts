/**
 * An aggregate report as XML (RFC 9990 section 3.1.1 and its schema): what was judged by the policy of one domain on one day. What DKIM2
 * and ARC had to say stands in extension elements of a namespace of our own (section 5), which readers may pass over.
 */
import { readPolicyRecord } from '../dmarc/policy-record.ts'
import { withoutControls } from '../message/printable.ts'
import type { DmarcEvaluation } from '../record/dmarc-evaluation.ts'
import type { CountedEvaluations } from '../store/dmarc-records.ts'

/** The namespace that RFC 9990 section 6.1 registers. */
export const reportNamespace = 'urn:ietf:params:xml:ns:dmarc-2.0'

/** Of the elements that tell of DKIM2 and ARC: a name (RFC 4151), with nothing behind it to fetch. */
export const chainNamespace = 'tag:dkim2-relay,2026:dmarc-chains-1'

export interface AggregateReport {
  /** Who reports. */
  readonly organization: string
  /** Address of somebody who can be asked about it. */
  readonly contact: string
  readonly reportId: string
  /** Name and version of this program. */
  readonly generator: string
  /** The domain that the report is for. */
  readonly policyDomain: string
  /** Its policy record as published; latin1. */
  readonly record: string
  /** First and last second of the day, Unix seconds. */
  readonly begin: number
  readonly end: number
  /** At least one. */
  readonly rows: readonly CountedEvaluations[]
}

/** UTF-8. */
export function aggregateXml(report: AggregateReport): Buffer {
  const { organization, contact, reportId, generator, begin, end, rows } = report
  const body = [
    element('version', '1.0'),
    group('report_metadata', [
      element('org_name', organization),
      element('email', contact),
      element('report_id', reportId),
      group('date_range', [element('begin', begin), element('end', end)]),
      element('generator', generator),
    ]),
    policyPublished(report),
    ...rows.map(record),
  ]
  const root = `<feedback xmlns="${reportNamespace}" xmlns:chain="${chainNamespace}">`
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${root}\n${body.join('\n')}\n</feedback>\n`)
}

/** Tags that are not published have their defaults (section 3.1.1.5). */
function policyPublished({ policyDomain, record: text }: AggregateReport): string {
  const read = readPolicyRecord(text)
  const { p, sp, np } = read?.policies ?? { p: 'none' as const }
  const mode = (alignment: 'strict' | 'relaxed' | undefined) => (alignment === 'strict' ? 's' : 'r')
  return group('policy_published', [
    element('domain', policyDomain),
    element('discovery_method', 'treewalk'),
    element('p', p),
    element('sp', sp ?? p),
    element('np', np ?? sp ?? p),
    element('fo', read?.failureOptions ?? '0'),
    element('adkim', mode(read?.dkimAlignment)),
    element('aspf', mode(read?.spfAlignment)),
    element('testing', read?.isTesting === true ? 'y' : 'n'),
  ])
}

function record({ source, messages, evaluation }: CountedEvaluations): string {
  const { headerFrom, envelopeFrom, disposition, dkimAligned, spfAligned, reasons } = evaluation
  return group('record', [
    group('row', [
      element('source_ip', source),
      element('count', messages),
      group('policy_evaluated', [
        element('disposition', disposition),
        element('dkim', passOrFail(dkimAligned)),
        element('spf', passOrFail(spfAligned)),
        ...reasons.map(({ type, comment }) =>
          group('reason', [
            element('type', type),
            ...(comment === undefined ? [] : [element('comment', comment)]),
          ]),
        ),
      ]),
    ]),
    group('identifiers', [element('header_from', headerFrom), element('envelope_from', envelopeFrom)]),
    authResults(evaluation),
    ...chainResults(evaluation),
  ])
}

function authResults({ dkim, spf }: DmarcEvaluation): string {
  const signatures = dkim.map(({ domain, selector, result }) =>
    group('dkim', [element('domain', domain), element('selector', selector), element('result', result)]),
  )
  const sender =
    spf === undefined
      ? []
      : [
          group('spf', [
            element('domain', spf.domain),
            element('scope', 'mfrom'),
            element('result', spf.result),
          ]),
        ]
  return group('auth_results', [...signatures, ...sender])
}

function chainResults({ dkim2, arc }: DmarcEvaluation): string[] {
  return [
    ...(dkim2 === undefined ? [] : [chain('chain:dkim2', dkim2)]),
    ...(arc === undefined ? [] : [chain('chain:arc', arc)]),
  ]
}

function chain(name: string, { result, domains }: NonNullable<DmarcEvaluation['dkim2']>): string {
  return group(name, [
    element('chain:result', result),
    ...domains.map(domain => element('chain:domain', domain)),
  ])
}

function passOrFail(isAligned: boolean): string {
  return isAligned ? 'pass' : 'fail'
}

function group(name: string, content: readonly string[]): string {
  return content.length === 0 ? `<${name}/>` : `<${name}>\n${content.join('\n')}\n</${name}>`
}

function element(name: string, content: string | number): string {
  return `<${name}>${escaped(String(content))}</${name}>`
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** What strangers wrote is text, and none of the characters that XML 1.0 cannot have. */
function escaped(text: string): string {
  return withoutControls(text).replace(/[&<>"\ufffe\uffff]/g, character => escapes[character] ?? '')
}
