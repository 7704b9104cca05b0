/** The hop log. */
import { z } from 'zod'
import type { VersionChange } from '../dkim2/version-changes.ts'
import type { OwnChange } from '../hoplog/own-change.ts'
import type { MessageLine } from '../hoplog/summary.ts'
import { messageStates } from '../store/records.ts'
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
import { journey } from './record-schemas.ts'

/** RFC 5322 section 2.1.1 has lines of 998 octets. */
const maxMessageId = 998

/** What messages are looked for by: each that is given must be met. */
export const criteria = {
  from: maybe(
    address.describe("MAIL FROM or an author: an address, '' for the null reverse-path, or a domain."),
  ),
  to: maybe(address.describe('A recipient, as received or as sent on to: an address or a domain.')),
  messageId: maybe(z.string().min(1).max(maxMessageId).describe('Without angle brackets.')),
  subjectHash: maybe(
    z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe('As a journey tells it.'),
  ),
  peer: maybe(word.describe('IP address of the client, in its shortest form.')),
}

export const messageLine: z.ZodType<MessageLine> = named(
  'Message',
  z.object({
    queueId: text,
    receivedAt: time,
    direction: text,
    state: text,
    mf: text,
    rt: texts,
    result: orNull(text),
    sizeBytes: whole,
    deliveries: z.record(z.string(), z.int()),
  }),
)

const changed = {
  headers: listOf(z.object({ name: text, before: texts, now: texts })),
  body: listOf(z.object({ line: whole, before: texts, now: texts })),
  obstacle: orNull(text).describe('Why a part of it cannot be shown.'),
}

const change: z.ZodType<VersionChange> = named(
  'VersionChange',
  z.object({ version: whole, i: orNull(whole), ...changed }),
)
export const changes = listOf(change)

const ownChange: z.ZodType<OwnChange> = named(
  'OwnChange',
  z.object({
    list: orNull(text).describe('Of the copies of this list; null: of every copy.'),
    i: orNull(whole).describe('Of the hop that answers for it; null where none was added.'),
    ...changed,
    remarks: texts,
  }),
)

const milliseconds = z.coerce.number().int().min(0).describe('Unix milliseconds.')

export const messageOperations = {
  listMessages: operation({
    method: 'get',
    path: '/messages',
    scope: 'read',
    summary: 'Messages, newest first: all, or those that meet every condition.',
    body: 'none',
    asked: z.strictObject({
      ...criteria,
      state: maybe(z.enum(messageStates)),
      since: maybe(milliseconds),
      until: maybe(milliseconds),
      limit: pageLimit(100),
      before: maybe(cursor.describe('Only messages older than this queue id: `next` of the page before.')),
    }),
    answer: z.object({ messages: listOf(messageLine), next: orNull(text) }),
  }),
  showMessage: operation({
    method: 'get',
    path: '/messages/{queueId}',
    scope: 'read',
    summary: 'The journey of one message: every hop, every attempt.',
    body: 'none',
    asked: z.strictObject({ queueId: word }),
    answer: journey,
  }),
  showChanges: operation({
    method: 'get',
    path: '/messages/{queueId}/changes',
    scope: 'read',
    summary:
      'What each version of a message changed (null where not even its header section is kept), and what this relay did.',
    body: 'none',
    asked: z.strictObject({ queueId: word }),
    answer: z.object({ changes: orNull(changes), own: listOf(ownChange) }),
  }),
}
