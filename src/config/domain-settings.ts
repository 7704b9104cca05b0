/** What a domain may have otherwise than the relay: limits, wire profile, retention. */
import { z } from 'zod'
import { profileIds } from '../dkim2/profiles/names.ts'
import { octets, seconds } from './fields.ts'

const domainLimits = z.strictObject({
  maxMessageBytes: octets
    .exactOptional()
    .describe(
      'Size in octets of a message to this domain, or submitted in its name, where that is less than `limits.maxMessageBytes`, which SIZE announces; a larger one gets 552 5.3.4.',
    ),
})

export const domainSettings = {
  limits: domainLimits.prefault({}).describe('What this domain takes less of than the relay.'),
  profile: z
    .enum(profileIds)
    .exactOptional()
    .describe(
      'Wire profile in which this domain signs a message that has no DKIM2 yet, instead of `profile`; `profiles` of the destination come before it.',
    ),
  retentionSeconds: seconds
    .exactOptional()
    .describe(
      'How long the hop log of a finished message to this domain, or sent in its name, is kept, instead of `queue.retentionSeconds`; of several domains the longest counts.',
    ),
}
