/** Fields that a message has once (RFC 5322 section 3.6): with two of one it means two things, and every program picks another. */
import { lowerAscii, type Message } from '../message/message.ts'
import type { SmtpReply } from '../smtp/reply.ts'

const singleFields = ['Subject', 'From', 'To', 'Cc', 'Reply-To', 'Message-ID', 'Date'] as const

/** The reply to a message that has one of them twice; undefined where all is well. */
export function refusalOfRepeated({ fields }: Message): SmtpReply | undefined {
  const names = fields.map(field => lowerAscii(field.name))
  for (const name of singleFields) {
    const times = names.filter(one => one === name.toLowerCase()).length
    if (times > 1)
      return refused(`the message has ${times} ${name} fields, and may have one (RFC 5322 section 3.6)`)
  }
  return undefined
}

/** As `refusalOfRepeated`, for a post, which must say who wrote it. */
export function refusalOfFields(message: Message): SmtpReply | undefined {
  const hasFrom = message.fields.some(field => lowerAscii(field.name) === 'from')
  if (!hasFrom) return refused('the message has no From field, and must have one (RFC 5322 section 3.6)')
  return refusalOfRepeated(message)
}

function refused(text: string): SmtpReply {
  return { code: 550, enhanced: '5.6.0', text }
}
