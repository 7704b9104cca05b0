/** A message as it lies in the spool: on disk, and nothing is planned for it yet. */
import type { Message } from '../message/message.ts'
import { readMessage } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { BounceRecord } from '../record/bounce-record.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { NewMessage } from '../store/records.ts'
import type { SpooledBounce } from './bounces/pass-bounce-on.ts'
import { withoutFields } from './outgoing.ts'

/** A message on disk whose copies are not planned yet. */
export interface Spooled {
  readonly queueId: string
  readonly envelope: Envelope
  readonly record: AdmissionRecord
  /** As it goes on: without the fields that were left out on admission. */
  readonly message: Message
  readonly sizeBytes: number
}

/** A message on disk that something follows from. */
export type TakenUp = Pick<
  NewMessage,
  'queueId' | 'receivedAt' | 'envelope' | 'record' | 'octets' | 'removed'
>

/** A message that is sent on, as the store has it. */
export function fromStore(
  { queueId, envelope, octets, removed }: TakenUp,
  admission: AdmissionRecord,
): Spooled {
  const message = withoutFields(readMessage(octets), removed)
  return { queueId, envelope, record: admission, message, sizeBytes: octets.length }
}

/** A bounce, with the judgement that it was accepted by. */
export function spooledBounce({ queueId, receivedAt, octets }: TakenUp, bounce: BounceRecord): SpooledBounce {
  return { queueId, receivedAt, message: readMessage(octets), bounce }
}
