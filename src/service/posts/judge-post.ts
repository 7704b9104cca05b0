/**
 * Whether a message may go to a list: judged at the end of data, so that the sender hears of it in the session, and again
 * when it is expanded, for lists that an alias leads to.
 */

import { refusalOfAmbiguity } from '../../admit/format-policy.ts'
import { requestsOf } from '../../dkim2/requests-of-hops.ts'
import { addressKey } from '../../lists/list-address.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { refusalBySigns } from '../../lists/post-signs.ts'
import { posterOf } from '../../lists/poster.ts'
import { whoMayPost } from '../../lists/who-may-post.ts'
import type { Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import { authorAddresses } from '../../revise/from-rewrite.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { Store } from '../../store/store.ts'
import { areRelated } from '../forward/unaligned-copies.ts'
import { listIdOf } from './post-rules.ts'

export type PostJudgement =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'held'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** A message as admission left it. */
export interface CandidatePost {
  readonly message: Message
  readonly sizeBytes: number
  readonly reversePath: string
  readonly record: AdmissionRecord
}

/**
 * Judges one message for one list.
 *
 * @param recipient forward-path as received: the list, or an alias that leads to it
 */
export async function judgePost(
  post: CandidatePost,
  list: MailingList,
  store: Pick<Store, 'subscriber'>,
  recipient = list.address,
): Promise<PostJudgement> {
  const { message, reversePath, record } = post
  const signs = refusalBySigns(message, reversePath, list.address, listIdOf(list))
  if (signs !== undefined) return { kind: 'refused', reply: signs }
  const fields = refusalOfAmbiguity(message)
  if (fields !== undefined) return { kind: 'refused', reply: fields }
  const { maxMessageBytes } = list.settings
  if (post.sizeBytes > maxMessageBytes) {
    return refused(552, '5.3.4', `${list.address} takes messages of at most ${maxMessageBytes} octets`)
  }
  if (requestsOf(record).has('donotexplode')) {
    return refused(
      550,
      '5.7.1',
      `${list.address} is a list, and a hop asked that the message is not exploded`,
    )
  }
  if (record.foreignList?.from.some(from => areRelated(from, list.domain))) {
    return refused(
      550,
      '5.7.1',
      `${list.address}: From is of a domain of this relay, and nobody vouches for it`,
    )
  }
  if (list.settings.fromRewrite !== 'never' && authorAddresses(message) === undefined) {
    return refused(550, '5.6.0', `${list.address}: the From field names no author that can be read`)
  }
  const poster = posterOf(message, reversePath, record, [list.address, recipient])
  const verdict = await whoMayPost(poster, list.settings, {
    key: addressKey,
    isSubscriber: async address => (await store.subscriber(list.id, addressKey(address))) !== undefined,
  })
  return verdict.kind === 'refused' ? refused(550, '5.7.1', `${list.address}: ${verdict.reason}`) : verdict
}

function refused(code: number, enhanced: string, text: string): PostJudgement {
  return { kind: 'refused', reply: { code, enhanced, text } }
}
