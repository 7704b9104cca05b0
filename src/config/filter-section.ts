/** The content filter. */
import { z } from 'zod'
import { milliseconds, octets } from './fields.ts'

const filterUrl = z
  .string()
  .refine(
    isFilterUrl,
    "a URL such as 'http://127.0.0.1:11333': http or https, without user, path, query or fragment",
  )

export const filter = z.strictObject({
  kind: z
    .enum(['rspamd'])
    .default('rspamd')
    .describe('Which filter it is. `rspamd` is asked at `/checkv2` of a normal worker.'),
  url: filterUrl.describe('Where it listens.'),
  timeoutMilliseconds: milliseconds
    .min(1)
    .default(10_000)
    .describe('How long its verdict is waited for, within `limits.judgementTimeoutSeconds`.'),
  maxMessageBytes: octets
    .default(10 * 1024 * 1024)
    .describe('Larger messages, in octets, are accepted without asking it.'),
  whenDown: z
    .enum(['defer', 'accept'])
    .default('defer')
    .describe(
      'What happens to a message of which there is no verdict, because the filter cannot be reached or takes too long: the client is asked to come back (451 4.3.0), or it is accepted as it is.',
    ),
  trustedClients: z.boolean().default(false).describe('Whether mail of `trustedClients` is filtered too.'),
})

function isFilterUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return (
    url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === ''
  )
}
