/** hops follow: what is told, and that it is told once. */
import { expect, test } from 'vitest'
import { FollowedMessages } from '../../../src/service/operator/followed-messages.ts'
import { openStoreBeside } from '../../../src/store/open-store.ts'
import {
  claimOf,
  forwarded,
  newAttempt,
  newDelivery,
  newFile,
  newMessage,
  newStore,
  queueId,
} from '../store/fixtures.ts'

test('a message is told when it comes, and again when something has become of it, until it is done', async () => {
  const file = newFile()
  const store = await newStore({ file })
  await store.spool(newMessage(1))
  await using beside = await besideOf(file)
  const followed = new FollowedMessages(beside.store, {})
  const look = async () =>
    (await followed.look()).map(({ queueId: id, state, deliveries }) => [id, state, deliveries.queued])
  expect(await look()).toEqual([])
  await store.spool(newMessage(2))
  expect(await look()).toEqual([[queueId(2), 'spooled', 0]])
  expect(await look()).toEqual([])
  const [delivery] = await store.plan(queueId(2), [newDelivery(0)], forwarded)
  expect(await look()).toEqual([[queueId(2), 'forwarded', 1]])
  await store.finishAttempt(claimOf(delivery?.id), newAttempt({ outcome: 'deferred' }), 5_000)
  expect(await look()).toEqual([])
  await store.announceAttempt({ id: delivery?.id ?? 0, attempts: 1, nextAttemptAt: 5_000 }, 9_000)
  await store.finishAttempt(claimOf(delivery?.id, 2), newAttempt())
  expect(await look()).toEqual([[queueId(2), 'forwarded', 0]])
  await store.postpone('destination.example', 9, 1)
  expect(await look()).toEqual([])
})

test('only messages that meet the conditions are told', async () => {
  const file = newFile()
  const store = await newStore({ file })
  await using beside = await besideOf(file)
  const followed = new FollowedMessages(beside.store, { from: 'other.example' })
  await followed.look()
  await store.spool(newMessage(1))
  const envelope = { reversePath: 'b@other.example', forwardPaths: ['x@alias.example'], smtpUtf8: false }
  await store.spool(newMessage(2, { envelope }))
  expect((await followed.look()).map(line => line.queueId)).toEqual([queueId(2)])
})

async function besideOf(file: string) {
  const store = await openStoreBeside(file, 'read')
  return { store, [Symbol.asyncDispose]: () => store.close() }
}
