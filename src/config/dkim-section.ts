/** Settings of a domain about DKIM and ARC, for hosts that do not know DKIM2. */
import { z } from 'zod'

export const dkimSettings = {
  dkim: z
    .enum(['always', 'not-forwards', 'never'])
    .default('always')
    .describe(
      'What gets a DKIM-Signature of this domain (RFC 6376), with the keys that sign DKIM2: everything that leaves in its name; all but what goes through its aliases unchanged; or nothing, where a filter behind this relay signs. A From of the domain that nobody vouches for is never signed on its way through.',
    ),
  arc: z
    .enum(['seal', 'never'])
    .default('seal')
    .describe(
      'Whether what goes to aliases and lists of this domain is sealed with ARC (RFC 8617): with the RSA key of the domain, or the Ed25519 key where there is no other.',
    ),
}
