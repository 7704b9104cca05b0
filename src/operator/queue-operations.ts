/** Deliveries that are still to be made. */
import { z } from 'zod'
import type { HeldWorkLine, QueueLine } from '../hoplog/summary.ts'
import { deliveryStates } from '../store/records.ts'
import {
  address,
  cursor,
  listOf,
  maybe,
  named,
  orNull,
  pageLimit,
  text,
  texts,
  time,
  whole,
  word,
} from './fields.ts'
import { operation } from './operation.ts'
import { attempt, journey } from './record-schemas.ts'

export const queueActions = ['retry', 'hold', 'release', 'delete'] as const
export type QueueAction = (typeof queueActions)[number]

const queueLine: z.ZodType<QueueLine> = named(
  'Delivery',
  z.object({
    queueId: text,
    ordinal: whole,
    state: text,
    reason: orNull(text),
    destination: text,
    mf: text,
    rt: text,
    receivedAt: time,
    sizeBytes: whole,
    attempts: whole,
    nextAttemptAt: time,
    expiresAt: time,
    lastAttempt: orNull(attempt),
  }),
)

const heldWork: z.ZodType<HeldWorkLine> = named(
  'HeldWork',
  z.object({
    queueId: text,
    ordinal: z.null(),
    state: z.literal('held'),
    reason: orNull(text),
    work: z.enum(['delivery', 'message', 'posts', 'reports']),
    mf: text,
    rt: texts,
    receivedAt: time,
    sizeBytes: whole,
  }),
)

/** Deliveries that one request names. */
const maxSelected = 1_000

export const queueOperations = {
  listQueue: operation({
    method: 'get',
    path: '/queue',
    scope: 'read',
    summary: 'Deliveries, next attempt first, and on the first page what else of messages is held.',
    body: 'none',
    asked: z.strictObject({
      destination: maybe(word),
      state: maybe(z.enum(deliveryStates).describe('Without it queued and held.')),
      limit: pageLimit(100),
      after: maybe(cursor.describe('`next` of the page before.')),
    }),
    answer: z.object({ held: listOf(heldWork), deliveries: listOf(queueLine), next: orNull(text) }),
  }),
  showQueued: operation({
    method: 'get',
    path: '/queue/{queueId}',
    scope: 'read',
    summary: 'The open deliveries of one message.',
    body: 'none',
    asked: z.strictObject({ queueId: word }),
    answer: journey,
  }),
  changeQueue: operation({
    method: 'post',
    path: '/queue',
    scope: 'queue',
    summary: 'Retry, hold, release or delete deliveries: all that are named, or none.',
    body: 'json',
    asked: z.strictObject({
      action: z.enum(queueActions),
      deliveries: maybe(
        z
          .array(word)
          .min(1)
          .max(maxSelected)
          .readonly()
          .describe('Such as `1M80WBWJ900/0`; without a number every delivery of the message.'),
      ),
      destination: maybe(address.describe('Every delivery to this domain.')),
      all: maybe(z.literal(true).describe('Every delivery.')),
      report: maybe(z.boolean().describe('Of `delete`: tell the sender, as of any other failure.')),
    }),
    logged: ['action', 'deliveries', 'destination', 'all'],
    answer: z.object({ results: listOf(z.object({ selection: text, deliveries: whole })) }),
  }),
}
