/**
 * A notice: a mail that this relay writes to one person (a confirmation to answer, a post to approve, what became of a
 * subscription). Its reverse-path is null, so that nobody ever gets a report about it, unless its author wants to hear of
 * the failure at a bounce address of its own.
 */
import type { Notice } from '../lists/compose-notice.ts'
import { composeNotice } from '../lists/compose-notice.ts'
import type { Logger } from '../log/log.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { Store } from '../store/store.ts'
import type { Commit, OwnMessage, OwnMessageDependencies } from './own-message.ts'
import { sendOwnMessage } from './own-message.ts'

export interface NoticeDependencies extends OwnMessageDependencies {
  readonly store: Pick<Store, 'message' | 'spoolNotice'>
  readonly log: Logger
  clock(): number
  random(octets: number): Buffer
  nextQueueId(): string
  /** The bounce address of a delivery (bounce/bounce-address). */
  bounceAddress(queueId: string, ordinal: number, domain: string): string
}

export interface NoticeSettings {
  /** `null` (default), or a bounce address of this very notice. */
  readonly reversePath?: 'null' | 'bounce-address'
  /** Puts message and deliveries into the store together with what the notice follows from; default: `spoolNotice`. */
  readonly commit?: Commit
}

/**
 * Composes, signs and queues a notice.
 *
 * @returns its queue id; undefined where `commit` was too late and nothing was queued
 */
export async function sendNotice(
  notice: Notice,
  dependencies: NoticeDependencies,
  settings: NoticeSettings = {},
): Promise<string | undefined> {
  const own = await ownMessage(notice, settings, dependencies)
  const commit =
    settings.commit ?? ((message, deliveries) => dependencies.store.spoolNotice(message, deliveries))
  if (!(await sendOwnMessage(own, commit, dependencies))) return undefined
  dependencies.log.info({ queueId: own.queueId, to: own.to, subject: notice.subject }, 'notice')
  return own.queueId
}

async function ownMessage(
  notice: Notice,
  settings: NoticeSettings,
  dependencies: NoticeDependencies,
): Promise<OwnMessage> {
  const queueId = dependencies.nextQueueId()
  const domain = asciiDomainOf(notice.from.address)
  const composedAt = dependencies.clock()
  const octets = await composeNotice(notice, {
    composedAtMilliseconds: composedAt,
    messageId: `${queueId.toLowerCase()}.notice@${domain}`,
    boundary: dependencies.random(12).toString('hex'),
  })
  const reversePath =
    settings.reversePath === 'bounce-address' ? dependencies.bounceAddress(queueId, 0, domain) : ''
  const profile = undefined
  return { queueId, kind: 'notice', octets, reversePath, to: notice.to, domain, profile, composedAt }
}
