/**
 * The machine-readable part of a report: message/delivery-status (RFC 3464 section 2) and its internationalised form (RFC 6533
 * section 4). Read as writers write it: groups may run together, comments and folds stand anywhere.
 */

import { fieldValue, readMessage } from '../message/message.ts'
import { withoutControls } from '../message/printable.ts'
import type { ReportedAction } from '../record/bounce-record.ts'
import type { AnsweredCommand } from '../smtp/answered-command.ts'
import { withoutComments } from './comments.ts'

/** What a report says of one recipient. Text as the peer wrote it, on one line; to be shown to nobody unchecked. */
export interface RecipientStatus {
  /** Address without its type and angle brackets. */
  readonly finalRecipient?: string
  readonly originalRecipient?: string
  /** Undefined where it is missing or no word of RFC 3464. */
  readonly action?: ReportedAction
  /** `5.1.1` */
  readonly status?: string
  /** Host name or address. */
  readonly remoteMta?: string
  /** Without its type. */
  readonly diagnosticCode?: string
  /** `smtp` for the reply of a server; lower case. */
  readonly diagnosticType?: string
  /** The command that the reply answered, where the text for people says so. */
  readonly answered?: AnsweredCommand
  /** Where there is no diagnostic code: what the text for people says below the address. */
  readonly explanation?: string
}

export interface DeliveryStatus {
  readonly reportingMta?: string
  readonly originalEnvelopeId?: string
  readonly arrivalDate?: string
  readonly recipients: readonly RecipientStatus[]
}

export interface StatusBounds {
  /** Recipients that are read; the others are left out. */
  readonly maxRecipients: number
  /** Characters of a value; the rest is cut off. */
  readonly maxValueCharacters: number
}

/** A group of fields: values by lower-case name, the first of a name counts. */
type Group = ReadonlyMap<string, string>

/**
 * Reads the content of a delivery-status part. Never fails: what is no field is passed over.
 *
 * @param content decoded, with CRLF line ends
 */
export function readDeliveryStatus(content: Buffer, bounds: StatusBounds): DeliveryStatus {
  const recipients: RecipientStatus[] = []
  const perMessage = new Map<string, string>()
  let rest = withoutBlankLines(content)
  // The group about the message and, at most, as many that are about nobody.
  const maxGroups = 2 * bounds.maxRecipients
  for (let groups = 0; groups < maxGroups && rest.length > 0; groups++) {
    if (recipients.length >= bounds.maxRecipients) break
    const { fields, body } = readMessage(rest)
    const group = groupOf(fields, bounds)
    if (isRecipient(group)) recipients.push(recipientOf(group))
    for (const name of perMessageNames) {
      const value = group.get(name)
      if (value !== undefined && !perMessage.has(name)) perMessage.set(name, value)
    }
    rest = withoutBlankLines(body)
  }
  return {
    ...present('reportingMta', typed(perMessage.get('reporting-mta'))?.value),
    ...present('originalEnvelopeId', perMessage.get('original-envelope-id')),
    ...present('arrivalDate', perMessage.get('arrival-date')),
    recipients,
  }
}

function withoutBlankLines(content: Buffer): Buffer {
  let start = 0
  while (content[start] === 0x0d && content[start + 1] === 0x0a) start += 2
  return content.subarray(start)
}

const perMessageNames = ['reporting-mta', 'original-envelope-id', 'arrival-date']

/** Several Action fields in one group would be recipients that run together; their first speaks for all. */
function groupOf(fields: ReturnType<typeof readMessage>['fields'], bounds: StatusBounds): Group {
  const group = new Map<string, string>()
  for (const field of fields) {
    const name = field.name.toLowerCase()
    if (name === '' || group.has(name)) continue
    group.set(name, withoutControls(unicode(fieldValue(field).slice(0, bounds.maxValueCharacters))))
  }
  return group
}

function isRecipient(group: Group): boolean {
  return ['final-recipient', 'original-recipient', 'action'].some(name => group.has(name))
}

function recipientOf(group: Group): RecipientStatus {
  const diagnostic = typed(group.get('diagnostic-code'), 'verbatim')
  return {
    ...present('finalRecipient', addressOf(group.get('final-recipient'))),
    ...present('originalRecipient', addressOf(group.get('original-recipient'))),
    ...present('action', actionOf(group.get('action'))),
    ...present('status', statusIn(group.get('status'))),
    ...present('remoteMta', typed(group.get('remote-mta'))?.value),
    ...present('diagnosticCode', diagnostic?.value),
    ...present('diagnosticType', diagnostic?.type),
  }
}

/** The five words of RFC 3464 section 2.3.3, and those that writers use in their place. */
const actions: Readonly<Record<ReportedAction, readonly string[]>> = {
  failed: [
    ...['failed', 'failure', 'fail', 'permanent-failure', 'expired', 'undelivered', 'undeliverable'],
    ...['not-delivered', 'bounced', 'rejected', 'refused', 'returned', 'error'],
  ],
  delayed: ['delayed', 'delay', 'deferred', 'transient-failure', 'temporary-failure', 'warning', 'retrying'],
  delivered: ['delivered', 'success'],
  relayed: ['relayed', 'relay'],
  expanded: ['expanded'],
}

function actionOf(value: string | undefined): ReportedAction | undefined {
  const word = /^[a-z-]+/.exec(withoutComments(value ?? '').toLowerCase())?.[0] ?? ''
  const names = Object.keys(actions) as ReportedAction[]
  return names.find(action => actions[action].includes(word))
}

/** RFC 3463 section 2; text after the code is a habit of some writers. */
function statusIn(value: string | undefined): string | undefined {
  return /^[245]\.\d{1,3}\.\d{1,3}(?![.\d])/.exec(withoutComments(value ?? ''))?.[0]
}

interface Typed {
  readonly type: string
  readonly value: string
}

/** `type; value`. Comments are taken out, except of free text, where brackets are part of what is said. */
function typed(value: string | undefined, text: 'comments' | 'verbatim' = 'comments'): Typed | undefined {
  if (value === undefined) return undefined
  const plain = text === 'verbatim' ? value : withoutComments(value)
  const type = /^\s*([A-Za-z0-9-]+)\s*;/.exec(plain)
  if (type === null) return { type: '', value: plain.trim() }
  return { type: (type[1] ?? '').toLowerCase(), value: plain.slice(type[0].length).trim() }
}

function addressOf(value: string | undefined): string | undefined {
  const found = typed(value)
  if (found === undefined || found.value === '') return undefined
  const bare = found.value.replace(/^<(.*)>$/, '$1')
  return found.type === 'utf-8' ? withoutEscapes(bare) : bare
}

/** RFC 6533 section 3: `\x{FC}` stands for a character that the way could not carry. */
function withoutEscapes(text: string): string {
  return text.replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, digits: string) => {
    const code = Number.parseInt(digits, 16)
    const isCharacter = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    return isCharacter ? String.fromCodePoint(code) : whole
  })
}

/** Reports of RFC 6533 are UTF-8, and some others are too. */
function unicode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}

function present<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [P in K]?: V }
}
