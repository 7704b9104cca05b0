/** Settings of submission (RFC 6409): what accounts may send, and what wrong passwords lead to. */
import { z } from 'zod'
import { count, milliseconds, seconds } from './fields.ts'

export const submission = z.strictObject({
  recipientsPerDay: count
    .default(1_000)
    .describe(
      'Recipients of all messages of one account in a day (UTC), for accounts that have no limit of their own (`users set --daily`). What is beyond gets 450 4.7.1 with the time to come again.',
    ),
  failuresPerNetwork: count
    .default(20)
    .describe(
      'Wrong passwords from one IPv4 address or IPv6 /64 network within `failureWindowSeconds`; then it gets 454 4.7.0 with the time to come again, and no password is looked at.',
    ),
  failuresPerAccount: count
    .default(50)
    .describe(
      'Wrong passwords for one account within `failureWindowSeconds`, from all networks that it has not signed in from since the start; then these get 454 4.7.0.',
    ),
  failureWindowSeconds: seconds
    .default(900)
    .describe('How long wrong passwords count, from the first of them.'),
  failureDelayMilliseconds: milliseconds
    .max(10_000)
    .default(1_000)
    .describe(
      'How long the reply to a wrong password waits; twice as long after each further one of the same network, up to 8 seconds.',
    ),
  clientId: z
    .boolean()
    .default(true)
    .describe('Offer CLIENTID (draft-storey-smtp-client-id-19) on submission listeners.'),
})

/** What a listener is for. */
export const listenerKind = z
  .enum(['mx', 'submission'])
  .default('mx')
  .describe(
    '`mx` takes mail of the world for the own domains; `submission` (RFC 6409: port 587 with STARTTLS, 465 with TLS from the first octet) takes mail to anywhere from accounts that have signed in over TLS (`users add`), and nothing from anybody else.',
  )
