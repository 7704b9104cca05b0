/** Settings that the daily reports to other domains share (RFC 8460, RFC 9990). */
import { z } from 'zod'
import { mailboxAddress } from './fields.ts'

export const reportFields = {
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
}
