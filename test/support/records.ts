/** Records of messages of each kind, as tests of the store and of what reads it need them. */
import type { AdmissionRecord } from '../../src/record/admission-record.ts'
import type { MessageRecord } from '../../src/record/message-record.ts'

/** A message that carries no chain, from somebody whom nobody vouches for. */
export const admission: AdmissionRecord = {
  state: 'none',
  hops: [],
  addHop: true,
  senderAuthenticated: false,
}

/** A message of each kind; a bounce, a command and a message to a reflector that go no further. */
export const records = {
  forward: { kind: 'forward', admission },
  bounce: { kind: 'bounce', admission, next: { do: 'park', reason: undefined, about: undefined } },
  command: { kind: 'command', admission, next: { do: 'ignore', reason: undefined } },
  reflection: { kind: 'reflection', admission, next: { do: 'ignore', reason: undefined } },
  dsn: { kind: 'dsn', admission: null },
  notice: { kind: 'notice', admission: null },
} as const satisfies Readonly<Record<string, MessageRecord>>
