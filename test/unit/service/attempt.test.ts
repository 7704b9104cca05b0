/** Attempts in turn: whatever is slow, or puts one off, nothing for a gateway overtakes what began before it. */
import { describe, expect, test } from 'vitest'
import type { OutgoingMail } from '../../../src/deliver/outcome.ts'
import type { Discovery } from '../../../src/discover/next-hop.ts'
import { Turns } from '../../../src/queue/turns.ts'
import { attempt } from '../../../src/service/attempt.ts'
import { storedDelivery } from '../../support/deliveries.ts'

const now = 1_000_000
const found: Discovery = { kind: 'hops', hops: [{ kind: 'file', folder: '/x', source: 'route' }] }
const facts = { sizeBytes: 9, smtpUtf8: false, eightBit: false, hasBareLineEnd: false }

function rig() {
  const sent: OutgoingMail[] = []
  const turns = new Turns()
  /** One attempt for Mars; discovery answers when the test says so. */
  function begin(number: number, attempts = 1) {
    const discovered = Promise.withResolvers<Discovery>()
    const delivery = storedDelivery({
      id: number,
      queueId: `Q${number}`,
      destination: 'mars.example',
      inOrder: true,
      attempts,
    })
    const turn = turns.take('mars.example')
    // As the queue does it.
    const result = attempt(
      delivery,
      {
        held: { facts: async () => facts, hold: async () => ({ unavailable: 'not asked for' }) },
        clock: () => now,
        leavesFrom: () => ({ source: { ehloName: 'earth.example' }, addressOrder: 'ipv6-first' }),
        discover: () => discovered.promise,
        deliver: async mail => {
          sent.push(mail)
          return { kind: 'delivered', phase: 'body' }
        },
      },
      turn,
    ).finally(() => turn.pass())
    return { result, discovered: (found: Discovery) => discovered.resolve(found) }
  }
  return { begin, sent: () => sent.map(({ queueId }) => queueId) }
}

const noAnswer: Discovery = { kind: 'temporary', reason: 'DNS gives no answer' }

describe('of two messages for a gateway', () => {
  test('the second waits for the first, whose look-ups take longer', async () => {
    const { begin, sent } = rig()
    const [first, second] = [begin(1), begin(2)]
    second.discovered(found)
    await new Promise(resolve => setImmediate(resolve))
    expect(sent()).toEqual([])
    first.discovered(found)
    expect((await Promise.all([first.result, second.result])).map(({ kind }) => kind)).toEqual([
      'delivered',
      'delivered',
    ])
    expect(sent()).toEqual(['Q1', 'Q2'])
  })

  test('the second is put off with the first, for which DNS gave no answer, and to the same moment', async () => {
    const { begin, sent } = rig()
    const [first, second] = [begin(1), begin(2)]
    second.discovered(found)
    first.discovered(noAnswer)
    const results = await Promise.all([first.result, second.result])
    expect(results.map(({ kind, retryAt }) => [kind, retryAt])).toEqual([
      ['deferred', now + 30_000],
      ['deferred', now + 30_000],
    ])
    expect(sent()).toEqual([])
  })

  test('the first no longer holds up the second once it has been tried so often that it may be the cause', async () => {
    const { begin, sent } = rig()
    const [first, second] = [begin(1, 6), begin(2)]
    second.discovered(found)
    first.discovered(noAnswer)
    expect((await first.result).retryAt).toBeUndefined()
    expect((await second.result).kind).toBe('delivered')
    expect(sent()).toEqual(['Q2'])
  })
})
