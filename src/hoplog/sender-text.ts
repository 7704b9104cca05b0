/** The report about a sender as text for people. */
import { printable } from '../message/printable.ts'
import type { ArcReport, DmarcReport, SenderPolicyReport } from './sender-report.ts'

/** Lines of `hops show`. */
export function senderPolicyLines({ dmarc, arc, lookedAt, marked }: SenderPolicyReport): string[] {
  return [
    ...(arc === null ? [] : [arcLine(arc)]),
    ...(dmarc === null ? [] : dmarcLines(dmarc)),
    ...lookedAt.map(note => `  noted    ${printable(note)}`),
    ...(marked === null ? [] : [`  marked   X-DMARC-Failure: ${printable(marked)}`]),
  ]
}

function arcLine({ result, sealers, vouching, reason }: ArcReport): string {
  const sealed = sealers.length === 0 ? '' : `, sealed by ${sealers.map(printable).join(', ')}`
  const word = vouching === null ? '' : `; ${printable(vouching)} is trusted and says that DMARC had passed`
  return `  ARC      ${result}${because(reason)}${sealed}${word}`
}

function dmarcLines(dmarc: DmarcReport): string[] {
  const { result, domain, record, reason, asked } = dmarc
  const whose = domain === '' ? '' : ` for ${printable(domain)}`
  const questions = asked.map(({ name, found }) => `${printable(name)} ${found}`)
  return [
    `  DMARC    ${result}${whose}${because(reason)}${policyText(dmarc)}${alignmentText(dmarc)}`,
    ...(record === null ? [] : [`    record ${printable(record)}`]),
    ...(questions.length === 0 ? [] : [`    asked  ${questions.join(', ')}`]),
  ]
}

function policyText({ policy, published, tag, policyDomain, organizationalDomain }: DmarcReport): string {
  if (policy === null) return ''
  const tested = published === policy ? '' : `, ${published} without t=y`
  const organization =
    organizationalDomain === null ? '' : `; organization ${printable(organizationalDomain)}`
  return `, policy ${policy} (${tag} of ${printable(policyDomain ?? '')}${tested}${organization})`
}

function alignmentText({ result, aligned }: DmarcReport): string {
  const by = [
    ...(aligned.spf === null ? [] : [`SPF of ${printable(aligned.spf)}`]),
    ...(aligned.dkim === null ? [] : [`DKIM of ${printable(aligned.dkim)}`]),
  ]
  if (by.length > 0) return `, aligned: ${by.join(', ')}`
  return result === 'fail' ? ', nothing aligns' : ''
}

function because(reason: string | null): string {
  return reason === null ? '' : ` (${printable(reason)})`
}
