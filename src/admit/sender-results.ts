/** What was found out about a sender, as results of Authentication-Results (RFC 8601 section 2.7, RFC 8617 section 10.2, RFC 9989 section 9.1). */
import type { DmarcVerdict } from '../dmarc/evaluate.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { AdmissionRecord, ArcRecord } from '../record/admission-record.ts'
import { foldedComment, type OtherResult, propertyValue } from './authentication-results.ts'

/** Every result beside dkim2. */
export function senderResults(record: AdmissionRecord, reversePath: string): OtherResult[] {
  return [
    ...identifierResults(record, reversePath),
    ...(record.arc === undefined ? [] : [arcResult(record.arc)]),
    ...(record.dmarc === undefined || record.dmarc.domain === '' ? [] : [dmarcResult(record.dmarc)]),
    ...foreignListResults(record),
  ]
}

function identifierResults({ sender }: AdmissionRecord, reversePath: string): OtherResult[] {
  if (sender === undefined) return []
  const spf = reversePath === '' ? [] : [`spf=${sender.spf} smtp.mailfrom=${propertyValue(reversePath, '@')}`]
  const dkim = sender.dkimDomains.map(
    domain => `dkim=pass header.d=${propertyValue(asciiDomainOf(`@${domain}`))}`,
  )
  return [...spf, ...dkim]
}

function arcResult({ result, sealers, reason }: ArcRecord): OtherResult {
  const sealed = sealers.map((sealer, index) => `i=${index + 1} ${sealer}`).join(', ')
  const comment = [sealed, reason ?? ''].filter(part => part !== '').join('; ')
  return withComment(`arc=${result}`, comment)
}

function dmarcResult(verdict: DmarcVerdict): OtherResult {
  const { result, domain, policy } = verdict
  const isApplied = policy !== undefined && result !== 'temperror'
  const applied = isApplied ? ` policy.dmarc=${policy}` : ''
  return `${withComment(`dmarc=${result}`, dmarcComment(verdict))}\r\n\t header.from=${propertyValue(domain)}${applied}`
}

/** For people: where the policy is from, what aligned, and the record itself. */
function dmarcComment({
  reason,
  policyDomain,
  organizationalDomain,
  published,
  tag,
  aligned,
  record,
}: DmarcVerdict): string {
  const parts = [
    reason,
    policyDomain && `${tag ?? 'p'}=${published ?? 'none'} of ${policyDomain}`,
    organizationalDomain && `organization ${organizationalDomain}`,
    aligned?.spf && `SPF of ${aligned.spf} aligns`,
    aligned?.dkim && `DKIM of ${aligned.dkim} aligns`,
    record && `record ${record.slice(0, maxRecordCharacters)}`,
  ]
  return parts.filter(part => part !== undefined && part !== '').join(', ')
}

/** Of a record that is shown; policies stand at its front. */
const maxRecordCharacters = 200

function withComment(result: string, comment: string): string {
  return comment === '' ? result : `${result} ${foldedComment(comment)}`
}

/** A method of our own (RFC 8601 section 2.7.6): readers of own domains see that nobody vouches for From. */
function foreignListResults({ foreignList }: AdmissionRecord): OtherResult[] {
  if (foreignList === undefined) return []
  const from = foreignList.from.map(domain => `header.from=${propertyValue(domain)}`).join(' ')
  return [`x-own-domain=foreign-list ${from} policy.list=${propertyValue(foreignList.domain)}`]
}
