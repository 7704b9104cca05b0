/** The shape of a header section, and which fields stand in it how often. RFC 5322 sections 2.2 and 3.6. */
import type { Note } from './findings.ts'
import type { LocatedField } from './located-field.ts'

const mailFields = [
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
]
const mimeFields = [
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'content-disposition',
]
const listFields = [
  'list-help',
  'list-subscribe',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-post',
  'list-owner',
  'list-archive',
  'list-id',
]
const onceOnly = new Map([
  ...mailFields.map(name => [name, 'repeated-field'] as const),
  ...mimeFields.map(name => [name, 'repeated-mime-field'] as const),
  ...listFields.map(name => [name, 'repeated-list-field'] as const),
])

/** Of the message and of every part. */
export function checkFieldShapes(fields: readonly LocatedField[], note: Note): void {
  const seen = new Set<string>()
  for (const field of fields) {
    checkShape(field, note)
    const rule = onceOnly.get(field.key)
    if (rule !== undefined && seen.has(field.key)) note(rule, field.start, { found: field.name })
    seen.add(field.key)
  }
}

function checkShape({ name, start, text, value }: LocatedField, note: Note): void {
  if (name === '') {
    const isFold = text.startsWith(' ') || text.startsWith('\t')
    note(isFold ? 'fold-first' : 'no-field', start, { found: text })
    return
  }
  if (/^[^:]*[ \t]:/.test(text)) note('space-before-colon', start + name.length, { found: `${name} :` })
  const blank = /\r\n[ \t]+(?=\r\n|$)/.exec(value)
  if (blank !== null) note('blank-fold', start + text.indexOf(':') + 1 + blank.index + 2, { found: name })
}

/** Of the message alone. */
export function checkPresence(fields: readonly LocatedField[], note: Note): void {
  const named = new Set(fields.map(({ key }) => key))
  if (named.size === 0 || (named.size === 1 && named.has(''))) return note('no-header', 0)
  if (!named.has('from')) note('no-from', 0)
  if (!named.has('date')) note('no-date', 0)
  if (!named.has('message-id')) note('no-message-id', 0)
  for (const { key, start, value } of fields) {
    if (key === 'received' && !/[^\s;]/.test(value)) note('received-empty', start)
  }
}
