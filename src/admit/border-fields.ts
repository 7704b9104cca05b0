/** What strangers must not bring over the border: BIMI fields, which only a receiver writes (draft-brotman-bimi-mua-00, "Header Removal"). */
import { requestsOf, type Verdict } from '../dkim2/index.ts'
import { brandFieldOctets } from '../message/brand-fields.ts'
import type { Message } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { SmtpReply } from '../smtp/reply.ts'

/**
 * What is removed is given back by the recipe of this hop, a third longer: an image of 32 kilobytes, which is what the profile asks for,
 * makes 44 of them.
 */
const maxBrandOctets = 131_072

export function borderRefusal(message: Message): SmtpReply | undefined {
  if (brandFieldOctets(message) <= maxBrandOctets) return undefined
  return { code: 550, enhanced: '5.6.0', text: `BIMI fields of more than ${maxBrandOctets} octets` }
}

/** What becomes of them; a hop that asked for `donotmodify`, where its profile knows that, has signed what it wants to be left. */
export function brandFate(message: Message, verdict: Verdict): Pick<AdmissionRecord, 'brand'> {
  if (brandFieldOctets(message) === 0) return {}
  return { brand: requestsOf(verdict).has('donotmodify') ? 'kept' : 'removed' }
}
