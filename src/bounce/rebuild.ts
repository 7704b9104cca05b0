/**
 * The message as the previous hop had sent it, for the way back (docs/design/bounces.md, "Propagation", step 2).
 *
 * A body goes back only where it came back and, with this hop's changes undone, is the one that was received. Otherwise the
 * header fields go back alone. What was stored is returned in its exact octets; where it is gone the returned message serves, if it had been
 * verified; so does its body where only the header section is stored.
 */
import type { Reading } from '../dkim2/profile.ts'
import { beforeHighestHop, type Recreated, signedAlike } from '../dkim2/returned.ts'
import type { Message } from '../message/message.ts'
import type { ReturnedMessage } from './returned-message.ts'

export type Rebuilt =
  | {
      readonly kind: 'whole' | 'header'
      /** With an empty body where `kind` is `header`. */
      readonly message: Message
      readonly source: 'stored' | 'returned'
      /** Why there is no body, for the log. */
      readonly reason?: string
    }
  | { readonly kind: 'none'; readonly reason: string }

export interface RebuildInput {
  /** As it was received, exactly; undefined where it is not kept any more. */
  readonly stored: Message | undefined
  /** False: of what was received only the header section is kept. Default true. */
  readonly hasStoredBody?: boolean
  /** Absent where the report returned nothing. */
  readonly returned?: ReturnedMessage | undefined
  /** The returned message is what this hop had sent (`verifyReturned` passed). */
  readonly isVerified: boolean
  /** By which the message that came back was signed, and is read; default that of the profile. */
  readonly reading?: Reading
}

/** Never throws. */
export function rebuild(input: RebuildInput): Rebuilt {
  const { stored, hasStoredBody = true, returned, isVerified, reading = {} } = input
  const recreated = returned && beforeHighestHop(returned, reading)
  if (stored) {
    const unverified =
      hasStoredBody || isVerified ? undefined : 'what came back is not verified, and no body is stored'
    const reason = unverified ?? whyNoBody(stored, returned, recreated, reading, hasStoredBody)
    if (reason === undefined) {
      const body = hasStoredBody ? stored.body : (recreated?.body ?? nothing)
      return { kind: 'whole', message: { ...stored, body }, source: 'stored' }
    }
    return { kind: 'header', message: headerOf(stored), source: 'stored', reason }
  }
  if (!returned) return { kind: 'none', reason: 'no message came back and none is stored' }
  if (!isVerified) return { kind: 'none', reason: 'the returned message is not verified and none is stored' }
  if (!recreated) return { kind: 'none', reason: 'the header fields cannot be recreated' }
  const { fields, body } = recreated
  const message: Message = { fields, separator: crlf, body: body ?? nothing }
  if (body) return { kind: 'whole', message, source: 'returned' }
  const reason = returned.hasBody ? 'the body cannot be recreated' : 'only header fields came back'
  return { kind: 'header', message, source: 'returned', reason }
}

const crlf = Buffer.from('\r\n')
const nothing = Buffer.alloc(0)

function whyNoBody(
  stored: Message,
  returned: ReturnedMessage | undefined,
  recreated: Recreated | undefined,
  reading: Reading,
  hasStoredBody: boolean,
): string | undefined {
  if (!returned) return 'no message came back'
  if (!returned.hasBody) return 'only header fields came back'
  if (!recreated) return 'the header fields cannot be recreated'
  const { fields, body, profile } = recreated
  if (!body) return 'the body cannot be recreated'
  const message: Message = { fields, separator: crlf, body }
  return signedAlike(message, stored, { ...reading, profile, withBody: hasStoredBody })
    ? undefined
    : 'what came back differs from what was received'
}

function headerOf(message: Message): Message {
  return { ...message, body: nothing }
}
