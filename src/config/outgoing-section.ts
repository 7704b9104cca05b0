/** Where outgoing connections leave from. */
import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { domainName } from './fields.ts'

export const outgoing = z.strictObject({
  ipv4: z
    .string()
    .refine(isIPv4, 'an IPv4 address of this machine such as 192.0.2.25')
    .exactOptional()
    .describe(
      'Address of this machine that IPv4 connections leave from. Without it: the one that the system chooses.',
    ),
  ipv6: z
    .string()
    .refine(
      text => isIPv6(text) && !text.includes('%'),
      'an IPv6 address of this machine such as 2001:db8::25',
    )
    .exactOptional()
    .describe(
      'Address of this machine that IPv6 connections leave from. Without it: the one that the system chooses.',
    ),
  ehloName: domainName
    .exactOptional()
    .describe(
      'Name in EHLO on these connections, which should lead to their address and back. Without it: `hostname`.',
    ),
  families: z
    .enum(['ipv6-first', 'ipv4-first', 'ipv6-only', 'ipv4-only'])
    .default('ipv6-first')
    .describe(
      'Which addresses of a host are tried first; the families then take turns. `-only` leaves the other out.',
    ),
})
