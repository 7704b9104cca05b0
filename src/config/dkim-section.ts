/** Settings of a domain about DKIM and ARC, for hosts that do not know DKIM2. */
import { z } from 'zod'

export const dkimSettings = {
  dkimOnForwards: z
    .boolean()
    .default(true)
    .describe(
      'What goes through an alias of this domain gets a DKIM-Signature of the domain (RFC 6376), unless nobody vouches for a From of the domain itself. Copies of lists, and what this relay writes, always get one.',
    ),
  arc: z
    .enum(['seal', 'never'])
    .default('seal')
    .describe(
      'Whether what goes to aliases and lists of this domain is sealed with ARC (RFC 8617): with the RSA key of the domain, or the Ed25519 key where there is no other.',
    ),
}
