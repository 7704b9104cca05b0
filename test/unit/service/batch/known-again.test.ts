import { expect, test } from 'vitest'
import type { Received, ReceiveHooks } from '../../../../src/receive/received.ts'
import { knowingAgain } from '../../../../src/service/batch/known-again.ts'
import { ObjectTurns } from '../../../../src/service/batch/object-turns.ts'
import { localError, queued } from '../../../../src/smtp/replies.ts'
import type { SmtpReply } from '../../../../src/smtp/reply.ts'
import type { StoredMessageWithOctets } from '../../../../src/store/records.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const never = new AbortController().signal

function rig(answer: (received: Received) => SmtpReply) {
  const taken: string[] = []
  const rows = new Map<string, { queueId: string; isTaken: boolean }>()
  const onDisk = new Set<string>()
  const hooks: ReceiveHooks = {
    nextQueueId: () => 'unused',
    clock: () => 0,
    sender: () => undefined,
    recipient: () => ({ kind: 'refused', reply: localError }),
    async accept(received) {
      const reply = answer(received)
      if (reply.code < 300) {
        taken.push(received.queueId)
        onDisk.add(received.queueId)
      }
      return reply
    },
    log: () => undefined,
  }
  const store = {
    batchMessage: async (key: string) => rows.get(key),
    noteBatchMessage: async (key: string, queueId: string) => void rows.set(key, { queueId, isTaken: false }),
    takeBatchMessage: async (key: string) => {
      const row = rows.get(key)
      if (row !== undefined) row.isTaken = true
    },
    // Only whether there is one is asked.
    message: async (queueId: string) => (onDisk.has(queueId) ? ({} as StoredMessageWithOctets) : undefined),
  }
  const known = (peer: string) =>
    knowingAgain(hooks, peer, { store, log: new RecordingLog(), remembered: 10 })
  return { known, taken, rows }
}

function received(queueId: string, text = 'Hello.', to = 'crew@mars.example'): Received {
  return {
    queueId,
    receivedAtMilliseconds: 0,
    listener: 'http',
    peer: { address: '192.0.2.1', port: 1, helo: 'earth.example', protocol: 'ESMTPS' },
    envelope: { reversePath: 'a@earth.example', forwardPaths: [to], smtpUtf8: false },
    roles: [],
    octets: Buffer.from(text),
    trusted: false,
  }
}

test('the same message of the same peer is taken once and answered as before', async () => {
  const { known, taken } = rig(({ queueId }) => queued(queueId))
  const { accept } = known('earth')
  expect(await accept(received('q1'), never)).toEqual(queued('q1'))
  expect(await accept(received('q2'), never)).toEqual(queued('q1'))
  expect(taken).toEqual(['q1'])
})

test('another envelope, other octets or another peer make another message', async () => {
  const { known, taken } = rig(({ queueId }) => queued(queueId))
  await known('earth').accept(received('q1'), never)
  await known('earth').accept(received('q2', 'Hello!'), never)
  await known('earth').accept(received('q3', 'Hello.', 'captain@mars.example'), never)
  await known('moon').accept(received('q4'), never)
  expect(taken).toEqual(['q1', 'q2', 'q3', 'q4'])
})

test('what was refused is judged again', async () => {
  let isFull = true
  const { known, taken } = rig(({ queueId }) => (isFull ? localError : queued(queueId)))
  const { accept } = known('earth')
  expect((await accept(received('q1'), never)).code).toBe(451)
  isFull = false
  expect(await accept(received('q2'), never)).toEqual(queued('q2'))
  expect(taken).toEqual(['q2'])
})

test('after a crash between disk and answer the message itself tells that it was taken', async () => {
  const { known, taken, rows } = rig(({ queueId }) => queued(queueId))
  const { accept } = known('earth')
  await accept(received('q1'), never)
  for (const row of rows.values()) row.isTaken = false
  expect(await accept(received('q2'), never)).toEqual(queued('q1'))
  expect(taken).toEqual(['q1'])
})

test('a peer that posts again has given up its object before, which ends first', async () => {
  const turns = new ObjectTurns()
  const told: string[] = []
  const first = turns.run('earth', async overtaken => {
    await new Promise<void>(resolve => overtaken.addEventListener('abort', () => resolve()))
    told.push('first ends')
  })
  const other = turns.run('moon', async () => void told.push('another peer does not wait'))
  await other
  await Promise.all([
    first,
    turns.run('earth', async overtaken => void told.push(`second, ${overtaken.aborted}`)),
  ])
  expect(told).toEqual(['another peer does not wait', 'first ends', 'second, false'])
})
