import { describe, expect, test } from 'vitest'
import { readMessage } from '../../../../src/message/message.ts'
import { ForwardCarrier } from '../../../../src/service/forward/forward-carrier.ts'
import type { Spooled } from '../../../../src/service/forward/spooled.ts'
import type { TakenUp } from '../../../../src/service/kinds.ts'
import type { NewPost } from '../../../../src/store/post-records.ts'
import type { StoredDelivery } from '../../../../src/store/records.ts'
import { storedDelivery } from '../../../support/deliveries.ts'
import { admission, records } from '../../../support/records.ts'

const octets = Buffer.from('Bcc: x@origin.example\r\nSubject: hello\r\n\r\nbody\r\n')
const message: TakenUp = {
  queueId: 'Q1',
  receivedAt: 1_000,
  envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
  record: records.forward,
  octets,
  prepend: Buffer.alloc(0),
  removed: [0],
}
const post: NewPost = {
  listId: 7,
  listAddress: 'news@alias.example',
  recipient: 'news@alias.example',
  state: 'accepted',
  reason: null,
  createdAt: 1_000,
  messageIdHash: null,
}

/** What happened, in its order. */
function carrierOf(planned: readonly StoredDelivery[], posts: readonly NewPost[] = []) {
  const done: string[] = []
  const forwarded: Spooled[] = []
  const carrier = new ForwardCarrier({
    async forward(spooled) {
      forwarded.push(spooled)
      return { planned, posts }
    },
    queue: copies => void done.push(`queue ${copies.length}`),
    reportDue: queueId => void done.push(`due ${queueId}`),
    becameFinal: queueId => void done.push(`final ${queueId}`),
    takeUpPosts: (queueId, made) => void done.push(`posts ${queueId} ${made.length}`),
  })
  return { carrier, done, forwarded }
}

describe('a message that is sent on', () => {
  test('goes on without the fields that were left out, and its copies into the queue', async () => {
    const { carrier, done, forwarded } = carrierOf([storedDelivery()])
    await carrier.carryOut(message)
    expect(done).toEqual(['queue 1', 'final Q1', 'posts Q1 0'])
    expect(forwarded[0]).toMatchObject({ queueId: 'Q1', record: admission, sizeBytes: octets.length })
    expect(forwarded[0]?.message.fields.map(({ name }) => name)).toEqual(['Subject'])
  })

  test.each<Partial<StoredDelivery>>([{ dsn: 'due' }, { successDsn: 'due' }])(
    'has a report due before it is final where a copy says so: %o',
    async changes => {
      const { carrier, done } = carrierOf([storedDelivery(), storedDelivery(changes)])
      await carrier.carryOut(message)
      expect(done).toEqual(['queue 2', 'due Q1', 'final Q1', 'posts Q1 0'])
    },
  )

  test('has its posts taken up', async () => {
    const { carrier, done } = carrierOf([], [post])
    await carrier.carryOut(message)
    expect(done).toContain('posts Q1 1')
  })

  test('is not parsed again where somebody has just done so', async () => {
    const { carrier, forwarded } = carrierOf([])
    const parsed = readMessage(Buffer.from('Bcc: x\r\nX-Parsed: yes\r\n\r\n'))
    await carrier.carryOut({ ...message, parsed })
    expect(forwarded[0]?.message.fields.map(({ name }) => name)).toEqual(['X-Parsed'])
  })

  test('that was planned when it was put on disk is not planned again; one whose plan was not taken is', async () => {
    const ahead = carrierOf([])
    await ahead.carrier.carryOut({ ...message, planned: Promise.resolve([storedDelivery({ dsn: 'due' })]) })
    expect(ahead.done).toEqual(['queue 1', 'due Q1', 'final Q1', 'posts Q1 0'])
    expect(ahead.forwarded).toEqual([])
    const late = carrierOf([storedDelivery()])
    await late.carrier.carryOut({ ...message, planned: Promise.resolve(undefined) })
    expect(late.forwarded).toHaveLength(1)
  })

  test('is carried out again after a crash by the same steps', async () => {
    const { carrier, done } = carrierOf([storedDelivery()])
    await carrier.carryOut(message)
    await carrier.carryOut(message)
    expect(done.slice(3)).toEqual(done.slice(0, 3))
  })

  test('of our own making that left at once is not carried out', async () => {
    const { carrier, done } = carrierOf([])
    await expect(carrier.carryOut({ ...message, record: records.notice })).rejects.toThrow('Q1')
    expect(done).toEqual([])
  })
})
