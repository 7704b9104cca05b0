/** The store, and the relays that share one. */
import { z } from 'zod'
import { maxRelays } from '../store/relay-records.ts'
import { count, fileName, milliseconds } from './fields.ts'

export const processes = z
  .union([z.literal('auto'), z.int().min(1).max(maxRelays)])
  .default(1)
  .describe(
    'How many relays run on this machine, with one store and one set of ports, each a process of its own; `auto` is one for each processor.',
  )

export const store = z.strictObject({
  postgres: z
    .string()
    .refine(
      text => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
      'a URL such as postgres://relay@db.example:5432/relay',
    )
    .exactOptional()
    .describe(
      'PostgreSQL server (15 or later) that keeps everything instead of the file in `dataDirectory`, for relays on several machines: `postgres://user@host:port/database`, for a socket `postgres://user@/database?host=/run/postgresql`. Over a network TLS is used and the name in the certificate checked, unless it says `?sslmode=disable`.',
    ),
  passwordFile: fileName
    .exactOptional()
    .describe('File with the password for that server. Without it: the one in the URL, or none.'),
  authorityFile: fileName
    .exactOptional()
    .describe(
      'PEM file with the certificates of the authorities that vouch for that server. Without it: the ones that Node knows.',
    ),
  keySecretFile: fileName
    .exactOptional()
    .describe(
      'File with a secret (at least 32 characters, mode 0600) that all nodes have: the files in `keysDirectory` are then kept in the store too, sealed with it. A new node gets them from there, and what one node changes all have within a minute. Without it each node has only what is in its folder.',
    ),
  connections: count
    .min(3)
    .max(100)
    .default(8)
    .describe('Connections of one relay to that server, one of which waits for news.'),
  commitDelayMilliseconds: milliseconds
    .default(0)
    .describe('Makes every commit slower by this time, to try out a slow disk. Only for tests.'),
  leaseSeconds: z
    .int()
    .min(3)
    .max(3_600)
    .default(60)
    .describe(
      'Where several relays share the store: after so many seconds without a sign of life of one of them the others take over its work.',
    ),
})
