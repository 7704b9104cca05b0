/** Daily aggregate reports about DMARC to the domains that ask for them (RFC 9990). */
import { z } from 'zod'
import { mailboxAddress } from './fields.ts'

export const dmarcReports = z.strictObject({
  send: z
    .boolean()
    .default(false)
    .describe(
      'Count what DMARC makes of messages, and send a report about every day to each domain whose DMARC record asks for it with `rua`. While it is off nothing is counted.',
    ),
  organization: z
    .string()
    .min(1)
    .max(200)
    .exactOptional()
    .describe('Name of whoever runs this relay, as reports show it. Without it: `hostname`.'),
  contact: mailboxAddress
    .exactOptional()
    .describe(
      'Address of somebody who can be asked about a report. Without it: `postmaster`, or that of the first domain.',
    ),
  spreadSeconds: z
    .int()
    .min(0)
    .default(4 * 3_600)
    .describe(
      'Over how long a time after midnight (UTC) the reports of a day leave, each at a random moment.',
    ),
})
