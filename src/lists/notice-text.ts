/** What all notices of lists have in common: whom they come from, how they name the list, how their lines break. */

import { oneLine } from '../message/printable.ts'
import type { Notice } from './compose-notice.ts'
import { commandAddress } from './list-address.ts'
import type { MailingList } from './list-table.ts'
import { dateIn, textsOf } from './texts/languages.ts'
import { filled } from './texts/texts.ts'

/** What every notice is about. */
export interface NoticeOccasion {
  readonly list: MailingList
  /** Address that it goes to. */
  readonly to: string
  /** Message-ID of the mail that it answers. */
  readonly inReplyTo?: string | undefined
}

/** What differs from one notice to the next. */
export interface Writing {
  readonly subject: string
  readonly lines: readonly string[]
  readonly replyTo?: string
}

/** A notice of a list: from its address for help, with the owners named below. */
export function notice(
  { list, to, inReplyTo }: NoticeOccasion,
  { subject, lines, replyTo }: Writing,
): Notice {
  const owner = commandAddress(list.address, 'owner')
  const { signature } = textsOf(list.settings.language)
  return {
    from: { name: title(list), address: commandAddress(list.address, 'help') },
    to,
    subject,
    text: [...lines, '', '-- ', filled(signature, { owner })].map(wrapped).join('\n'),
    ...(replyTo === undefined ? {} : { replyTo }),
    autoSubmitted: inReplyTo === undefined ? 'auto-generated' : 'auto-replied',
    inReplyTo,
  }
}

/** What people call the list. */
export function title(list: MailingList): string {
  return list.settings.title === '' ? list.address : oneLine(list.settings.title)
}

/** The list with its address. */
export function named(list: MailingList): string {
  return list.settings.title === '' ? list.address : `${oneLine(list.settings.title)} <${list.address}>`
}

/** Lines of a mail break at 76 columns; addresses and URLs stay whole, writing without spaces breaks between its characters. */
function wrapped(line: string): string {
  if (line.startsWith(' ') || columnsOf(line) <= 76) return line
  const lines = ['']
  for (const piece of line.match(unbroken) ?? []) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && columnsOf(`${last}${piece.trimEnd()}`) > 76) lines.push(piece)
    else lines[lines.length - 1] = `${last}${piece}`
  }
  return lines.map(one => one.trimEnd()).join('\n')
}

/** Characters that take two columns: Japanese, Chinese and Korean writing and its punctuation. */
const wide = String.raw`\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6`
/** A line begins with none of these. */
const closing = '\u3001\u3002\u300d\uff09\uff01\uff1f\u30fc'
/** What stays together: one wide character with what closes it, or a word, with the spaces after it. */
const unbroken = new RegExp(`[${wide}][${closing}]* *|[^ ${wide}]+[${closing}]* *| +`, 'gu')
const eachWide = new RegExp(`[${wide}]`, 'gu')

function columnsOf(text: string): number {
  return text.length + (text.match(eachWide)?.length ?? 0)
}

/** A day and a time that nobody can take for another: `Thu, 13 Nov 2025 02:13 UTC`. */
export function dateOf(milliseconds: number): string {
  return dateIn('en', milliseconds)
}
