/** The relay as a whole: how it is, where its mail goes, its keys; and erasing a person. */
import { z } from 'zod'
import type { Health } from '../queue/destination-health.ts'
import { address, listOf, maybe, named, orNull, pageLimit, text, texts, whole, word } from './fields.ts'
import { operation } from './operation.ts'

const milliseconds = whole.describe('Unix milliseconds.')
const place = { address: text, port: whole }

const status = named(
  'Status',
  z.object({
    version: text,
    startedAt: milliseconds,
    configuredAt: milliseconds.describe(
      'When the configuration was put in use that it works by; Unix milliseconds.',
    ),
    process: whole,
    memory: z.object({ residentBytes: whole, heapBytes: whole }),
    queue: z.object({ spooled: whole, queued: whole, held: whole, reportsDue: whole }),
    nextAttemptAt: orNull(milliseconds),
    relays: listOf(
      z.object({
        number: whole,
        name: text,
        startedAt: milliseconds,
        leaseUntil: milliseconds,
        host: text,
        process: whole,
      }),
    ).describe('All relays that share the store, this one among them.'),
    listeners: listOf(
      z.object({
        name: text,
        ...place,
        tls: z.enum(['starttls', 'implicit', 'none']),
        certificate: orNull(z.enum(['configured', 'self-signed'])),
      }),
    ),
    http: orNull(z.object({ ...place, tls: z.enum(['implicit', 'none']), publicUrl: text })),
    admin: orNull(z.object({ ...place, tls: z.enum(['implicit', 'none']) })),
  }),
)

const health: z.ZodType<Health> = z.object({
  state: z.enum(['reached', 'resting', 'unknown']),
  restsUntil: orNull(milliseconds),
})

const destination = named(
  'Destination',
  z.object({
    destination: text,
    state: z.enum(['queued', 'held']),
    deliveries: whole,
    oldestAt: milliseconds,
    nextAttemptAt: milliseconds,
    olderThan: listOf(whole).describe('Deliveries older than 60, 600, 3600, 21600 and 86400 seconds.'),
    health,
    policy: orNull(text).describe('MTA-STS as it is kept, in a word; null: none.'),
  }),
)

const key = named(
  'Key',
  z.object({
    domain: text,
    selector: text,
    algorithm: text,
    recordName: text,
    record: text.describe('`published`, `missing`, `another record`, or why DNS could not be asked.'),
  }),
)

export const relayOperations = {
  status: operation({
    method: 'get',
    path: '/status',
    scope: 'read',
    summary: 'How the relay is.',
    body: 'none',
    asked: z.strictObject({}),
    answer: status,
  }),
  reload: operation({
    method: 'post',
    path: '/reload',
    scope: 'admin',
    summary: 'Has the relay read its configuration, certificates and keys again.',
    body: 'json',
    asked: z.strictObject({}),
    answer: z.object({
      onlyAtStart: texts.describe('Settings that differ and count from the next start only.'),
    }),
  }),
  destinations: operation({
    method: 'get',
    path: '/destinations',
    scope: 'read',
    summary: 'The open deliveries by destination and state, most first.',
    body: 'none',
    asked: z.strictObject({ limit: pageLimit(100) }),
    answer: z.object({ destinations: listOf(destination) }),
  }),
  keys: operation({
    method: 'get',
    path: '/keys',
    scope: 'read',
    summary: 'The signing keys of the domains, and whether DNS has their records.',
    body: 'none',
    asked: z.strictObject({
      domain: maybe(word),
      limit: pageLimit(100),
      after: maybe(word.describe('`next` of the page before.')),
    }),
    answer: z.object({ keys: listOf(key), next: orNull(text) }),
  }),
  forget: operation({
    method: 'post',
    path: '/forget',
    scope: 'admin',
    summary: 'Erases a person from the database: subscriptions, and the address in old records.',
    body: 'json',
    asked: z.strictObject({ address }),
    answer: z.object({
      address: text,
      lists: texts,
      requests: whole,
      news: whole,
      messages: whole,
      open: texts.describe('Queue ids of messages that are still on their way: their records keep it.'),
      stillIn: texts.describe('Where it still stands, for a person to decide about.'),
    }),
  }),
}
