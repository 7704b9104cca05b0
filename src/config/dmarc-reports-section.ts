/** Daily aggregate reports about DMARC to the domains that ask for them (RFC 9990). */
import { z } from 'zod'
import { reportFields } from './report-fields.ts'

export const dmarcReports = z.strictObject({
  send: z
    .boolean()
    .default(false)
    .describe(
      'Count what DMARC makes of messages, and send a report about every day to each domain whose DMARC record asks for it with `rua`. While it is off nothing is counted.',
    ),
  ...reportFields,
})
