/** Failure reports about DMARC to the domains that ask for them (RFC 9991). */
import { z } from 'zod'
import { count, seconds } from './fields.ts'

function limit(most: number, what: string) {
  return z
    .strictObject({
      most: count.default(most).describe('How many within the period.'),
      inSeconds: seconds
        .max(31 * 86_400)
        .default(86_400)
        .describe('Length of the period in seconds.'),
    })
    .prefault({})
    .describe(what)
}

export const dmarcFailureReports = z.strictObject({
  send: z
    .boolean()
    .default(false)
    .describe(
      'Send a report about single messages that fail DMARC to the domain in their From, where its record asks for that with `ruf`. It shows what a mail system sent in its name, without recipients, subject and content. The organization is that of `dmarcReports`.',
    ),
  perDomain: limit(10, 'Reports to one domain; further failures are not reported.'),
  inAll: limit(200, 'Reports to all domains.'),
})
