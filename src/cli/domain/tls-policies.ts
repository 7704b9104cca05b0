/** What a domain asks of the TLS of senders: MTA-STS (RFC 8461) and reports about it (RFC 8460). */
import { namesHost, readStsPolicy, readStsRecord, type StsPolicyText } from '../../discover/sts-policy.ts'
import { zoneFileLine } from '../../sign/zone-line.ts'
import {
  type DomainFacts,
  type DomainFinding,
  finding,
  isValidated,
  textsOf,
  unknownFinding,
} from './finding.ts'
import type { MailHost } from './mail-hosts.ts'

/** RFC 8461 section 3.3. */
const maxPolicyOctets = 65_536

/** @param hosts that the policy has to name */
export async function stsFinding(
  { domain, resolver, fetch, policyPort, now }: DomainFacts,
  hosts: readonly MailHost[],
): Promise<DomainFinding> {
  const of = { kind: 'MTA-STS', name: `_mta-sts.${domain}` }
  const answer = await resolver.txt(of.name)
  const record = await readStsRecord(answer)
  if (record.kind === 'temporary') return unknownFinding(of, record.reason)
  const said = { ...of, found: textsOf(answer), isAuthentic: isValidated(answer) }
  const id = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14)
  const zoneLines = [zoneFileLine(of.name, `v=STSv1; id=${id}`)]
  if (record.kind === 'absent') {
    const text =
      said.found.length === 0
        ? 'nothing tells senders to insist on TLS; it needs a policy on the web too'
        : 'senders take no policy from it'
    return finding({ ...said, grade: said.found.length === 0 ? 'absent' : 'weak', text, zoneLines })
  }
  if (fetch === undefined) return finding({ ...said, grade: 'unknown', text: 'the policy was not fetched' })
  const fetched = await fetch(
    `https://mta-sts.${domain}:${policyPort}/.well-known/mta-sts.txt`,
    maxPolicyOctets,
  )
  if (fetched.kind === 'failed') {
    return finding({ ...said, grade: 'weak', text: `the policy cannot be fetched: ${fetched.reason}` })
  }
  if (fetched.mediaType !== 'text/plain') {
    return finding({
      ...said,
      grade: 'weak',
      text: `the policy is ${fetched.mediaType}, not text/plain: senders ignore it`,
    })
  }
  const policy = readStsPolicy(fetched.octets)
  if ('invalid' in policy)
    return finding({ ...said, grade: 'weak', text: `the policy is ignored: ${policy.invalid}` })
  return finding({ ...said, ...judge(policy, hosts), details: policy.lines })
}

function judge(policy: StsPolicyText, hosts: readonly MailHost[]): Pick<DomainFinding, 'grade' | 'text'> {
  const { mode } = policy
  if (mode === 'none') return { grade: 'absent', text: 'mode none: the policy asks for nothing' }
  const unnamed = hosts.filter(({ name }) => !namesHost(policy, name)).map(({ name }) => name)
  const left = unnamed.length > 0 ? `; it does not name ${unnamed.join(', ')}` : ''
  if (mode === 'testing') return { grade: 'weak', text: `mode testing: failures are reported only${left}` }
  if (left === '') return { grade: 'good', text: 'mode enforce: senders insist on TLS' }
  return {
    grade: unnamed.length === hosts.length ? 'bad' : 'weak',
    text: `mode enforce${left}: no mail goes there`,
  }
}

export async function tlsReportFinding({ domain, resolver }: DomainFacts): Promise<DomainFinding> {
  const of = { kind: 'TLSRPT', name: `_smtp._tls.${domain}` }
  const answer = await resolver.txt(of.name)
  if (answer.kind === 'temporary') return unknownFinding(of, answer.reason)
  const found = textsOf(answer)
  const said = { ...of, found, isAuthentic: isValidated(answer) }
  const zoneLines = [zoneFileLine(of.name, `v=TLSRPTv1; rua=mailto:postmaster@${domain}`)]
  const reporting = found.filter(text => /^v=TLSRPTv1\s*;/.test(text) && /;\s*rua\s*=/.test(text))
  if (reporting.length === 1) return finding({ ...said, grade: 'good', text: 'senders report how TLS went' })
  const text =
    found.length === 0 ? 'nobody is asked to report how TLS went' : 'senders take no address from it'
  return finding({ ...said, grade: found.length === 0 ? 'absent' : 'weak', text, zoneLines })
}
