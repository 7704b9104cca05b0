import { afterEach, describe, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { HeldContent } from '../../../src/deliver/outcome.ts'
import { HeldMessages } from '../../../src/service/held-messages.ts'
import { MemoryRoom } from '../../../src/service/memory-room.ts'
import { messageCache } from '../../../src/service/message-cache.ts'
import type { OutgoingSource } from '../../../src/service/outgoing-messages.ts'
import { records } from '../../support/records.ts'
import { Sink } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from '../deliver/fixtures.ts'

const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A store whose every message has these octets; it writes down what was read. */
function sourceOf(octets: Buffer): OutgoingSource & { readonly read: string[] } {
  const read: string[] = []
  return {
    read,
    cache: messageCache(0),
    store: {
      postOctets: async () => undefined,
      message: async queueId => {
        read.push(queueId)
        return {
          queueId,
          octets,
          prepend: Buffer.alloc(0),
          removed: [],
          envelope: { reversePath: '', forwardPaths: [], smtpUtf8: false },
          receivedAt: 0,
          record: records.forward,
          state: 'forwarded',
          listener: null,
          keepUntil: null,
          peer: null,
          reason: null,
          sizeBytes: octets.length,
          reportsOn: null,
          delayDsn: 'none',
        }
      },
    },
  }
}

const of = (queueId: string) => ({ queueId, postId: null })
const isHeld = (content: object): content is HeldContent => 'chunks' in content

describe('room for octets', () => {
  test('is given in order to those who wait, and one that fits does not wait for a larger one', async () => {
    const room = new MemoryRoom(100)
    await room.take(80, 1_000)
    const order: string[] = []
    const waiting = [60, 70].map(bytes => room.take(bytes, 60_000).then(() => order.push(`${bytes}`)))
    await room.take(20, 0)
    room.give(20)
    room.give(80)
    await waiting[0]
    room.give(60)
    await Promise.all(waiting)
    expect([order, room.usedBytes]).toEqual([['60', '70'], 70])
  })

  test('is refused after the time, and who gave up takes none', async () => {
    const room = new MemoryRoom(100)
    await room.take(80, 0)
    expect(await room.take(30, 1)).toBe(false)
    room.give(80)
    expect(room.usedBytes).toBe(0)
  })

  test('is there for one that is larger than all of it, alone', async () => {
    const room = new MemoryRoom(100)
    expect(await room.take(500, 0)).toBe(true)
    expect(await room.take(1, 1)).toBe(false)
  })
})

test('deliveries of one message share its octets, which are read once and counted once', async () => {
  const source = sourceOf(Buffer.from(text))
  const held = new HeldMessages(source, { maxBytes: 1_000, maxMessageBytes: 500 })
  const contents = await Promise.all([1, 2, 3].map(() => held.hold(of('A'), text.length)))
  expect([held.heldBytes, source.read]).toEqual([text.length, ['A']])
  for (const content of contents) if (isHeld(content)) content.release()
  for (const content of contents) if (isHeld(content)) content.release()
  expect(held.heldBytes).toBe(0)
})

test('what is known of a message is read once and holds no octets', async () => {
  const source = sourceOf(Buffer.from('Subject: \xe9\r\n\r\na\nb', 'latin1'))
  const held = new HeldMessages(source, { maxBytes: 1_000, maxMessageBytes: 500 })
  for (const _ of [1, 2])
    expect(await held.facts(of('A'))).toMatchObject({ eightBit: true, hasBareLineEnd: true, sizeBytes: 17 })
  expect([held.heldBytes, source.read]).toEqual([0, ['A']])
})

test('a message whose octets are gone, or cannot be read, holds no room', async () => {
  const source = sourceOf(Buffer.from(text))
  const lost = { ...source, store: { ...source.store, message: async () => undefined } }
  const held = new HeldMessages(lost, { maxBytes: 1_000, maxMessageBytes: 500 })
  expect([await held.facts(of('A')), await held.hold(of('A'), 10), held.heldBytes]).toMatchObject([
    undefined,
    { unavailable: 'the message is no longer in the store' },
    0,
  ])
})

describe('40 messages of 20 MB', () => {
  const octets = Buffer.from(`Subject: large\r\n\r\n${`${'x'.repeat(998)}\r\n`.repeat(20_000)}`)
  const maxBytes = 256 * 1024 * 1024

  async function sendTo(peer: Sink) {
    const source = sourceOf(octets)
    const held = new HeldMessages(source, { maxBytes, maxMessageBytes: octets.length, waitMilliseconds: 200 })
    const made = delivery({ commandMilliseconds: 1_000, stallMilliseconds: 1_000, maxConnectionsPerHop: 40 })
    ends.push(() => made.pool.closeAll(100))
    let most = 0
    const content = (queueId: string) => ({
      hasBareLineEnd: false,
      hold: async () => {
        const one = await held.hold(of(queueId), octets.length)
        most = Math.max(most, held.heldBytes)
        return one
      },
    })
    const sending = Array.from({ length: 40 }, (_, at) => {
      const mail = mailOf('', { content: content(`${at}`), sizeBytes: octets.length })
      return deliver(mail, [hopTo(peer.port)], made)
    })
    const outcomes = await Promise.all(sending)
    return { outcomes, most, left: held.heldBytes, read: source.read.length }
  }

  test('to a host that is silent after DATA hold nothing: none was read', async () => {
    const peer = (await Sink.start({ extensions: [] })).always('data', { do: 'nothing' })
    ends.push(() => peer.close())
    const { outcomes, most, read } = await sendTo(peer)
    expect([outcomes.every(({ kind }) => kind === 'deferred'), most, read]).toEqual([true, 0, 0])
  })

  test('to a host that takes nothing stay within 256 MB; the others are deferred, and the room is given back', async () => {
    const peer = await Sink.start({ extensions: [] })
    ends.push(() => peer.close())
    peer.always('data', () => {
      for (const socket of peer.sockets) socket.pause()
      return undefined
    })
    const { outcomes, most, left } = await sendTo(peer)
    expect(outcomes.every(({ kind }) => kind === 'deferred')).toBe(true)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(maxBytes)
    expect(left).toBe(0)
  })
})
