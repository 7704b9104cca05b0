/** Settings of the admin listener: metrics and probes for programs, pages for the operator. */
import { z } from 'zod'
import { ipAddress, listeningPort, seconds } from './fields.ts'
import { certificate } from './sections.ts'

export const admin = z
  .strictObject({
    address: ipAddress
      .default('127.0.0.1')
      .describe(
        'IP address to listen on. Beyond loopback it needs a `certificate`, or `pages: false` without `api`: passwords are typed there, and tokens of the `api` sent.',
      ),
    port: listeningPort.describe('TCP port; 0 takes a free one.'),
    certificate: certificate
      .exactOptional()
      .describe('With a certificate the listener speaks HTTPS; without it plain HTTP.'),
    pages: z
      .boolean()
      .default(true)
      .describe(
        'Show the pages for people who sign in (`admins add`). Without them there are `/metrics`, `/live` and `/ready`, which ask for no password.',
      ),
    api: z
      .boolean()
      .default(false)
      .describe(
        'Answer the API under `/api/v1` for programs that have a token (`tokens add`), among them the commands with `--server`.',
      ),
    sessionIdleSeconds: seconds.default(1_800).describe('Who has done nothing for so long signs in again.'),
    sessionSeconds: seconds.default(43_200).describe('Who has signed in so long ago signs in again.'),
  })
  .refine(
    ({ address, certificate: shown, pages, api }) =>
      isLoopback(address) || shown !== undefined || (!pages && !api),
    'a certificate, or pages: false without api, for an address beyond loopback',
  )

function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address)
}
