/** Messages that leave from different places share no connection. */
import { afterEach, expect, test } from 'vitest'
import { deliver } from '../../../src/deliver/deliver.ts'
import type { OutgoingSource } from '../../../src/deliver/outgoing-source.ts'
import { Sink } from '../../support/sink.ts'
import { delivery, hopTo, mailOf, text } from './fixtures.ts'

const context = delivery()
let peer: Sink | undefined
afterEach(async () => {
  await context.pool.closeAll(1_000)
  await peer?.close()
})

test('each place has connections of its own, which are kept for it, with its address and its name in EHLO', async () => {
  const sink = await Sink.start()
  peer = sink
  const one: OutgoingSource = { ipv4: '127.0.0.2', ehloName: 'one.example' }
  const renamed: OutgoingSource = { ipv4: '127.0.0.2', ehloName: 'other.example' }
  const two: OutgoingSource = { ipv4: '127.0.0.3', ehloName: 'one.example' }
  for (const source of [one, two, one, renamed, two, undefined])
    await deliver(mailOf(text, source === undefined ? {} : { source }), [hopTo(sink.port)], context)
  const seen = sink.messages.map(({ clientAddress, helo, connection }) => [clientAddress, helo, connection])
  expect(seen).toEqual([
    ['127.0.0.2', 'one.example', 1],
    ['127.0.0.3', 'one.example', 2],
    ['127.0.0.2', 'one.example', 1],
    ['127.0.0.2', 'other.example', 3],
    ['127.0.0.3', 'one.example', 2],
    ['127.0.0.1', 'relay.example', 4],
  ])
})

test('from an address that is none of this machine nothing leaves, and that says nothing of the host', async () => {
  const made = delivery()
  const sink = await Sink.start()
  const source: OutgoingSource = { ipv4: '192.0.2.25', ehloName: 'one.example' }
  const outcome = await deliver(mailOf(text, { source }), [hopTo(sink.port)], made)
  expect(outcome).toMatchObject({
    kind: 'deferred',
    phase: 'connect',
    isLocalFault: true,
    reason: expect.stringContaining('EADDRNOTAVAIL'),
  })
  const other = hopTo(sink.port, { address: '127.0.0.9' })
  const hops = [hopTo(sink.port), other]
  expect(made.memory.order(hops, made.clock())).toEqual(hops)
  await made.pool.closeAll(0)
  await sink.close()
})
