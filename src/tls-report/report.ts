/** A report as JSON (RFC 8460 section 4.4): the sessions of one domain and day, by the policy that applied to them. */
import type { CountedTlsSessions } from '../store/tls-records.ts'

export interface ReportInput {
  /** Who reports. */
  readonly organization: string
  /** Address of somebody who can be asked about it. */
  readonly contact: string
  readonly reportId: string
  readonly domain: string
  /** YYYY-MM-DD in UTC. */
  readonly day: string
  readonly sessions: readonly CountedTlsSessions[]
}

/** UTF-8. */
export function reportJson(input: ReportInput): Buffer {
  const { organization, contact, reportId, domain, day, sessions } = input
  const byPolicy = Map.groupBy(sessions, ({ policy }) => JSON.stringify(policy))
  const report = {
    'organization-name': organization,
    'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
    'contact-info': contact,
    'report-id': reportId,
    policies: [...byPolicy.values()].map(group => policyReport(domain, group)),
  }
  return Buffer.from(JSON.stringify(report))
}

/** The sessions under one policy; there is at least one. */
function policyReport(domain: string, sessions: readonly CountedTlsSessions[]): object {
  const policy = sessions[0]?.policy
  const failures = sessions.filter(({ result }) => result !== 'success')
  const successes = sessions.filter(({ result }) => result === 'success')
  const isSts = policy?.type === 'sts'
  return {
    policy: {
      'policy-type': policy?.type,
      ...(policy !== undefined && policy.string.length > 0 && { 'policy-string': policy.string }),
      'policy-domain': domain,
      ...(isSts && policy.mxHost.length > 0 && { 'mx-host': policy.mxHost }),
    },
    summary: {
      'total-successful-session-count': total(successes),
      'total-failure-session-count': total(failures),
    },
    'failure-details': failures.map(failureDetails),
  }
}

function failureDetails({ result, details, sessions }: CountedTlsSessions): object {
  const { sendingIp, receivingMx, receivingIp, reasonCode } = details
  return {
    'result-type': result,
    ...(sendingIp !== undefined && { 'sending-mta-ip': sendingIp }),
    ...(receivingMx !== undefined && { 'receiving-mx-hostname': receivingMx }),
    ...(receivingIp !== undefined && { 'receiving-ip': receivingIp }),
    'failed-session-count': sessions,
    ...(reasonCode !== undefined && { 'failure-reason-code': reasonCode }),
  }
}

function total(sessions: readonly CountedTlsSessions[]): number {
  return sessions.reduce((sum, one) => sum + one.sessions, 0)
}

/** First and last second of a day, Unix seconds. */
export function daySeconds(day: string): { readonly begin: number; readonly end: number } {
  const begin = Date.parse(`${day}T00:00:00Z`) / 1000
  return { begin, end: begin + 86_399 }
}

/** The name of the file that carries a report (RFC 8460 section 5.1). */
export function reportFileName(
  submitter: string,
  { domain, day, reportId }: Pick<ReportInput, 'domain' | 'day' | 'reportId'>,
): string {
  const { begin, end } = daySeconds(day)
  const unique = reportId.replace(/@.*$/, '').replace(/[^A-Za-z0-9]/g, '')
  return `${submitter}!${domain}!${begin}!${end}!${unique}.json.gz`
}
