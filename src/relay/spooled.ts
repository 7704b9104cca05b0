/** A message as it lies in the spool: on disk, and nothing is planned for it yet. */
import type { AdmissionRecord } from '../admit/admit.ts'
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { Envelope } from '../smtp/envelope.ts'
import { withoutFields } from './outgoing.ts'
import type { BounceRecord } from './reports/judge-bounce.ts'
import type { SpooledBounce } from './reports/pass-bounce-on.ts'

/** A message on disk whose copies are not planned yet. */
export interface Spooled {
  readonly queueId: string
  readonly envelope: Envelope
  readonly record: AdmissionRecord
  /** As it goes on: without the fields that were left out on admission. */
  readonly message: Message
  readonly sizeBytes: number
}

/** The store keeps envelope and record as JSON; they were written by this relay. */
export function fromStore(stored: {
  readonly queueId: string
  readonly envelope: object
  readonly verdict: object | null
  readonly octets: Buffer
  readonly removed: readonly number[]
}): Spooled {
  return {
    queueId: stored.queueId,
    envelope: stored.envelope as Envelope,
    record: stored.verdict as AdmissionRecord,
    message: withoutFields(readMessage(stored.octets), stored.removed),
    sizeBytes: stored.octets.length,
  }
}

/** A bounce, with the judgement that it was accepted by. */
export function spooledBounce(stored: {
  readonly queueId: string
  readonly receivedAt: number
  readonly verdict: object | null
  readonly octets: Buffer
}): SpooledBounce {
  const { bounce } = stored.verdict as { bounce: BounceRecord }
  return {
    queueId: stored.queueId,
    receivedAt: stored.receivedAt,
    message: readMessage(stored.octets),
    bounce,
  }
}
