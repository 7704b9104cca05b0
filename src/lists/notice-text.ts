/** What all notices of lists have in common: whom they come from, how they name the list, how their lines break. */

import { oneLine } from '../message/printable.ts'
import type { Notice } from './compose-notice.ts'
import { commandAddress } from './list-address.ts'
import type { MailingList } from './list-table.ts'

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
  return {
    from: { name: title(list), address: commandAddress(list.address, 'help') },
    to,
    subject,
    text: [...lines, '', '-- ', `Questions about the list: ${owner}`].map(wrapped).join('\n'),
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

/** Lines of a mail break at 76 characters; addresses and URLs stay whole. */
function wrapped(line: string): string {
  if (line.startsWith(' ') || line.length <= 76) return line
  const lines = ['']
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (last !== '' && last.length + 1 + word.length > 76) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.join('\n')
}

/** A day and a time that nobody can take for another: `Thu, 13 Nov 2025 02:13 UTC`. */
export function dateOf(milliseconds: number): string {
  return `${new Date(milliseconds).toUTCString().slice(0, 22)} UTC`
}
