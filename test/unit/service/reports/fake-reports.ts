/** One message with its deliveries, what was asked of the store about it, and what was sent. It can be overtaken and can end. */

import type { ReportDependencies } from '../../../../src/service/reports/send-report.ts'
import type { Envelope } from '../../../../src/smtp/envelope.ts'
import type {
  DeliveryHistory,
  NewDelivery,
  NewMessage,
  StoredAttempt,
  StoredMessageWithOctets,
} from '../../../../src/store/records.ts'
import { storedDelivery } from '../../../support/deliveries.ts'
import { RecordingLog } from '../../../support/recording-log.ts'
import { admission } from '../../../support/records.ts'

export const body = 'This stands in the body alone.'

export function history(changes: Partial<DeliveryHistory> = {}): DeliveryHistory {
  const log = changes.log ?? [attempted()]
  return {
    ...storedDelivery({ state: 'failed', reason: '550 5.1.1 no such user', dsn: 'due', ...changes }),
    log,
  }
}

export function attempted(changes: Partial<StoredAttempt> = {}): StoredAttempt {
  return {
    number: 1,
    startedAt: 1,
    endedAt: 2,
    nextHop: 'mx.destination.example[192.0.2.1]:25',
    tls: null,
    choice: null,
    reply: { code: 550, enhanced: '5.1.1', text: 'no such user' },
    phase: 'rcpt',
    outcome: 'failed',
    reason: null,
    ...changes,
  }
}

export interface SentReport {
  readonly call: string
  readonly ordinals?: readonly number[]
  readonly message: NewMessage
  readonly text: string
  readonly deliveries: readonly NewDelivery[]
}

export class FakeReports {
  deliveries: DeliveryHistory[]
  message: StoredMessageWithOctets | undefined
  readonly log = new RecordingLog()
  readonly sent: SentReport[] = []
  readonly skipped: unknown[] = []
  readonly queued: string[] = []
  readonly spooled: string[] = []
  /** Another relay has reported it since it was read. */
  isOvertaken = false
  #ids = 0

  constructor(deliveries: readonly DeliveryHistory[], envelope: Partial<Envelope> = {}) {
    this.deliveries = [...deliveries]
    this.message = {
      queueId: 'Q1',
      receivedAt: 1_000,
      record: { kind: 'forward', admission: { ...admission, senderAuthenticated: true } },
      state: 'forwarded',
      reason: null,
      listener: 'mx',
      peer: null,
      envelope: {
        reversePath: 'a@origin.example',
        forwardPaths: ['team@alias.example'],
        smtpUtf8: false,
        ...envelope,
      },
      prepend: Buffer.alloc(0),
      removed: [],
      sizeBytes: 100,
      reportsOn: null,
      keepUntil: null,
      delayDsn: 'none',
      octets: Buffer.from(`From: a@origin.example\r\nSubject: x\r\n\r\n${body}\r\n`),
    }
  }

  change(changes: Partial<StoredMessageWithOctets>): void {
    if (this.message !== undefined) this.message = { ...this.message, ...changes }
  }

  readonly dependencies = (): ReportDependencies => ({
    store: this.#store,
    log: this.log,
    hostname: 'relay.alias.example',
    returnBodyMaxBytes: 10_000,
    clock: () => 9_000,
    random: size => Buffer.alloc(size, 1),
    nextQueueId: () => {
      this.#ids += 1
      return `OWN${this.#ids}`
    },
    isOwnDomain: domain => domain === 'alias.example',
    sign: async (_, { to, reversePath, kind }) => ({
      ordinal: 0,
      recipient: to,
      forwardPath: to,
      reversePath,
      destination: to.slice(to.lastIndexOf('@') + 1),
      prefix: Buffer.from('DKIM2-Signature: i=1\r\n'),
      hop: null,
      kind,
      nextAttemptAt: 1,
      expiresAt: 2,
    }),
    keepUntil: milliseconds => milliseconds + 500,
    queued: (_, { queueId }) => void this.queued.push(queueId),
    spooled: ({ queueId }) => void this.spooled.push(queueId),
  })

  readonly #store: ReportDependencies['store'] = {
    message: async queueId =>
      queueId === 'Q1' || this.sent.some(one => one.message.queueId === queueId) ? this.message : undefined,
    headerSection: async () => null,
    showMessage: async () => this.message && { message: this.message, deliveries: this.deliveries },
    delivery: async (_, ordinal) => this.deliveries.find(one => one.ordinal === ordinal),
    failuresLeft: async () => this.deliveries.filter(({ dsn }) => dsn === 'due').length,
    successesLeft: async () => this.deliveries.filter(({ successDsn }) => successDsn === 'due').length,
    spoolDsn: async (_, ordinals, message, deliveries, reported = 'failure') => {
      const mark = reported === 'failure' ? { dsn: 'sent' as const } : { successDsn: 'sent' as const }
      return this.#send({ call: `spoolDsn ${reported}`, ordinals }, message, deliveries, () =>
        this.#mark(ordinals, mark),
      )
    },
    skipDsn: async (_, ordinals, reported = 'failure') => {
      this.skipped.push([reported, ordinals])
      this.#mark(ordinals, reported === 'failure' ? { dsn: 'skipped' } : { successDsn: 'skipped' })
    },
    spoolDelayDsn: async (_, message, deliveries) =>
      this.#send({ call: 'spoolDelayDsn' }, message, deliveries, () => this.change({ delayDsn: 'sent' })),
    skipDelayDsn: async () => {
      this.skipped.push('delay')
      this.change({ delayDsn: 'skipped' })
    },
    spoolReturn: async () => [],
    parkBounce: async () => false,
  }

  #send(
    call: Pick<SentReport, 'call' | 'ordinals'>,
    message: NewMessage,
    deliveries: readonly NewDelivery[],
    mark: () => void,
  ) {
    if (this.isOvertaken) return []
    mark()
    const octets = message.octets.toString('latin1')
    this.sent.push({ ...call, message, deliveries, text: octets })
    return deliveries.map(one => storedDelivery({ ...withoutFailure(one), queueId: message.queueId }))
  }

  #mark(ordinals: readonly number[], mark: Partial<DeliveryHistory>): void {
    this.deliveries = this.deliveries.map(one => (ordinals.includes(one.ordinal) ? { ...one, ...mark } : one))
  }
}

function withoutFailure({ failure: _, postId: __, subscriberId: ___, ...delivery }: NewDelivery) {
  return delivery
}
