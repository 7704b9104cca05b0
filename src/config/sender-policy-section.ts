/** What happens to mail that its sender's own domain disowns: DMARC, SPF, ARC, domains that do not exist, malformed messages. */
import { z } from 'zod'
import { domainName } from './fields.ts'

/** Members of the section `admit` of a domain. */
export const senderPolicy = {
  senderChecks: z
    .enum(['where-dkim2-is-silent', 'always'])
    .default('where-dkim2-is-silent')
    .describe(
      'When SPF, DKIM, DMARC and ARC are looked up: where no DKIM2 chain passes and vouches for the domain in From, or for every message. A chain that vouches for From counts before them either way.',
    ),
  dmarcReject: z
    .enum(['refuse', 'mark', 'accept'])
    .default('refuse')
    .describe(
      'DMARC (RFC 9989) fails and the policy of the domain in From is `reject`: refuse with 550 5.7.1; mark with a field `X-DMARC-Failure` and forward; or forward and note it. What a DKIM2 chain that passes, or a List-Id whose domain signed, speaks for is marked instead of refused; what one of `trustedSealers` speaks for is accepted.',
    ),
  dmarcQuarantine: z
    .enum(['refuse', 'mark', 'accept'])
    .default('mark')
    .describe('The same where the policy is `quarantine`.'),
  spfFail: z
    .enum(['refuse', 'accept'])
    .default('accept')
    .describe(
      'SPF says `fail` (the domain ends its record in `-all`) and neither DKIM, DMARC nor ARC vouches for the sender: refuse with 550 5.7.23, or forward and note it. Every forwarder of before DKIM2 makes SPF fail.',
    ),
  unknownSenders: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .describe(
      'The domain of MAIL FROM does not exist (NXDOMAIN): refuse with 550 5.1.8, or forward and note it.',
    ),
  unreachableSenders: z
    .enum(['refuse', 'refuse-commands', 'accept'])
    .default('refuse-commands')
    .describe(
      'The domain of MAIL FROM takes no mail: it has a null MX (RFC 7505), or no MX and the SPF record `v=spf1 -all`. Refuse with 550 5.7.27 or 5.1.8; refuse commands to lists, whose answer could not arrive, and note it on other mail; or note it.',
    ),
  ambiguousFormat: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .describe(
      'A message of which programs do not agree what it says, so that no signature vouches for one meaning: a second From, Sender, Reply-To, To, Cc, Subject, Date or Message-ID, no From, one without an address, no header section (RFC 5322 section 3.6). Refuse with 550 5.6.0, or forward and note it.',
    ),
} as const

export const trustedSealers = z
  .array(domainName)
  .max(1_000)
  .default([])
  .describe(
    'Domains whose ARC seals are believed (RFC 8617), with the names below them: where the chain passes and one of them says that DMARC had passed when the message came to it, a failure of DMARC here counts for nothing.',
  )
