/** What commands need to know of a chain before they work on it. Nothing is verified. */
import { defaultBounds } from '../dkim2/bounds.ts'
import type { ProfileId } from '../dkim2/model.ts'
import type { Reading } from '../dkim2/profile.ts'
import { profileSource } from '../dkim2/profiles/index.ts'
import { readChain } from '../dkim2/read-chain.ts'
import { isDkim2Field } from '../dkim2/unsigned-fields.ts'
import { lowerAscii, type Message } from '../message/message.ts'

/** The profile of a chain; undefined where there is none, or it cannot be read. */
export function chainProfile(message: Message, wanted: Reading): ProfileId | undefined {
  const reading = readChain(message, defaultBounds, profileSource(wanted))
  return reading.kind === 'chain' ? reading.profile.id : undefined
}

/** True if a message carries every DKIM2 field of another, as it stands there. */
export function hasChainOf(message: Message, other: Message): boolean {
  const there = new Set(dkim2Fields(message))
  return dkim2Fields(other).every(field => there.has(field))
}

function dkim2Fields(message: Message): string[] {
  return message.fields
    .filter(field => isDkim2Field(lowerAscii(field.name)))
    .map(field => field.octets.toString('latin1'))
}
