/** From a stored message to the octets that go out under the fields of our hop. */
import { isAscii } from 'node:buffer'
import { brandFieldIndices } from '../message/brand-fields.ts'
import type { Message } from '../message/message.ts'
import { fieldValue, lowerAscii, messageChunks, readMessage, removeFields } from '../message/message.ts'
import type { AdmissionRecord } from '../record/admission-record.ts'
import type { Envelope } from '../smtp/envelope.ts'
import type { OutgoingMessage } from './message-cache.ts'

export interface OutgoingParts {
  /** As received. */
  readonly octets: Buffer
  /** Fields added on admission. */
  readonly prepend: Buffer
  /** Indices of received fields that are left out. */
  readonly removed: readonly number[]
  readonly envelope: Envelope
  /** What admission found out: BIMI fields of others are left out of what is sent as it was received. */
  readonly admission: Pick<AdmissionRecord, 'brand'> | null
  /** `octets` parsed, where the caller has done so already. */
  readonly message?: Message
}

/** Nothing is copied: the chunks are views of the octets given. */
export function outgoingMessage(dependencies: OutgoingParts): OutgoingMessage {
  const message = dependencies.message ?? readMessage(dependencies.octets)
  const removed = leftOut(message, dependencies)
  const received =
    removed.length === 0 ? [dependencies.octets] : messageChunks(withoutFields(message, removed))
  const chunks = [dependencies.prepend, ...received]
  return {
    chunks,
    sizeBytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    eightBit: !isAscii(dependencies.octets),
    ...tlsRequired(dependencies.envelope, message),
    smtpUtf8: dependencies.envelope.smtpUtf8 && !isAscii(headerSection(dependencies.octets, message)),
  }
}

function leftOut(message: Message, { removed, admission }: OutgoingParts): readonly number[] {
  return admission?.brand === 'removed' ? [...removed, ...brandFieldIndices(message)] : removed
}

/** The parameter of MAIL comes before the field (RFC 8689 section 4.1). */
function tlsRequired(envelope: Envelope, { fields }: Message): Pick<OutgoingMessage, 'tlsRequired'> {
  if (envelope.requireTls === true) return { tlsRequired: 'yes' }
  const [field, another] = fields.filter(({ name }) => lowerAscii(name) === 'tls-required')
  if (field === undefined || another !== undefined) return {}
  return lowerAscii(fieldValue(field)) === 'no' ? { tlsRequired: 'no' } : {}
}

function headerSection(octets: Buffer, message: Message): Buffer {
  return octets.subarray(0, octets.length - message.body.length)
}

/** The message without the fields with these indices. */
export function withoutFields(message: Message, removed: readonly number[]): Message {
  const indices = new Set(removed)
  return removeFields(message, (_field, index) => indices.has(index))
}
