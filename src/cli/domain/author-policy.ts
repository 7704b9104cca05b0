/** DMARC of a domain (RFC 9989): the walk to its record, what it asks for, and who may have the reports. */

import type { DiscoveredPolicy } from '../../dmarc/discover-policy.ts'
import { discoverDmarcPolicy } from '../../dmarc/discover-policy.ts'
import { dmarcLookUps } from '../../dmarc/look-ups.ts'
import type { WalkStep } from '../../dmarc/tree-walk.ts'
import { zoneFileLine } from '../../sign/zone-line.ts'
import { type DomainFacts, type DomainFinding, finding, unknownFinding } from './finding.ts'

/** Receivers of reports that are asked whether they want them. */
const maxReportTargets = 10

export async function authorPolicyFindings(facts: DomainFacts): Promise<DomainFinding[]> {
  const { domain, resolver } = facts
  const found = await discoverDmarcPolicy(domain, dmarcLookUps(resolver))
  const of = { kind: 'DMARC', name: `_dmarc.${domain}` }
  const details = found.steps.map(stepLine)
  if (found.kind === 'unknown') return [{ ...unknownFinding(of, found.reason), details }]
  if (found.kind === 'none') {
    const zoneLines = [zoneFileLine(of.name, `v=DMARC1; p=none; rua=mailto:postmaster@${domain}`)]
    const text = `no policy (${found.reason}): anybody can write in the name of this domain`
    return [finding({ ...of, grade: 'weak', text, details, zoneLines })]
  }
  const policy = finding({
    kind: 'DMARC',
    name: `_dmarc.${found.policyDomain}`,
    found: [found.record.text],
    ...judge(found),
    details: [...details, ...found.record.remarks],
  })
  return [policy, ...(await reportFindings(found, facts))]
}

function judge(found: DiscoveredPolicy): Pick<DomainFinding, 'grade' | 'text'> {
  const { published, tag, record, domain, organizationalDomain } = found
  const organization =
    organizationalDomain === undefined || organizationalDomain === domain
      ? ''
      : `; the organizational domain is ${organizationalDomain}`
  const doubt = found.doubt === undefined ? '' : `; in doubt: ${found.doubt}`
  const text = `${tag}=${published}${organization}${doubt}`
  if (record.isTesting) return { grade: 'weak', text: `${text}; in test (t=y): applied as ${found.policy}` }
  if (published === 'none')
    return { grade: 'weak', text: `${text}: failures are reported and nothing is done` }
  return { grade: 'good', text: `${text}: receivers ${published} what fails` }
}

function stepLine({ name, found }: WalkStep): string {
  if (found.kind === 'record') return `${name}: ${found.record.text}`
  return found.kind === 'absent' ? `${name}: none` : `${name}: ${found.reason}`
}

/** Reports go to other domains only where those say that they want them (RFC 9990 section 4). */
async function reportFindings(found: DiscoveredPolicy, { resolver }: DomainFacts): Promise<DomainFinding[]> {
  const own = found.organizationalDomain ?? found.policyDomain
  const { aggregateReportUris, failureReportUris } = found.record
  const targets = [...aggregateReportUris, ...failureReportUris].flatMap(uri => {
    const domain = /^mailto:[^@?]+@([a-z0-9.-]+)(?:\?.*)?$/i.exec(uri)?.[1]?.toLowerCase()
    return domain === undefined || domain === own || domain.endsWith(`.${own}`) ? [] : [domain]
  })
  return Promise.all(
    [...new Set(targets)].slice(0, maxReportTargets).map(async target => {
      const of = { kind: 'DMARC', name: `${found.policyDomain}._report._dmarc.${target}` }
      const answer = await resolver.txt(of.name)
      if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
      const records =
        answer.kind === 'records' ? answer.records.filter(text => /^v\s*=\s*DMARC1/.test(text)) : []
      if (records.length > 0)
        return finding({ ...of, grade: 'good', found: records, text: `${target} takes the reports` })
      const text = `${target} does not say that it takes reports for ${found.policyDomain}: it gets none`
      return finding({ ...of, grade: 'weak', text, zoneLines: [zoneFileLine(of.name, 'v=DMARC1;')] })
    }),
  )
}
