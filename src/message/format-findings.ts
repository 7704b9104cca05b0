/**
 * What is wrong with the form of a message, by the rules of RFC 5322 and what its successor (draft-ietf-emailcore-rfc5322bis) changes. It
 * judges nothing: what becomes of a message is a matter of policy. One pass, and so many findings of a rule at most, whatever comes in.
 */
import { isAscii } from 'node:buffer'
import { listedMailboxes } from './address-list.ts'
import { domainsInFrom } from './claimed-domains.ts'
import { longLines } from './long-lines.ts'
import { fieldValue, type HeaderField, lowerAscii, type Message } from './message.ts'

/** The rules, by name. */
export type FormatRule =
  | 'no-header-section'
  | 'repeated-field'
  | 'no-from'
  | 'from-without-mailbox'
  | 'sender-missing'
  | 'not-a-field'
  | 'line-too-long'
  | 'raw-8-bit'
  | 'received-without-tokens'

/**
 * `ambiguous`: readers do not agree on what the message says, so that no signature can vouch for one meaning of it; `violation`: a rule is
 * broken, and everybody still reads the same.
 */
export type FormatSeverity = 'ambiguous' | 'violation'

export interface FormatFinding {
  readonly rule: FormatRule
  readonly severity: FormatSeverity
  /** The field that it is about, as spelled; absent where it is about none. */
  readonly field?: string
  /** Octets before the place that it is about, from the start of the message. */
  readonly offset: number
  /** What is wrong, without text of the message beyond field names. */
  readonly text: string
  /** How it should be. */
  readonly expected: string
  /** The rule's source, such as `RFC 5322 section 3.6`. */
  readonly section: string
}

export interface FormatFacts {
  /** The client asked for SMTPUTF8 (RFC 6531), so that octets above 0x7f may stand in the header section as UTF-8 (RFC 6532). */
  readonly smtpUtf8: boolean
}

/** Of one rule: more of them say nothing new. */
export const maxFindingsOfRule = 10

/** A header field and where it begins. */
export interface PlacedField {
  readonly field: HeaderField
  /** Its name in lower case. */
  readonly name: string
  readonly offset: number
}

/** All findings, by rule; none for a message that is in order. */
export function formatFindings(message: Message, facts: FormatFacts): readonly FormatFinding[] {
  const fields = placedFields(message)
  return [
    ...headerFindings(fields),
    ...repeatedFields(fields),
    ...fromFindings(fields),
    ...(facts.smtpUtf8 ? [] : firstFew(fields, isRaw8Bit).map(raw8Bit)),
    ...firstFew(fields, isReceivedWithoutTokens).map(receivedWithoutTokens),
    ...longLines(message, maxFindingsOfRule).map(lineTooLong),
  ]
}

/** What makes it unclear what the header section says, whatever a policy makes of the rest. */
export function ambiguities(message: Message): readonly FormatFinding[] {
  const fields = placedFields(message)
  const all = [...headerFindings(fields), ...repeatedFields(fields), ...fromFindings(fields)]
  return all.filter(({ severity }) => severity === 'ambiguous')
}

/** The fields with their places. */
export function placedFields({ fields }: Message): readonly PlacedField[] {
  let offset = 0
  return fields.map(field => {
    const placed = { field, name: lowerAscii(field.name), offset }
    offset += field.octets.length
    return placed
  })
}

function firstFew(
  fields: readonly PlacedField[],
  isWrong: (placed: PlacedField) => boolean,
): readonly PlacedField[] {
  return fields.filter(isWrong).slice(0, maxFindingsOfRule)
}

function headerFindings(fields: readonly PlacedField[]): readonly FormatFinding[] {
  if (fields.every(({ name }) => name === '')) {
    return [
      {
        rule: 'no-header-section',
        severity: 'ambiguous',
        offset: 0,
        text: 'there is no header field at all',
        expected: 'header fields, an empty line, then the text',
        section: 'RFC 5322 section 2.1',
      },
    ]
  }
  return firstFew(fields, ({ name }) => name === '').map(({ offset }) => ({
    rule: 'not-a-field',
    severity: 'violation',
    offset,
    text: 'a line within the header section is no header field',
    expected:
      'a name, a colon and a value, or white space in front of a line that continues the field above it',
    section: 'RFC 5322 section 2.2',
  }))
}

