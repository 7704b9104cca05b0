/** Messages that were received and admitted, without a socket. */
import type { Admitted } from '../../src/admit/admit.ts'
import { readMessage } from '../../src/message/message.ts'
import type { Received } from '../../src/receive/received.ts'
import type { AdmissionRecord } from '../../src/record/admission-record.ts'
import { admission } from './records.ts'

/** When it was received, Unix milliseconds. */
export const receivedAt = Date.UTC(2026, 10, 21, 10, 20, 30)

/** From a@origin.example to an alias, unless a test says otherwise. */
export function receivedMessage(changes: Partial<Received> = {}): Received {
  return {
    queueId: 'Q1',
    receivedAtMilliseconds: receivedAt,
    listener: 'mx',
    peer: { address: '192.0.2.7', port: 40_112, helo: 'origin.example', protocol: 'ESMTP' },
    envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
    roles: [],
    octets: Buffer.from('From: a@origin.example\r\nTo: team@alias.example\r\nSubject: hello\r\n\r\nbody\r\n'),
    trusted: false,
    ...changes,
  }
}

/** The same, admitted. */
export function admittedMessage(
  changes: Partial<Received> = {},
  record: Partial<AdmissionRecord> = {},
): Admitted {
  const received = receivedMessage(changes)
  return {
    received,
    message: readMessage(received.octets),
    record: { ...admission, ...record },
    prepend: [],
    removed: [],
  }
}
