/**
 * What mail software between two hops is known to add to a message: the signer never sees it, and the signature fails. Taken out
 * one by one, and all together, it may turn out to be all that is wrong.
 */
import { fieldValue, lowerAscii, type Message } from '../message/message.ts'

/** In lower case: Exim and others, Sendmail, and blind copies that a program did not keep to itself. */
const addedFields: ReadonlySet<string> = new Set([
  'bcc',
  'resent-bcc',
  'envelope-to',
  'delivery-date',
  'content-length',
  'lines',
  'status',
  'x-status',
])
/** What Courier and others write where there is no To. */
const undisclosed = /^undisclosed[ -]recipients?[ \t]*:[ \t]*;?$/i
/** Kinds of additions that are tried on their own; each costs a verification. */
const maxTried = 6

/** A message without something, and what that is. */
interface Candidate {
  readonly message: Message
  readonly without: readonly string[]
}

/**
 * What the message has to lose so that its chain passes, as `Bcc` or `an empty line at the end`; undefined where nothing of the kind
 * helps. At most nine verifications.
 *
 * @param passes verifies a message as the one that failed was verified
 */
export async function addedOnTheWay(
  message: Message,
  passes: (candidate: Message) => Promise<boolean>,
): Promise<readonly string[] | undefined> {
  for (const { message: candidate, without } of candidates(message)) {
    if (await passes(candidate)) return without
  }
  return undefined
}

function candidates(message: Message): Candidate[] {
  const names = [...new Set(message.fields.filter(isAddition).map(field => field.name))].slice(0, maxTried)
  const single = names.map(name => ({ message: withoutAdditions(message, [name]), without: [name] }))
  const all = { message: withoutAdditions(message, names), without: names }
  const some = names.length > 1 ? [...single, all] : single
  const shorter = withoutEmptyLine(message)
  if (shorter === undefined) return some
  const line = 'an empty line at the end'
  const last = { message: shorter, without: [line] }
  if (names.length === 0) return [last]
  return [...some, last, { message: withoutAdditions(shorter, names), without: [...names, line] }]
}

function isAddition(field: Message['fields'][number]): boolean {
  const name = lowerAscii(field.name)
  return addedFields.has(name) || (name === 'to' && undisclosed.test(fieldValue(field)))
}

function withoutAdditions(message: Message, names: readonly string[]): Message {
  return {
    ...message,
    fields: message.fields.filter(field => !names.includes(field.name) || !isAddition(field)),
  }
}

function withoutEmptyLine(message: Message): Message | undefined {
  const { body } = message
  const end = body.subarray(-4).toString('latin1')
  return end === '\r\n\r\n' || (body.length === 2 && end === '\r\n')
    ? { ...message, body: body.subarray(0, -2) }
    : undefined
}
