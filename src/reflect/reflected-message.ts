/** What a reflector makes of a message before its hop signs it, and what it does to it afterwards. */
import type { PrepareOptions } from '../dkim2/index.ts'
import { lowerAscii, type Message } from '../message/message.ts'
import type { Reflector } from '../record/reflection-record.ts'
import { footer } from '../revise/footer.ts'
import { fromRewrite } from '../revise/from-rewrite.ts'
import { isRevised, type Revision, type RevisionRule, revise, revisionOf } from '../revise/revision.ts'
import { subjectTag } from '../revise/subject-tag.ts'

/** What `prepareHop` is told of a revision. */
export type Changes = Pick<PrepareOptions, 'recipe' | 'addedFields' | 'received'>

export interface ReflectedMessage {
  /** As this hop signs it, without the fields of this hop. */
  readonly message: Message
  readonly changes: Changes
}

const tag = '[reflected]'

/** @param address of the reflector, in an own domain */
export function reflectedMessage(received: Message, reflector: Reflector, address: string): ReflectedMessage {
  const revision =
    reflector === 'redacted' ? redacted(received) : revise(received, rulesOf(reflector, address))
  const { message, recipe, addedFields } = revision
  return { message, changes: isRevised(revision) ? { recipe, addedFields, received } : {} }
}

function rulesOf(reflector: Reflector, address: string): readonly RevisionRule[] {
  const subject = subjectTag(tag)
  const body = footer({ text: `_____\nReflected by ${address}` })
  if (reflector === 'subject') return [subject]
  if (reflector === 'body') return [body]
  if (reflector === 'both') return [subject, body]
  if (reflector !== 'from') return []
  return [fromRewrite({ mode: 'always', listAddress: address, listName: 'reflector' }, undefined)]
}

/** Another body, and the fields that told how to read the old one are gone. */
function redacted(received: Message): Revision {
  const fields = received.fields.filter(({ name }) => !/^content-(?!language$)/.test(lowerAscii(name)))
  const body = Buffer.from('The body of this message was taken out by the reflector.\r\n')
  const separator = received.separator.length > 0 ? received.separator : Buffer.from('\r\n')
  const revision = revisionOf(received, { ...received, fields, separator, body })
  return { ...revision, recipe: { ...revision.recipe, body: 'unrecoverable' } }
}

/** The message that was signed as it goes out: `damage` adds a line to its body. */
export function afterSigning(message: Message, reflector: Reflector): Message {
  if (reflector !== 'damage') return message
  const end = message.body.length === 0 || message.body.subarray(-2).equals(Buffer.from('\r\n')) ? '' : '\r\n'
  const line = Buffer.from(`${end}This line was added after signing.\r\n`)
  const separator = message.separator.length > 0 ? message.separator : Buffer.from('\r\n')
  return { ...message, separator, body: Buffer.concat([message.body, line]) }
}
