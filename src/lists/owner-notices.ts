/** What a list asks its owners, in words. */

import { oneLine } from '../message/printable.ts'
import type { Notice } from './compose-notice.ts'
import type { NoticeOccasion } from './notice-text.ts'
import { dateOf, named, notice, title } from './notice-text.ts'

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
