/** What a list writes to people, in words. Every text says which list it is, why the mail came, and whom to ask. */

import { oneLine } from '../message/printable.ts'
import type { Notice } from './compose-notice.ts'
import { commandAddress } from './list-address.ts'
import type { NoticeOccasion } from './notice-text.ts'
import { dateOf, named, notice, title } from './notice-text.ts'

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
