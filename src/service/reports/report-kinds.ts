/** What reports of failures, of successes (RFC 3461 section 5.2) and of delays (RFC 3461 section 6.2) differ in. */

import type { ReportedRecipient } from '../../bounce/dsn-input.ts'
import { explainFailure, explainStatus } from '../../bounce/failure.ts'
import { wantsReport } from '../../bounce/notify.ts'
import type { DeliveryHistory, StoredMessage, StoredMessageWithOctets } from '../../store/records.ts'
import type { Commit } from '../own-message.ts'
import type { ReportDependencies } from './send-report.ts'
import { askedFor } from './send-report.ts'

type ReportStore = ReportDependencies['store']
type Spooled = Parameters<Commit>

export interface ReportKind {
  /** Reported once for a message, and not once for each delivery. */
  readonly isOfMessage: boolean
  /** Whether it is worth while to read the deliveries: a message can have thousands. */
  isAnyLeft(queueId: string, store: ReportStore): Promise<boolean>
  isDue(delivery: DeliveryHistory): boolean
  /** What the previous hop asked for with NOTIFY. */
  isWanted(delivery: DeliveryHistory, message: StoredMessage): boolean
  /** Why there is no report, though there is somebody to send it to. */
  obstacle(
    message: StoredMessageWithOctets | undefined,
    wanted: readonly DeliveryHistory[],
  ): string | undefined
  recipients(
    due: readonly DeliveryHistory[],
    message: StoredMessage,
    all: readonly DeliveryHistory[],
  ): readonly ReportedRecipient[]
  isHeaderOnly(message: StoredMessage): boolean
  skip(
    queueId: string,
    ordinals: readonly number[],
    store: Pick<ReportStore, 'skipDsn' | 'skipDelayDsn'>,
    why: string,
  ): Promise<unknown>
  spool(
    about: { readonly queueId: string; readonly ordinals: readonly number[] },
    message: Spooled[0],
    deliveries: Spooled[1],
    store: ReportStore,
  ): ReturnType<Commit>
  readonly skipped: { readonly level: 'info' | 'warn'; readonly text: string }
  readonly unwantedText: string
  readonly reportedText: string
}

/** Failures found here. */
export const failures: ReportKind = {
  isOfMessage: false,
  // A post has thousands of copies, and those for subscribers are counted: mostly nothing is left to report.
  isAnyLeft: async (queueId, store) => (await store.failuresLeft(queueId)) > 0,
  isDue: ({ dsn }) => dsn === 'due',
  isWanted: ({ recipient }, message) => wantsReport(askedFor(message, recipient).notify, 'failed', false),
  obstacle: message => (message?.octets == null ? 'its octets are gone' : undefined),
  // One entry for each address that the previous hop used, even where several copies of it failed: the first is told.
  recipients: (due, message) =>
    [...Map.groupBy(due, ({ recipient }) => recipient).values()].flatMap(([first]) =>
      first === undefined ? [] : [failed(first, message)],
    ),
  isHeaderOnly: message => askedFor(message, '').returns === 'hdrs',
  skip: (queueId, ordinals, store, why) => store.skipDsn(queueId, ordinals, 'failure', why),
  spool: ({ queueId, ordinals }, message, deliveries, store) =>
    store.spoolDsn(queueId, ordinals, message, deliveries),
  skipped: { level: 'warn', text: 'failed, no report is sent' },
  unwantedText: 'failed, and the sender asked not to be told (NOTIFY)',
  reportedText: 'failure reported to the previous hop',
}

/**
 * Successes that a sender had asked to hear of: the message was expanded to several addresses, or handed to a next hop that sends
 * no such reports, or written where it ends. Only those that were asked for are due.
 */
export const successes: ReportKind = {
  isOfMessage: false,
  isAnyLeft: async (queueId, store) => (await store.successesLeft(queueId)) > 0,
  isDue: ({ successDsn }) => successDsn === 'due',
  isWanted: () => true,
  obstacle: message => (message === undefined ? 'the message is gone' : undefined),
  recipients: (due, message, all) => due.map(delivery => succeeded(delivery, message, all)),
  isHeaderOnly: () => false,
  skip: (queueId, ordinals, store) => store.skipDsn(queueId, ordinals, 'success'),
  spool: ({ queueId, ordinals }, message, deliveries, store) =>
    store.spoolDsn(queueId, ordinals, message, deliveries, 'success'),
  skipped: { level: 'info', text: 'success not reported' },
  unwantedText: 'success not reported',
  reportedText: 'success reported',
}

/**
 * Delays: the previous hop hears once of a message that waits, if it is authenticated and has not asked to be left alone. Nobody ever
 * hears of a report that waits, and what becomes of the copies of a list is no business of who wrote to it.
 */
export const delays: ReportKind = {
  isOfMessage: true,
  isAnyLeft: async () => true,
  isDue: ({ state, log }) => state === 'queued' && log.length > 0,
  isWanted: ({ kind, recipient }, message) =>
    (kind === 'alias' || kind === 'originate') &&
    wantsReport(askedFor(message, recipient).notify, 'delayed', true),
  obstacle: (message, wanted) =>
    message?.delayDsn !== 'none' || wanted.length === 0 ? 'nobody asked, or it was told before' : undefined,
  recipients: (due, message) => [
    ...new Map(due.map(delivery => [delivery.recipient, delayed(delivery, message)])).values(),
  ],
  isHeaderOnly: () => false,
  skip: (queueId, _ordinals, store) => store.skipDelayDsn(queueId),
  spool: ({ queueId }, message, deliveries, store) => store.spoolDelayDsn(queueId, message, deliveries),
  skipped: { level: 'info', text: 'delay not reported' },
  unwantedText: 'delay not reported',
  reportedText: 'delay reported to the previous hop',
}

function failed(
  { recipient, reason, log, kind }: DeliveryHistory,
  message: StoredMessage,
): ReportedRecipient {
  const reply = log.at(-1)?.reply ?? null
  return {
    ...named(recipient, message),
    action: 'failed',
    // What a list, or its owner, has against the post is written for its sender.
    ...explainFailure({ recipient, reason, reply, isForSender: kind === 'post' }),
  }
}

/** The previous hop is told neither where the message went nor what was said there. */
function succeeded(
  { recipient, log }: DeliveryHistory,
  message: StoredMessage,
  all: readonly DeliveryHistory[],
): ReportedRecipient {
  const copies = all.filter(one => one.recipient === recipient).length
  const isLast = log.at(-1)?.nextHop.startsWith('file:') === true
  const action = copies > 1 ? 'expanded' : isLast ? 'delivered' : 'relayed'
  return { ...named(recipient, message), action, status: '2.0.0', explanation: explainStatus('2.0.0') }
}

function delayed({ recipient, log, expiresAt }: DeliveryHistory, message: StoredMessage): ReportedRecipient {
  const said = log.at(-1)?.reply?.enhanced ?? ''
  const status = said.startsWith('4.') ? said : '4.0.0'
  return {
    ...named(recipient, message),
    action: 'delayed',
    status,
    explanation: explainStatus(status),
    willRetryUntilMilliseconds: expiresAt,
  }
}

function named(
  recipient: string,
  message: StoredMessage,
): Pick<ReportedRecipient, 'finalRecipient' | 'originalRecipient'> {
  return { finalRecipient: recipient, originalRecipient: askedFor(message, recipient).originalRecipient }
}
