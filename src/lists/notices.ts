/** What a list writes to people, in words of its language (texts/). Every text says which list it is, why the mail came, and whom to ask. */

import { oneLine } from '../message/printable.ts'
import type { Notice } from './compose-notice.ts'
import { commandAddress } from './list-address.ts'
import type { NoticeOccasion } from './notice-text.ts'
import { named, notice, title } from './notice-text.ts'
import { dateIn, textsOf } from './texts/languages.ts'
import type { TextName } from './texts/texts.ts'
import { filled } from './texts/texts.ts'

/** How a question can be answered: by an answer to the mail, or on a page where there are pages. */
export interface Answers {
  readonly address: string
  readonly url?: string | undefined
  readonly untilMilliseconds: number
}

/** A text of the list's language, with what every text may name put in. */
type Say = (name: TextName, values?: Readonly<Record<string, string>>) => string

function wordsFor({ list, to }: NoticeOccasion): Say {
  const texts = textsOf(list.settings.language)
  const known = {
    address: oneLine(to),
    title: title(list),
    named: named(list),
    list: list.address,
    subscribe: commandAddress(list.address, 'subscribe'),
    unsubscribe: commandAddress(list.address, 'unsubscribe'),
    owner: commandAddress(list.address, 'owner'),
  }
  return (name, values) => filled(texts[name], { ...known, ...values })
}

/** Asks whether the address really wants to subscribe or to leave. */
export function confirmationNotice(
  occasion: NoticeOccasion,
  what: 'subscribe' | 'unsubscribe',
  answers: Answers,
): Notice {
  const { list } = occasion
  const say = wordsFor(occasion)
  const isToSubscribe = what === 'subscribe'
  const waitsForOwner = isToSubscribe && list.settings.subscription === 'approval'
  return notice(occasion, {
    subject: say(isToSubscribe ? 'confirmSubscribeSubject' : 'confirmLeaveSubject'),
    replyTo: answers.address,
    lines: [
      say(isToSubscribe ? 'confirmSubscribe' : 'confirmLeave'),
      '',
      `    ${named(list)}`,
      '',
      say('confirmByAnswer'),
      ...(answers.url === undefined ? [] : [say('confirmByPage'), '', `    ${answers.url}`]),
      '',
      ...(waitsForOwner ? [say('confirmThenOwner'), ''] : []),
      say(isToSubscribe ? 'confirmElseNotSubscribed' : 'confirmElseStays'),
      say('requestEnds', { date: dateIn(list.settings.language, answers.untilMilliseconds) }),
    ],
  })
}

export function welcomeNotice(occasion: NoticeOccasion): Notice {
  const { list } = occasion
  const say = wordsFor(occasion)
  return notice(occasion, {
    subject: say('welcomeSubject'),
    lines: [
      say('welcome'),
      '',
      `    ${named(list)}`,
      '',
      ...(list.settings.posting === 'listed' ? [] : [say('welcomePosting')]),
      say('welcomeLeaving'),
    ],
  })
}

export function goodbyeNotice(occasion: NoticeOccasion): Notice {
  const { list } = occasion
  const say = wordsFor(occasion)
  return notice(occasion, {
    subject: say('goodbyeSubject'),
    lines: [
      say('goodbye'),
      '',
      `    ${named(list)}`,
      '',
      ...(list.settings.subscription === 'closed' ? [] : [say('goodbyeBack')]),
    ],
  })
}

/** @param ownPage where the subscriber leaves, pauses and changes the address; undefined: there are no pages */
export function alreadySubscribedNotice(occasion: NoticeOccasion, ownPage?: string): Notice {
  const say = wordsFor(occasion)
  const lines = [say('already'), ...ownPageLines(ownPage, say)]
  return notice(occasion, { subject: say('alreadySubject'), lines })
}

function ownPageLines(ownPage: string | undefined, say: Say): string[] {
  return ownPage === undefined ? [] : ['', say('ownPage'), '', `    ${ownPage}`]
}

/** Goes to a new address of a subscriber, which has to confirm it. */
export function newAddressNotice(occasion: NoticeOccasion, url: string, untilMilliseconds: number): Notice {
  const say = wordsFor(occasion)
  const date = dateIn(occasion.list.settings.language, untilMilliseconds)
  return notice(occasion, {
    subject: say('changeSubject'),
    lines: [
      say('change'),
      '',
      say('changeByPage'),
      '',
      `    ${url}`,
      '',
      say('changeElse'),
      say('requestEnds', { date }),
    ],
  })
}

/** Goes to the former address of a subscriber. */
export function addressChangedNotice(occasion: NoticeOccasion): Notice {
  const say = wordsFor(occasion)
  return notice(occasion, { subject: say('changedSubject'), lines: [say('changed'), '', say('changedElse')] })
}

export function notSubscribedNotice(occasion: NoticeOccasion): Notice {
  const say = wordsFor(occasion)
  return notice(occasion, {
    subject: say('notSubscribedSubject'),
    lines: [say('notSubscribed'), '', say('notSubscribedOther')],
  })
}

/** Tells somebody that an owner did not admit the address. */
export function deniedNotice(occasion: NoticeOccasion): Notice {
  const say = wordsFor(occasion)
  return notice(occasion, { subject: say('yourSubscriptionSubject'), lines: [say('denied')] })
}

/** @param ownPage that of a subscriber */
export function helpNotice(occasion: NoticeOccasion, ownPage?: string): Notice {
  const { list } = occasion
  const say = wordsFor(occasion)
  const { subscription, posting, archiveUrl } = list.settings
  return notice(occasion, {
    subject: say('helpSubject'),
    lines: [
      `    ${named(list)}`,
      '',
      say(subscription === 'closed' ? 'helpClosed' : 'helpSubscribe'),
      say('helpLeave'),
      ...(posting === 'listed' ? [] : [say('helpPost')]),
      say('helpOwner'),
      ...(archiveUrl === null ? [] : [say('helpArchive', { archive: archiveUrl })]),
      '',
      say('helpFrom'),
      ...ownPageLines(ownPage, say),
    ],
  })
}

/** Tries whether an address that has failed takes mail again. Its coming back is told by its bounce address. */
export function probeNotice(
  occasion: NoticeOccasion,
  { reason, suspendedAt }: { readonly reason: string | null; readonly suspendedAt: number | null },
): Notice {
  const { list } = occasion
  const say = wordsFor(occasion)
  return notice(occasion, {
    subject: say('yourSubscriptionSubject'),
    lines: [
      say('probe', { date: dateIn(list.settings.language, suspendedAt ?? 0) }),
      ...(reason === null ? [] : ['', say('probeReason'), '', `    ${oneLine(reason)}`]),
      '',
      say('probeTrial'),
      '',
      say('probeLeave'),
    ],
  })
}
