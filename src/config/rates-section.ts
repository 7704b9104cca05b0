/** How often clients, accounts and senders may come. */
import { z } from 'zod'
import { clientNetwork, count, seconds } from './fields.ts'

function rate(what: string) {
  return z
    .strictObject({
      most: count.describe('How many within the period.'),
      inSeconds: seconds
        .max(31 * 86_400)
        .describe('Length of the period in seconds; it begins with the first one that is counted.'),
    })
    .exactOptional()
    .describe(`${what} Without it there is no such limit.`)
}

export const rates = z.strictObject({
  exempt: z
    .array(clientNetwork)
    .default([])
    .describe(
      'Networks (CIDR) whose clients no limit of this section holds for, as it holds for no `trustedClients`.',
    ),
  ipv4NetworkBits: z
    .int()
    .min(8)
    .max(32)
    .default(24)
    .describe('How many bits of an IPv4 address tell one client network from another.'),
  ipv6NetworkBits: z
    .int()
    .min(16)
    .max(128)
    .default(64)
    .describe('How many bits of an IPv6 address tell one client network from another.'),
  networks: z
    .strictObject({
      connections: rate('Connections from one client network; beyond them 421 4.7.1.'),
      messages: rate('Messages from one client network; the MAIL beyond them gets 450 4.7.1.'),
      recipients: rate(
        'Recipients of messages from one client network; the RCPT beyond them gets 450 4.7.1.',
      ),
    })
    .prefault({})
    .describe(
      'Of a client network. A client that has authenticated itself is counted by its account instead.',
    ),
  accounts: z
    .strictObject({
      messages: rate('Messages of one account.'),
      recipients: rate('Recipients of the messages of one account.'),
    })
    .prefault({})
    .describe('Of an account of this relay. What is counted survives a restart.'),
  senderDomains: z
    .strictObject({
      messages: rate('Messages with a MAIL FROM in one domain.'),
      recipients: rate('Recipients of messages with a MAIL FROM in one domain.'),
    })
    .prefault({})
    .describe(
      'Of the domain in MAIL FROM, which nobody has vouched for at that point: whoever abuses it uses up its share.',
    ),
  aliases: z
    .strictObject({
      messages: rate('Messages to one alias or list; `*` is one alias.'),
    })
    .prefault({})
    .describe('Of the addresses of this relay.'),
})
