/** How many versions a message has. Nothing is verified. */
import type { Message } from '../message/message.ts'
import { defaultBounds } from './bounds.ts'
import type { Reading } from './profile.ts'
import { profileSource } from './profiles/index.ts'
import { readChain } from './read-chain.ts'

/** The number of the highest version; 0 where there is none, or the chain cannot be read. */
export function highestVersion(message: Message, wanted: Reading): number {
  const reading = readChain(message, defaultBounds, profileSource(wanted))
  return reading.kind === 'chain' ? reading.chain.versions.length : 0
}
