/** Tools for one message, which stands in the body: octets with CRLF line ends (message/rfc822). Nothing is sent or changed. */
import { z } from 'zod'
import { revisions } from '../dkim2/profile.ts'
import type { PreviewReport } from '../service/preview/preview-report.ts'
import { address, listOf, maybe, named, octets, orNull, text, texts, whole, word } from './fields.ts'
import { changes } from './message-operations.ts'
import { operation } from './operation.ts'
import { added, admission, bounce, verdict } from './record-schemas.ts'

/** Recipients of one transaction; the relay takes fewer. */
const maxRecipients = 100

const mailFrom = address.describe("MAIL FROM; '' is the null reverse-path.")
const rcptTo = z.array(address).min(1).max(maxRecipients).readonly().describe('RCPT TO.')
const revision = maybe(z.enum(revisions).describe('Of the draft; without it that of the configuration.'))
const envelope = { mailFrom: maybe(mailFrom), rcptTo: maybe(rcptTo) }

const copy: z.ZodType<PreviewReport['copies'][number]> = named(
  'PreviewedCopy',
  z.object({
    recipient: text,
    mf: text,
    rt: text,
    failure: orNull(text),
    hop: orNull(
      z.object({ i: whole, version: whole, profile: text, revision: orNull(text), d: text, s: texts }),
    ),
    whyUnsigned: orNull(text),
    added: orNull(added),
    nextHop: orNull(
      z.object({
        result: z.enum(['hops', 'permanent', 'temporary']),
        reason: orNull(text),
        hosts: texts,
      }),
    ),
    verdict: orNull(verdict),
  }),
)

const preview: z.ZodType<PreviewReport> = named(
  'Preview',
  z.object({
    result: z.enum(['taken', 'refused', 'deferred']),
    session: listOf(z.object({ command: text, path: text, code: whole, enhanced: text, text })),
    admission: orNull(admission),
    kind: orNull(text),
    kept: orNull(text),
    bounce: orNull(bounce),
    copies: listOf(copy),
    lists: listOf(
      z.object({
        list: text,
        recipient: text,
        state: text,
        reason: orNull(text),
        revision: orNull(z.object({ headers: texts, added: texts, body: z.boolean() })),
        subscribers: whole,
        copies: listOf(copy),
      }),
    ),
    notAsked: listOf(z.enum(['rates', 'filter'])),
  }),
)

export const toolOperations = {
  verify: operation({
    method: 'post',
    path: '/tools/verify',
    scope: 'read',
    summary: 'Verifies the DKIM2 chain of a message, and where it is given, its envelope.',
    body: 'octets',
    asked: z.strictObject({ ...envelope, revision, octets }),
    repeated: ['rcptTo'],
    answer: z.object({ verdict, envelope: z.enum(['checked', 'not checked']) }),
  }),
  explain: operation({
    method: 'post',
    path: '/tools/explain',
    scope: 'read',
    summary: 'Tells who handled a message and who changed what.',
    body: 'octets',
    asked: z.strictObject({ ...envelope, revision, octets }),
    repeated: ['rcptTo'],
    answer: z.object({
      verdict,
      explanation: text.describe('The same in words, a line for each hop.'),
      changes,
    }),
  }),
  preview: operation({
    method: 'post',
    path: '/tools/preview',
    scope: 'read',
    summary: 'Tells what this relay would do with a message, and why.',
    body: 'octets',
    asked: z.strictObject({
      mailFrom,
      rcptTo,
      client: maybe(word.describe('IP address of the client, for SPF and trusted networks.')),
      helo: maybe(word.describe('What the client says in EHLO.')),
      listener: maybe(word.describe('The listener that it connects to; without it the first.')),
      copies: maybe(z.coerce.number().int().min(1).max(100).describe('How many copies of a post are shown.')),
      octets,
    }),
    repeated: ['rcptTo'],
    answer: preview,
  }),
  undo: operation({
    method: 'post',
    path: '/tools/undo',
    scope: 'read',
    summary: 'The message as it was at an earlier version; nothing is verified.',
    body: 'octets',
    asked: z.strictObject({
      to: maybe(
        z.coerce
          .number()
          .int()
          .min(0)
          .max(999_999_999)
          .describe('Which version; 0: before the first one; without it the one before.'),
      ),
      revision,
      octets,
    }),
    answer: octets,
    octets: 'message/rfc822',
  }),
}
