/** What this relay changes in every message that it forwards: fields that only a receiver writes do not pass its border. */
import type { Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import { removeBrandFields } from '../../revise/remove-brand-fields.ts'
import { type Revision, revise, unrevised } from '../../revise/revision.ts'

/** @param message as received, without what was left out on admission */
export function borderRevision(message: Message, { brand }: Pick<AdmissionRecord, 'brand'>): Revision {
  return brand === 'removed' ? revise(message, [removeBrandFields]) : unrevised(message)
}
