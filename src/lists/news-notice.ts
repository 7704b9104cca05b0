/** What the owners of a list hear once a day, in words: subscribers whose mail fails, hosts that refuse this relay, mail that was not understood. */

import { oneLine } from '../message/printable.ts'
import type { ListNews, StoredListNews } from '../store/list-records.ts'
import type { Notice } from './compose-notice.ts'
import type { NoticeOccasion } from './notice-text.ts'
import { dateOf, notice, title } from './notice-text.ts'

/** News as they are told. */
type ShownNews = Pick<StoredListNews, 'at' | 'kind' | 'address' | 'reason' | 'count'>

interface Section {
  readonly kinds: readonly ListNews['kind'][]
  /** What it is, for the subject: one, or several. */
  subject(count: number, listTitle: string): string
  readonly before: string
  readonly after: string
}

const sections: readonly Section[] = [
  {
    kinds: ['suspended', 'resumed', 'given up', 'removed'],
    subject: (count, listTitle) =>
      count === 1
        ? `A subscriber of ${listTitle}: mail fails`
        : `${count} subscribers of ${listTitle}: mail fails`,
    before: 'This has become of subscribers whose mail fails:',
    after:
      'Whoever is suspended gets no posts, and a trial mail after some days; if it does not come back, posts are sent again. Failures that are about the message or about who wrote it (DMARC) do not count.',
  },
  {
    kinds: ['refused'],
    subject: (count, listTitle) =>
      count === 1 ? `A host refuses mail of ${listTitle}` : `${count} hosts refuse mail of ${listTitle}`,
    before:
      'These hosts refuse copies of posts for what they know of this relay, or of who sends or wrote the posts:',
    after:
      'This counts on no subscriber: it is for whoever runs the relay to talk to those hosts, or to get off the lists that they name. Each is shown with its first words.',
  },
  {
    kinds: ['unread'],
    subject: (count, listTitle) =>
      count === 1
        ? `An answer to a copy of ${listTitle} is no report`
        : `Answers to ${count} copies of ${listTitle} are no reports`,
    before:
      'Mail came to the return addresses of copies for these subscribers, and is no report that this relay can read:',
    after:
      'Nobody else is told, and nothing was counted. If a mail says that an address is gone, remove it: dkim2-relay lists unsubscribe.',
  },
]

/**
 * Tells the owners of a list what there is to tell.
 *
 * @param most as many of each kind are named
 */
export function newsNotice(occasion: NoticeOccasion, news: readonly ShownNews[], most: number): Notice {
  const { list } = occasion
  const told = sections
    .map(section => ({ section, found: news.filter(({ kind }) => section.kinds.includes(kind)) }))
    .filter(({ found }) => found.length > 0)
  const first = told[0]
  const subject = first?.section.subject(first.found.length, title(list)) ?? title(list)
  const lines = told.flatMap(({ section, found }) => [
    section.before,
    '',
    ...found.slice(0, most).flatMap(newsLines),
    ...(found.length > most ? [`    and ${found.length - most} more`] : []),
    '',
    section.after,
    '',
  ])
  return notice(occasion, {
    subject,
    lines: [...lines, `Who it is at this moment: dkim2-relay lists show ${list.address}`],
  })
}

function newsLines({ at, kind, address, reason, count }: ShownNews): string[] {
  const times = count > 1 ? `, ${count} times` : ''
  return [
    `    ${oneLine(address)}: ${wordsOf[kind]}${times}, ${dateOf(at)}`,
    ...(reason === null ? [] : [`        ${oneLine(reason)}`]),
  ]
}

const wordsOf: Readonly<Record<ListNews['kind'], string>> = {
  suspended: 'suspended',
  resumed: 'gets posts again',
  'given up': 'stays suspended, no more trials',
  removed: 'removed from the list',
  refused: 'refused',
  unread: 'not understood',
}
