/**
 * Messages that were received or forwarded a moment ago: their first delivery needs no reading back from the store.
 * Bounded in octets; what falls out is read again, so the bound costs time and never a message.
 */
import { RecentMap } from '../bounded/recent-map.ts'

/** A message as it is sent on: our admission fields and, of the received octets, what was not removed. */
export interface OutgoingMessage {
  /** What follows the hop fields on the wire, in order. */
  readonly chunks: readonly Buffer[]
  readonly sizeBytes: number
  /** The message holds octets above 127. */
  readonly eightBit: boolean
  /** Header fields hold UTF-8, which the client had declared with SMTPUTF8: the next hop must know it too (RFC 6531). */
  readonly smtpUtf8: boolean
  /**
   * RFC 8689: `yes` came with REQUIRETLS, and goes on over verified TLS or not at all; `no` has the field `TLS-Required: No`, and
   * goes on whatever the policies of its destination are.
   */
  readonly tlsRequired?: 'yes' | 'no'
}

export interface MessageCache {
  get(queueId: string): OutgoingMessage | undefined
  put(queueId: string, message: OutgoingMessage): void
  drop(queueId: string): void
}

/** Keeps up to `maxBytes` octets of messages; the oldest ones go first. */
export function messageCache(maxBytes: number): MessageCache {
  const held = new RecentMap<string, OutgoingMessage>({
    sizes: { max: maxBytes, of: ({ sizeBytes }) => sizeBytes },
  })
  return {
    get: queueId => held.peek(queueId),
    put: (queueId, message) => held.set(queueId, message),
    drop: queueId => held.delete(queueId),
  }
}
