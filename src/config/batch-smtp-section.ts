/** Batch SMTP over HTTPS (RFC 2442, draft-many-tiptop-email-00): the gateways that a relay posts to, and whose objects it takes. */
import { z } from 'zod'
import { count, fileName, milliseconds, octets, seconds } from './fields.ts'

const keyPair = z.strictObject({
  certificateFile: fileName.describe('PEM file with the certificate that this relay shows.'),
  keyFile: fileName.describe('PEM file with its private key.'),
})

const contact = z
  .strictObject({
    from: z.iso
      .datetime({ offset: true })
      .describe('When the first contact begins, such as `2026-12-01T06:00:00Z`.'),
    lastsSeconds: seconds.describe('How long a contact lasts.'),
    everySeconds: seconds
      .exactOptional()
      .describe(
        'After how long the next one begins, from beginning to beginning. Without it there is only this one.',
      ),
  })
  .refine(({ lastsSeconds, everySeconds }) => everySeconds === undefined || everySeconds >= lastsSeconds, {
    path: ['everySeconds'],
    message: 'at least `lastsSeconds`: contacts of one entry do not overlap',
  })

/** A signature is worth nothing after 14 days, and a report needs one to come back. */
const maxLifetimeSeconds = 13 * 86_400

const sending = {
  clientCertificate: keyPair
    .exactOptional()
    .describe('Certificate that this relay shows to the gateway (mutual TLS).'),
  lightTimeSeconds: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'One way. An answer is waited for four round trips longer (connection, TLS, object), and a message is given up one round trip earlier, so that a failure at the far end can be returned while its signatures are valid.',
    ),
  answerTimeoutSeconds: seconds
    .default(300)
    .describe('How long the answer to an object is waited for, beside the light time.'),
  retrySeconds: z
    .array(z.number().positive())
    .min(1)
    .default([60, 300, 900, 3_600])
    .describe(
      'Waiting times after objects without an answer, in seconds; the last one repeats. Everything for the gateway waits together, so that the order stays.',
    ),
  lifetimeSeconds: seconds
    .max(maxLifetimeSeconds, 'at most 13 days (1123200): a signature is worth nothing after 14')
    .default(12 * 86_400)
    .describe('How long a message for the gateway is tried, instead of `queue.lifetimeSeconds`.'),
  maxMessages: count.max(1_000).default(200).describe('Messages in one object.'),
  maxObjectBytes: octets
    .default(67_108_864)
    .describe('Size of one object in octets; a message that is larger goes alone.'),
  gatherMilliseconds: milliseconds
    .max(60_000)
    .default(1_000)
    .describe('How long an object waits for further messages before it is posted.'),
}

export const batchRoute = z
  .strictObject({
    url: z
      .string()
      .refine(
        isGatewayUrl,
        "a URL such as 'https://gateway.mars.example/bsmtp': https, without user and fragment",
      )
      .describe('Where Batch SMTP objects for the domain are posted, over HTTP/2.'),
    tokenFile: fileName
      .exactOptional()
      .describe('File with the token that this relay shows to the gateway (`Authorization: Bearer`).'),
    contacts: z
      .array(contact)
      .min(1)
      .exactOptional()
      .describe('When the gateway can be reached. Without it always.'),
    ...sending,
  })
  .transform(route => ({ kind: 'batch' as const, ...route }))

const peer = z
  .strictObject({
    tokenFile: fileName
      .exactOptional()
      .describe('File with the token that the peer shows, of at least 32 characters.'),
    certificateFile: fileName
      .exactOptional()
      .describe(
        'PEM file with the very certificate that the peer shows (mutual TLS); `http.certificate` is needed.',
      ),
  })
  .refine(({ tokenFile, certificateFile }) => tokenFile !== undefined || certificateFile !== undefined, {
    message: 'a tokenFile or a certificateFile: nobody posts without one',
  })

export const batchSmtp = z.strictObject({
  useUriRecords: z
    .boolean()
    .default(false)
    .describe(
      'Look for URI records at `_bsmtp_https` of a destination before SRV and MX, and post to the gateway that they name.',
    ),
  found: z
    .strictObject(sending)
    .prefault({})
    .describe('How gateways are treated that URI records name. A token is never shown to them.'),
  peers: z
    .record(
      z.string().regex(/^[a-z0-9-]{1,32}$/, "a name of letters, digits and hyphens such as 'earth'"),
      peer,
    )
    .default({})
    .describe(
      'Who may post objects to `/bsmtp` of the HTTP listener, by name. Without any there is no such place.',
    ),
  maxObjectBytes: octets.default(268_435_456).describe('Size of an object that is taken, in octets.'),
  maxMessages: count.max(100_000).default(1_000).describe('Messages in an object that is taken.'),
  objectTimeoutSeconds: seconds
    .default(3_600)
    .describe('For a whole object, from its first octet to its last.'),
  rememberedMessages: count
    .default(1_000_000)
    .describe(
      'Messages that are known again when their object is posted anew; each takes about 150 octets of the database. The oldest are forgotten first.',
    ),
})

function isGatewayUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:' || text.length > 1_000) return false
  return url.username === '' && url.password === '' && url.hash === ''
}
