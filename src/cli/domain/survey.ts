/** Looks a domain over: everything that it publishes for mail. Nothing is sent, and what is asked is bounded in each part. */
import { authorPolicyFindings } from './author-policy.ts'
import { brandFinding } from './brand.ts'
import { type DomainFacts, type DomainFinding, finding } from './finding.ts'
import { daneFindings, mailHosts, serviceFinding } from './mail-hosts.ts'
import { personalKeyFindings } from './personal-keys.ts'
import { senderPolicyFinding } from './sender-policy.ts'
import { keyFindings } from './signing-keys.ts'
import { stsFinding, tlsReportFinding } from './tls-policies.ts'

/** @param isDnssecAsked the name server is trusted to validate */
export async function surveyDomain(facts: DomainFacts, isDnssecAsked: boolean): Promise<DomainFinding[]> {
  const [hosts, authors] = await Promise.all([mailHosts(facts), authorPolicyFindings(facts)])
  const isEnforced = authors[0]?.kind === 'DMARC' && authors[0].grade === 'good'
  const isReceiving = hosts.hosts.length > 0
  const [sender, keys, brand, service, dane, sts, tlsReports, persons] = await Promise.all([
    senderPolicyFinding(facts, isReceiving),
    keyFindings(facts),
    brandFinding(facts, isEnforced),
    serviceFinding(facts),
    daneFindings(facts, hosts),
    stsFinding(facts, hosts.hosts),
    tlsReportFinding(facts),
    personalKeyFindings(facts),
  ])
  const first = [dnssecFinding(facts, hosts.finding, isDnssecAsked), hosts.finding, service]
  return [...first, sender, ...keys, ...authors, brand, sts, tlsReports, ...dane, ...persons]
}

function dnssecFinding({ domain }: DomainFacts, exchange: DomainFinding, isAsked: boolean): DomainFinding {
  const of = { kind: 'DNSSEC', name: domain }
  if (!isAsked) {
    const text = 'not looked at: --dnssec believes the name server, which has to validate and to be near'
    return finding({ ...of, grade: 'unknown', text })
  }
  if (exchange.grade === 'unknown') return finding({ ...of, grade: 'unknown', text: exchange.text })
  return exchange.isAuthentic
    ? finding({
        ...of,
        grade: 'good',
        isAuthentic: true,
        text: 'the zone is signed, and its answers are valid',
      })
    : finding({
        ...of,
        grade: 'weak',
        text: 'its answers are not validated: DANE and keys of persons need that',
      })
}
