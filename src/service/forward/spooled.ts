/** A message that is sent on, as it lies in the spool: on disk, and nothing is planned for it yet. */
import type { Message } from '../../message/message.ts'
import { readMessage } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { Envelope } from '../../smtp/envelope.ts'
import type { TakenUp } from '../kinds.ts'
import { withoutFields } from '../outgoing.ts'

/** A message on disk whose copies are not planned yet. */
export interface Spooled {
  readonly queueId: string
  readonly envelope: Envelope
  readonly record: AdmissionRecord
  /** As it goes on: without the fields that were left out on admission. */
  readonly message: Message
  /** Fields that admission put on top. */
  readonly prepend: Buffer
  readonly sizeBytes: number
}

/** A message as the store has it. */
export function fromStore(
  { queueId, envelope, octets, prepend, removed, parsed = readMessage(octets) }: TakenUp,
  admission: AdmissionRecord,
): Spooled {
  return {
    queueId,
    envelope,
    record: admission,
    message: withoutFields(parsed, removed),
    prepend,
    sizeBytes: octets.length,
  }
}
