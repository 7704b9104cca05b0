import { describe, expect, test } from 'vitest'
import { newFile, newMessage, newStore, queueId } from './fixtures.ts'

const copy = (recipient: string, what = 'm') => ({ recipient, key: `${what} ${recipient}` })
const [a, b] = ['a@alias.example', 'b@alias.example'] as const

function once(recipients: readonly string[], changes: object = {}) {
  const copies = recipients.map(recipient => copy(recipient))
  return { copies, sentBy: 'client 1', at: 1_000, retriesSince: 0, most: 1, remembered: 1_000, ...changes }
}

describe('a message that is taken once', () => {
  test('is on disk with what is known of it: the second changes nothing, another recipient and another message do', async () => {
    const store = await newStore()
    expect(await store.spoolOnce(newMessage(1), once([a]))).toEqual([])
    const again = await store.spoolOnce(newMessage(2), once([a], { sentBy: 'client 2' }))
    expect(again).toEqual([{ recipient: a, queueId: queueId(1), isRetry: false }])
    expect(await store.message(queueId(2))).toBeUndefined()
    expect(await store.spoolOnce(newMessage(3), once([b]))).toEqual([])
    expect(await store.spoolOnce(newMessage(4), once([], { copies: [copy(a, 'other')] }))).toEqual([])
  })

  test('can be asked about beforehand, which changes nothing', async () => {
    const store = await newStore()
    const other = once([a, b], { sentBy: 'client 2' })
    expect(await store.takenBefore(other)).toEqual([])
    expect(await store.spoolOnce(newMessage(1), once([a]))).toEqual([])
    const seen = [{ recipient: a, queueId: queueId(1), isRetry: false }]
    expect(await store.takenBefore(other)).toEqual(seen)
    expect(await store.spoolOnce(newMessage(2), other)).toEqual(seen)
  })

  test('for several: none is taken when one has had it, and it is said which', async () => {
    const store = await newStore()
    await store.spoolOnce(newMessage(1), once([a]))
    const seen = await store.spoolOnce(newMessage(2), once([a, b]))
    expect(seen.map(one => one.recipient)).toEqual([a])
    expect(await store.spoolOnce(newMessage(3), once([b]))).toEqual([])
  })

  test('by the same client with the same envelope is a retry, for a while', async () => {
    const store = await newStore()
    await store.spoolOnce(newMessage(1), once([a]))
    const retry = await store.spoolOnce(newMessage(2), once([a], { retriesSince: 1_000 }))
    expect(retry).toEqual([{ recipient: a, queueId: queueId(1), isRetry: true }])
    const late = await store.spoolOnce(newMessage(3), once([a], { retriesSince: 1_001 }))
    expect(late).toEqual([{ recipient: a, queueId: queueId(1), isRetry: false }])
  })

  test('may be allowed twice, and then no more', async () => {
    const store = await newStore()
    await store.spoolOnce(newMessage(1), once([a]))
    const other = { sentBy: 'client 2', most: 2 }
    expect(await store.spoolOnce(newMessage(2), once([a], other))).toEqual([])
    expect(await store.spoolOnce(newMessage(3), once([a], { ...other, sentBy: 'client 3' }))).toEqual([
      { recipient: a, queueId: queueId(2), isRetry: false },
    ])
  })

  test('is taken once when it comes many times at the same moment, in one commit', async () => {
    const store = await newStore()
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
    const answers = await Promise.all(numbers.map(n => store.spoolOnce(newMessage(n), once([a]))))
    expect(answers.filter(seen => seen.length === 0)).toHaveLength(1)
    expect(await store.unplanned({ limit: 100 })).toHaveLength(1)
  })

  test('is known after the store was closed', async () => {
    const file = newFile()
    const first = await newStore({ file })
    await first.spoolOnce(newMessage(1), once([a]))
    await first.close()
    const second = await newStore({ file })
    expect(await second.spoolOnce(newMessage(2), once([a]))).toHaveLength(1)
  })
})

describe('what is remembered', () => {
  test('is no more than so many copies; the oldest go', async () => {
    const store = await newStore()
    for (const [at, name] of ['x', 'y', 'z'].entries())
      await store.spoolOnce(newMessage(at + 1), once([`${name}@alias.example`], { remembered: 2 }))
    expect(await store.spoolOnce(newMessage(4), once(['z@alias.example']))).toHaveLength(1)
    expect(await store.spoolOnce(newMessage(5), once(['y@alias.example']))).toHaveLength(1)
    expect(await store.spoolOnce(newMessage(6), once(['x@alias.example']))).toEqual([])
  })

  test('goes when no signature of it can be valid any more, and not before', async () => {
    const store = await newStore()
    const day = 86_400_000
    for (let number = 1; number <= 5; number++)
      await store.spoolOnce(newMessage(number), once([`r${number}@alias.example`], { at: 0 }))
    await store.prune({ now: 15 * day, limit: 2 })
    expect(await store.spoolOnce(newMessage(10), once(['r1@alias.example']))).toHaveLength(1)
    const rounds: boolean[] = []
    do rounds.push((await store.prune({ now: 16 * day + 1, limit: 2 })).more)
    while (rounds.at(-1) === true)
    expect(rounds).toEqual([true, true, false])
    expect(await store.spoolOnce(newMessage(11), once(['r1@alias.example']))).toEqual([])
  })
})
