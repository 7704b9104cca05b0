/**
 * The settings of a list: every one with its meaning, unit and default. They are kept in the store as JSON and read with this
 * schema each time, so that a list which was made before a setting existed has its default.
 */

import { z } from 'zod'
import { mailboxAddress, octets } from '../config/fields.ts'
import { hasControls, withoutDirectionMarks } from '../message/printable.ts'
import { languageTags } from './texts/languages.ts'

const points = z.number().min(0).max(100)
const days = z.int().min(1).max(365)

const webAddress = z
  .string()
  .refine(
    text => /^https?:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text),
    'a URL such as https://lists.example/news/',
  )

/** One line that a header field can hold. */
const line = z
  .string()
  .max(200, 'at most 200 characters')
  .refine(text => !hasControls(text), 'one line without control characters')
  .refine(
    text => withoutDirectionMarks(text) === text,
    'one line without characters that change the direction of text (bidi controls)',
  )

const text = z
  .string()
  .min(1)
  .max(10_000, 'at most 10000 characters')
  .refine(lines => !/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(lines), 'text without control characters')

const footer = z.strictObject({
  text: text.describe('Lines below the text of a post.'),
  html: text.exactOptional().describe('The same for posts in HTML. Without it the text is used, escaped.'),
})

const bounceScore = z.strictObject({
  hardPoints: points
    .default(1)
    .describe(
      'Points for a failure that lies with the address: it does not exist, is disabled or has moved.',
    ),
  softPoints: points
    .default(0.25)
    .describe('Points for any other failure: a full mailbox, a host that could not be reached for days.'),
  suspendAt: z
    .number()
    .min(0.1)
    .max(1_000)
    .default(4)
    .describe('A subscriber with this many points is suspended.'),
  onceInHours: z
    .int()
    .min(0)
    .max(24 * 30)
    .default(20)
    .describe(
      'After a failure that counted, none counts for so long: one bad evening of a host is one failure. Less than a day, so that those of daily posts count. 0 counts every one.',
    ),
  daysPerPoint: days.default(30).describe('Days in which one point is forgotten.'),
  probeAfterDays: days
    .default(7)
    .describe('Days after the suspension, and after each probe that came back, until a probe is sent.'),
  probeWaitDays: days
    .default(3)
    .describe(
      'Days that a probe has to come back; one that does not shows that the address works, and the subscriber is resumed.',
    ),
  maxProbes: z
    .int()
    .min(0)
    .max(20)
    .default(3)
    .describe('Probes that are sent until the address is given up.'),
  afterProbes: z
    .enum(['keep', 'remove'])
    .default('keep')
    .describe(
      'What becomes of an address that is given up: it stays suspended, or is removed from the list.',
    ),
})

export const listSettingsSchema = z.strictObject({
  title: line
    .default('')
    .describe('What people call the list, in List-Id and in messages to its subscribers.'),
  language: z
    .enum(languageTags)
    .default('en')
    .describe(
      'Language of what the list writes to its subscribers, by mail and on pages: `en` (English) or `ja` (Japanese).',
    ),
  owners: z
    .array(mailboxAddress)
    .min(1)
    .max(20)
    .describe('Addresses of those who answer for the list: they get its notices and decide on held posts.'),
  posting: z
    .enum(['anyone', 'subscribers', 'listed'])
    .default('subscribers')
    .describe(
      'Who may post: `anyone`, its `subscribers`, or only those `listed` in `mayPost`. Owners always may.',
    ),
  mayPost: z
    .array(mailboxAddress)
    .max(1_000)
    .default([])
    .describe('Addresses that may post although they are not subscribed.'),
  moderation: z
    .enum(['none', 'others', 'all'])
    .default('none')
    .describe(
      'Posts that an owner must approve: `none`, those of `others` who may not post (instead of refusing them), or `all`.',
    ),
  maxMessageBytes: octets.default(10_485_760).describe('Size of one post in octets.'),
  replyTo: z
    .union([z.enum(['poster', 'list']), mailboxAddress])
    .default('poster')
    .describe('Where answers go: to the `poster`, to the `list`, or to an address.'),
  subjectTag: line
    .min(1)
    .nullable()
    .default(null)
    .describe("Put in front of the subject, such as '[news]'; null for none."),
  footer: footer.nullable().default(null).describe('Put below every post: `{ text, html? }`; null for none.'),
  fromRewrite: z
    .enum(['never', 'dmarc', 'always'])
    .default('dmarc')
    .describe(
      'Whether From names the list instead of the poster: `never`, where the DMARC policy of the domain of the poster is quarantine or reject, or `always`. The poster then stands in Reply-To.',
    ),
  archiveUrl: webAddress
    .nullable()
    .default(null)
    .describe(
      'Where the archive is, for List-Archive; null for none. With `{message}` in it each post has an Archived-At of its own (lists.md).',
    ),
  subscription: z
    .enum(['open', 'approval', 'closed'])
    .default('open')
    .describe(
      'Who may subscribe by mail: whoever confirms the address (`open`), with the `approval` of an owner, or nobody (`closed`).',
    ),
  bounces: z
    .enum(['count', 'propagate'])
    .default('count')
    .describe(
      'What a failed copy leads to: it is counted on its subscriber (`count`), or reported to the poster (`propagate`).',
    ),
  bounceScore: bounceScore.prefault({}).describe('How failures are counted.'),
})

/** The settings of a list, every default filled in. */
export type ListSettings = z.output<typeof listSettingsSchema>
/** As they are given: what has a default may be left out. */
export type ListSettingsInput = z.input<typeof listSettingsSchema>

export type BounceScoreSettings = ListSettings['bounceScore']

/** Settings that are read, or what is wrong with them. */
export type SettingsReading =
  | { readonly kind: 'read'; readonly settings: ListSettings }
  | { readonly kind: 'wrong'; readonly issues: readonly z.core.$ZodIssue[] }

/** As `readListSettings`, of the store: a list that was made when a title could hold them loses its bidi controls, not its mail. */
export function readStoredSettings(stored: object): SettingsReading {
  const cleaned = Object.entries(stored).map(([name, value]: [string, unknown]) => {
    const isLine = name === 'title' || name === 'subjectTag'
    return [name, isLine && typeof value === 'string' ? withoutDirectionMarks(value) : value]
  })
  return readListSettings(Object.fromEntries(cleaned))
}

/** Reads settings that a person gives; fills in defaults. */
export function readListSettings(input: unknown): SettingsReading {
  const result = listSettingsSchema.safeParse(input)
  return result.success
    ? { kind: 'read', settings: result.data }
    : { kind: 'wrong', issues: result.error.issues }
}
