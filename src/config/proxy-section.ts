/** Balancers in front of a listener. */
import { z } from 'zod'
import { clientNetwork } from './fields.ts'

export const proxies = z
  .array(clientNetwork)
  .default([])
  .describe(
    'Networks (CIDR) of the balancers in front of this listener. A connection from there must begin with a header of the PROXY protocol, version 1 or 2, and its client is the one that the header names: for `trustedClients`, limits, SPF and the log. Every other connection is refused. Without any, clients connect themselves, and the header is not understood.',
  )
