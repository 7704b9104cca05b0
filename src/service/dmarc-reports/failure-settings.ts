/** Who reports single failures of DMARC, and how many. */
import type { RelayConfig } from '../../config/schema.ts'
import type { FailureReportSettings } from './failure-reports.ts'

/** undefined when nobody does: it is turned off, or there is no domain that could sign. */
export function failureReportSettings(config: RelayConfig): FailureReportSettings | undefined {
  const { hostname, dmarcReports, dmarcFailureReports } = config
  const [domain] = Object.keys(config.domains)
  if (!dmarcFailureReports.send || domain === undefined) return undefined
  const { perDomain, inAll } = dmarcFailureReports
  return {
    domain,
    submitter: hostname,
    organization: dmarcReports.organization ?? hostname,
    generator: 'dkim2-relay',
    limits: {
      perDomain: { most: perDomain.most, milliseconds: perDomain.inSeconds * 1000 },
      inAll: { most: inAll.most, milliseconds: inAll.inSeconds * 1000 },
    },
  }
}