/** In the spelling of RFC 5322 section 3.6, which allows one of each. */
const singleFields: ReadonlyMap<string, string> = new Map(
  ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Subject', 'Date', 'Message-ID'].map(name => [
    name.toLowerCase(),
    name,
  ]),
)

/** One finding for a name, at the second field of it. */
function repeatedFields(fields: readonly PlacedField[]): readonly FormatFinding[] {
  const byName = Map.groupBy(
    fields.filter(({ name }) => singleFields.has(name)),
    ({ name }) => name,
  )
  return [...byName].flatMap(([name, found]) => {
    const second = found[1]
    if (second === undefined) return []
    const spelled = singleFields.get(name) ?? name
    const finding: FormatFinding = {
      rule: 'repeated-field',
      severity: 'ambiguous',
      field: spelled,
      offset: second.offset,
      text: `there are ${found.length} ${spelled} fields`,
      expected: `one ${spelled} field`,
      section: 'RFC 5322 section 3.6',
    }
    return [finding]
  })
}

function fromFindings(fields: readonly PlacedField[]): readonly FormatFinding[] {
  const froms = fields.filter(({ name }) => name === 'from')
  const [from] = froms
  if (from === undefined) return fields.some(({ name }) => name !== '') ? [noFrom] : []
  const mailboxes = listedMailboxes(fieldValue(from.field), 2).length
  if (mailboxes === 0 && domainsInFrom([from.field]).length === 0) return [fromWithoutMailbox(from)]
  const hasSender = fields.some(({ name }) => name === 'sender')
  return mailboxes > 1 && froms.length === 1 && !hasSender ? [senderMissing(from)] : []
}

const noFrom: FormatFinding = {
  rule: 'no-from',
  severity: 'ambiguous',
  field: 'From',
  offset: 0,
  text: 'there is no From field',
  expected: 'a From field with the address of the author',
  section: 'RFC 5322 section 3.6',
}

function fromWithoutMailbox({ offset }: PlacedField): FormatFinding {
  return {
    rule: 'from-without-mailbox',
    severity: 'ambiguous',
    field: 'From',
    offset,
    text: 'From names no mailbox',
    expected: 'an address such as Jane Doe <jane@origin.example>',
    section: 'RFC 5322 section 3.6.2',
  }
}

function senderMissing({ offset }: PlacedField): FormatFinding {
  return {
    rule: 'sender-missing',
    severity: 'violation',
    field: 'Sender',
    offset,
    text: 'From names several mailboxes, and there is no Sender field',
    expected: 'a Sender field with the one mailbox that has sent it',
    section: 'RFC 5322 section 3.6.2',
  }
}

function isRaw8Bit({ field }: PlacedField): boolean {
  return !isAscii(field.octets)
}

function firstRawOctet({ octets }: HeaderField): number {
  return octets.findIndex(octet => octet > 0x7f)
}

function raw8Bit({ field, offset }: PlacedField): FormatFinding {
  return {
    rule: 'raw-8-bit',
    severity: 'violation',
    ...(field.name !== '' && { field: field.name }),
    offset: offset + firstRawOctet(field),
    text: `${field.name === '' ? 'a line' : field.name} has octets above 127, and the client has not asked for SMTPUTF8`,
    expected: 'encoded words (RFC 2047), or SMTPUTF8 with UTF-8',
    section: 'RFC 5322 section 2.2, RFC 6531 section 3.6',
  }
}

/** Before the date there is nothing but white space and comments. */
function isReceivedWithoutTokens({ field, name }: PlacedField): boolean {
  return name === 'received' && /^(?:[ \t]|\([^()]*\))*(?:;|$)/.test(fieldValue(field))
}

function receivedWithoutTokens({ offset }: PlacedField): FormatFinding {
  return {
    rule: 'received-without-tokens',
    severity: 'violation',
    field: 'Received',
    offset,
    text: 'a Received field says nothing in front of its date',
    expected: 'from, by and with, in front of the semicolon and the date',
    section: 'RFC 5321 section 4.4, draft-ietf-emailcore-rfc5322bis section 3.6.7',
  }
}

function lineTooLong({
  offset,
  length,
}: {
  readonly offset: number
  readonly length: number
}): FormatFinding {
  return {
    rule: 'line-too-long',
    severity: 'violation',
    offset,
    text: `a line has ${length} octets`,
    expected: 'at most 998 octets in a line, without its CRLF',
    section: 'RFC 5322 section 2.1.1',
  }
}
