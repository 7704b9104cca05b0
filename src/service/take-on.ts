/** What is asked of a message before it is judged as one of its kind: its size, and what a submitted one must have. */
import type { RelayConfig } from '../config/schema.ts'
import type { Received } from '../receive/received.ts'
import { refusalOfSize } from './domain-limits.ts'
import type { Submitted } from './submission/submitted-message.ts'
import { submittedMessage } from './submission/submitted-message.ts'

export interface TakeOnDependencies {
  readonly config: Pick<RelayConfig, 'domains'>
  random(octets: number): Buffer
}

export function takeOn(received: Received, { config, random }: TakeOnDependencies): Submitted {
  const reply = refusalOfSize(received, config)
  if (reply !== undefined) return { kind: 'refused', reply }
  const { submitter } = received
  return submitter === undefined ? { kind: 'taken', received } : submittedMessage(received, submitter, random)
}
