/** What a list writes to people, in words. Every text says which list it is, why the mail came, and whom to ask. */

import type { ListNews } from '../store/list-records.ts'
import type { Notice } from './compose-notice.ts'
import { commandAddress } from './list-address.ts'
import type { MailingList } from './list-table.ts'
import { oneLine } from './one-line.ts'

/** What every notice is about. */
export interface NoticeOccasion {
  readonly list: MailingList
  /** Address that it goes to. */
  readonly to: string
  /** Message-ID of the mail that it answers. */
  readonly inReplyTo?: string | undefined
}

/** How a question can be answered: by an answer to the mail, or on a page where there are pages. */
export interface Answers {
  readonly address: string
  readonly url?: string | undefined
  readonly untilMilliseconds: number
}

/** Asks whether the address really wants to subscribe or to leave. */
export function confirmationNotice(
  occasion: NoticeOccasion,
  what: 'subscribe' | 'unsubscribe',
  answers: Answers,
): Notice {
  const { list, to } = occasion
  const isToSubscribe = what === 'subscribe'
  const waitsForOwner = isToSubscribe && list.settings.subscription === 'approval'
  return notice(occasion, {
    subject: isToSubscribe
      ? `Confirm your subscription to ${title(list)}`
      : `Confirm that you leave ${title(list)}`,
    replyTo: answers.address,
    lines: [
      isToSubscribe
        ? `Somebody, most likely you, asked to subscribe the address ${oneLine(to)} to the mailing list`
        : `Somebody, most likely you, asked to remove the address ${oneLine(to)} from the mailing list`,
      '',
      `    ${named(list)}`,
      '',
      'To confirm, answer this mail: press reply and send. Nothing needs to be written into the answer.',
      ...(answers.url === undefined
        ? []
        : ['Or open this page and press the button there:', '', `    ${answers.url}`]),
      '',
      ...(waitsForOwner ? ['After that an owner of the list decides about the subscription.', ''] : []),
      isToSubscribe
        ? 'If you did not ask for this, do nothing: without an answer nobody is subscribed.'
        : 'If you did not ask for this, do nothing: without an answer you stay subscribed.',
      `The request ends on ${dateOf(answers.untilMilliseconds)}.`,
    ],
  })
}

export function welcomeNotice(occasion: NoticeOccasion): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `Welcome to ${title(list)}`,
    lines: [
      `The address ${oneLine(to)} is now subscribed to the mailing list`,
      '',
      `    ${named(list)}`,
      '',
      ...(list.settings.posting === 'listed' ? [] : [`Mail to ${list.address} goes to all its subscribers.`]),
      `To leave, write from this address to ${commandAddress(list.address, 'unsubscribe')}, or use the link that comes with every post.`,
    ],
  })
}

export function goodbyeNotice(occasion: NoticeOccasion): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `You have left ${title(list)}`,
    lines: [
      `The address ${oneLine(to)} is no longer subscribed to the mailing list`,
      '',
      `    ${named(list)}`,
      '',
      ...(list.settings.subscription === 'closed'
        ? []
        : [`To come back, write to ${commandAddress(list.address, 'subscribe')}.`]),
    ],
  })
}

export function alreadySubscribedNotice(occasion: NoticeOccasion): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `You are subscribed to ${title(list)} already`,
    lines: [
      `You asked to subscribe ${oneLine(to)} to ${named(list)}. This address is subscribed already; nothing was changed.`,
    ],
  })
}

export function notSubscribedNotice(occasion: NoticeOccasion): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `You are not subscribed to ${title(list)}`,
    lines: [
      `You asked to remove ${oneLine(to)} from ${named(list)}. This address is not subscribed; nothing was changed.`,
      '',
      'If posts of the list reach you all the same, they go to another address of yours that is forwarded. Send the request from that address, or use the link that comes with every post.',
    ],
  })
}

/** Tells somebody that an owner did not admit the address. */
export function deniedNotice(occasion: NoticeOccasion): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `Your subscription to ${title(list)}`,
    lines: [`An owner of ${named(list)} has decided not to subscribe the address ${oneLine(to)}.`],
  })
}

export function helpNotice(occasion: NoticeOccasion): Notice {
  const { list } = occasion
  const { subscription, posting, archiveUrl } = list.settings
  const subscribing =
    subscription === 'closed'
      ? ['Subscriptions to this list are made by its owners.']
      : [`To subscribe, write to       ${commandAddress(list.address, 'subscribe')}`]
  return notice(occasion, {
    subject: `About the mailing list ${title(list)}`,
    lines: [
      `    ${named(list)}`,
      '',
      ...subscribing,
      `To leave, write to           ${commandAddress(list.address, 'unsubscribe')}`,
      ...(posting === 'listed' ? [] : [`To write to everybody        ${list.address}`]),
      `To reach the owners          ${commandAddress(list.address, 'owner')}`,
      ...(archiveUrl === null ? [] : [`Archive                      ${archiveUrl}`]),
      '',
      'Send these mails from the address that you want to subscribe or remove; nothing needs to be written into them.',
    ],
  })
}

