/** A list with everything on, and ways to look at what it made of a message. */

import {
  fieldValue,
  lowerAscii,
  type Message,
  messageChunks,
  readMessage,
} from '../../../src/message/message.ts'
import { decodedContent, leafParts } from '../../../src/message/mime-parts.ts'
import { footer } from '../../../src/revise/footer.ts'
import { fromRewrite } from '../../../src/revise/from-rewrite.ts'
import { listFields } from '../../../src/revise/list-fields.ts'
import { removeMisleadingFields } from '../../../src/revise/misleading-fields.ts'
import type { Revision, RevisionRule } from '../../../src/revise/revision.ts'
import { subjectTag } from '../../../src/revise/subject-tag.ts'

export const footerText = `-----------------------------------
You read this on the team list.
To leave: https://lists.list.example/leave
`
/** A line of the footer as it is found in text and in HTML. */
export const footerMark = 'You read this on the team list.'

export const rules = {
  subject: subjectTag('[team]'),
  fields: listFields({
    id: 'team.list.example',
    name: 'The Team',
    post: 'mailto:team@list.example',
    help: ['mailto:team-help@list.example'],
    unsubscribe: ['https://lists.list.example/leave/token', 'mailto:team-leave@list.example'],
    oneClick: true,
    subscribe: ['mailto:team-join@list.example'],
    owner: ['mailto:team-owner@list.example'],
    archive: ['https://lists.list.example/archive/'],
    archivedAt: 'https://lists.list.example/archive/1',
    replyTo: 'team@list.example',
  }),
  misleading: removeMisleadingFields,
  from: fromRewrite({ mode: 'always', listAddress: 'team@list.example', listName: 'The Team' }, 'reject'),
  footer: footer({ text: footerText }),
} as const

export const everything: readonly RevisionRule[] = [
  rules.misleading,
  rules.subject,
  rules.fields,
  rules.from,
  rules.footer,
]

/** A message from text with LF line ends, one character an octet. */
export function message(text: string): Message {
  return readMessage(Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1'))
}

export function octets(of: Message): Buffer {
  return Buffer.concat(messageChunks(of))
}

/** The message after a journey over the wire. */
export function received(of: Message): Message {
  return readMessage(octets(of))
}

/** The values of all fields of a name, topmost first. */
export function values(of: Message, name: string): string[] {
  return of.fields.filter(field => lowerAscii(field.name) === lowerAscii(name)).map(fieldValue)
}

/** The one value of a name. */
export function value(of: Message, name: string): string | undefined {
  const found = values(of, name)
  return found.length === 1 ? found[0] : undefined
}

/** Type and decoded content of each leaf part as mailsplit sees it; content latin1 with LF. */
export async function leaves(of: Message): Promise<{ type: string; text: string }[]> {
  const parts = (await leafParts(of)) ?? []
  return parts.map(part => ({
    type: part.contentType,
    text: decodedContent(part).toString('latin1').replaceAll('\r\n', '\n'),
  }))
}

/** The body as text with LF. */
export function bodyText(of: Message): string {
  return of.body.toString('latin1').replaceAll('\r\n', '\n')
}

/** The octets of all lines and values that a recipe gives back. */
export function bodyStepsText(revision: Revision): string {
  const { body } = revision.recipe
  if (body === undefined || body === 'unrecoverable') return String(body)
  return body
    .map(step => (step.kind === 'copy' ? `${step.from}-${step.to}` : `data ${step.items.length}`))
    .join(',')
}