/** Tries whether an address that has failed takes mail again. Its coming back is told by its bounce address. */
export function probeNotice(
  occasion: NoticeOccasion,
  { reason, suspendedAt }: { readonly reason: string | null; readonly suspendedAt: number | null },
): Notice {
  const { list, to } = occasion
  return notice(occasion, {
    subject: `Your subscription to ${title(list)}`,
    lines: [
      `Mail of the list ${named(list)} to ${oneLine(to)} has failed again and again. Since ${dateOf(suspendedAt ?? 0)} it is no longer sent to you.`,
      ...(reason === null
        ? []
        : ['', 'The last failure was told in these words:', '', `    ${oneLine(reason)}`]),
      '',
      'This mail is a trial. As you can read it, your address works again: you need do nothing, and in a few days you will get posts as before.',
      '',
      `To leave the list instead, write to ${commandAddress(list.address, 'unsubscribe')}.`,
    ],
  })
}

/**
 * Tells the owners what became of subscribers whose mail failed.
 *
 * @param most as many are named
 */
export function newsNotice(occasion: NoticeOccasion, news: readonly ListNews[], most: number): Notice {
  const { list } = occasion
  const subject =
    news.length === 1 ? `A subscriber of ${title(list)}` : `${news.length} subscribers of ${title(list)}`
  const named = news
    .slice(0, most)
    .flatMap(({ at, kind, address, reason }) => [
      `    ${oneLine(address)}: ${wordsOf[kind]}, ${dateOf(at)}`,
      ...(reason === null ? [] : [`        ${oneLine(reason)}`]),
    ])
  return notice(occasion, {
    subject: `${subject}: mail fails`,
    lines: [
      'This has become of subscribers whose mail fails:',
      '',
      ...named,
      ...(news.length > most ? [`    and ${news.length - most} more`] : []),
      '',
      'Whoever is suspended gets no posts, and a trial mail after some days; if it does not come back, posts are sent again. Failures that are about the message or about who wrote it (DMARC) do not count.',
      '',
      `Who it is at this moment: dkim2-relay lists show ${list.address}`,
    ],
  })
}

const wordsOf: Readonly<Record<ListNews['kind'], string>> = {
  suspended: 'suspended',
  resumed: 'gets posts again',
  'given up': 'stays suspended, no more trials',
  removed: 'removed from the list',
}

/** Asks the owners about a subscription. */
export function subscriptionToDecideNotice(
  occasion: NoticeOccasion,
  subscriber: string,
  { admit, deny, untilMilliseconds }: Decision,
): Notice {
  const { list } = occasion
  return notice(occasion, {
    subject: `${oneLine(subscriber, 100)} wants to subscribe to ${title(list)}`,
    replyTo: admit,
    lines: [
      `${oneLine(subscriber)} wants to subscribe to ${named(list)} and has confirmed the address.`,
      '',
      'To subscribe it, answer this mail, or write to',
      '',
      `    ${admit}`,
      '',
      'To refuse, write to',
      '',
      `    ${deny}`,
      '',
      `Nothing needs to be written into the mail. Without a decision the request ends on ${dateOf(untilMilliseconds)}.`,
    ],
  })
}

/** A held post, as its owner decides about it. */
export interface HeldPost {
  /** Unicode, as a reader sees them. */
  readonly from: string
  readonly subject: string
  readonly sizeBytes: number
  /** Why it is held. */
  readonly reason: string
  /** The whole message; undefined where it is too large to go with every notice. */
  readonly message: Buffer | undefined
  /** Of this post no more notices are sent today. */
  readonly isLastToday: boolean
}

/** Asks the owners about a post. Nothing that answers by itself can approve it: an answer to this mail decides nothing. */
export function heldPostNotice(
  occasion: NoticeOccasion,
  post: HeldPost,
  { admit, deny, untilMilliseconds }: Decision,
): Notice {
  const { list } = occasion
  const lines = [
    `A message to ${named(list)} waits for your decision:`,
    '',
    `    From:     ${oneLine(post.from) || '(nobody)'}`,
    `    Subject:  ${oneLine(post.subject) || '(none)'}`,
    `    Size:     ${post.sizeBytes} octets`,
    `    Held as:  ${oneLine(post.reason)}`,
    '',
    'To send it to the list, write to',
    '',
    `    ${admit}`,
    '',
    'To reject it, write to',
    '',
    `    ${deny}`,
    '',
    `Nothing needs to be written into the mail; to answer this one decides nothing. The addresses are good until ${dateOf(untilMilliseconds)}.`,
    post.message === undefined ? 'The message is too large to be attached.' : 'The message is attached.',
    ...(post.isLastToday
      ? [
          '',
          'So many messages are held that you will not be told of further ones today. They wait all the same.',
        ]
      : []),
  ]
  const subject = `Held: ${oneLine(post.subject, 120) || '(no subject)'}`
  return { ...notice(occasion, { subject, lines }), attached: post.message }
}

export interface Decision {
  /** Addresses that decide. */
  readonly admit: string
  readonly deny: string
  readonly untilMilliseconds: number
}

interface Writing {
  readonly subject: string
  readonly lines: readonly string[]
  readonly replyTo?: string
}

function notice({ list, to, inReplyTo }: NoticeOccasion, { subject, lines, replyTo }: Writing): Notice {
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

function title(list: MailingList): string {
  return list.settings.title === '' ? list.address : oneLine(list.settings.title)
}

function named(list: MailingList): string {
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
function dateOf(milliseconds: number): string {
  return `${new Date(milliseconds).toUTCString().slice(0, 22)} UTC`
}
