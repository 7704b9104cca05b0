/** deliver() goes from host to host by what the pool answers, whatever that is. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DeliverDependencies, deliver } from '../../../src/deliver/deliver.ts'
import { HostMemory } from '../../../src/deliver/host-memory.ts'
import type { HostHops } from '../../../src/deliver/open-session.ts'
import type { Phase } from '../../../src/deliver/outcome.ts'
import type { HopAttempt, HostResult } from '../../../src/deliver/smtp-pool.ts'
import type { SmtpHop } from '../../../src/discover/next-hop.ts'
import { hopTo, mailOf, noGateways, text } from './fixtures.ts'

const ports = [1, 2, 3, 4, 5]
const hops = ports.map(port => hopTo(port, { host: `mx${Math.ceil(port / 2)}.example` }))

/** The same hop as another discovery finds it: equal, and another object. */
const foundAgain = (hop: SmtpHop): SmtpHop => structuredClone(hop)

const anyHop = fc.constantFrom(...hops, hopTo(99)).chain(hop => fc.constantFrom(hop, foundAgain(hop)))

const anyAttempt: fc.Arbitrary<HopAttempt> = fc.record({
  hop: anyHop,
  goOn: fc.boolean(),
  outcome: fc.record({
    kind: fc.constantFrom('delivered', 'deferred', 'failed'),
    phase: fc.constantFrom<Phase>('connect', 'greeting', 'ehlo', 'starttls', 'mail', 'rcpt', 'data', 'body'),
  }),
})

const anyResult: fc.Arbitrary<HostResult> = fc.record({
  attempts: fc.array(anyAttempt, { maxLength: 3 }),
  done: fc.array(anyHop, { maxLength: 3 }),
  overtaken: fc.array(anyHop, { maxLength: 3 }),
})

function answering(answer: (group: HostHops, round: number) => HostResult) {
  const asked: HostHops[] = []
  const context: DeliverDependencies = {
    gateways: noGateways,
    pool: {
      send: async group => {
        asked.push(group)
        // Would go on for ever, and let nothing else have a turn.
        if (asked.length > 100) throw new Error('an attempt without an end')
        return answer(group, asked.length - 1)
      },
    },
    memory: new HostMemory({ restMilliseconds: 60_000, maxAddresses: 100 }),
    maxSessions: Number.POSITIVE_INFINITY,
    clock: () => 1_700_000_000_000,
  }
  return { asked, context }
}

test('an attempt ends after as many rounds as it has hops, whatever each of them comes to', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyResult, { minLength: 8, maxLength: 8 }), async results => {
      const { asked, context } = answering((_group, round) => results[round % results.length] as HostResult)
      await deliver(mailOf(text), hops, context)
      expect(asked.length).toBeLessThanOrEqual(hops.length)
    }),
    { numRuns: 1_000 },
  )
})

test('a hop that is done with is not asked again, though the pool names it by another object', async () => {
  const { asked, context } = answering(([hop]) => ({
    attempts: [
      { hop: foundAgain(hop), goOn: true, outcome: { kind: 'deferred', phase: 'rcpt', reason: 'later' } },
    ],
    done: [foundAgain(hop)],
    overtaken: [],
  }))
  await deliver(mailOf(text), hops, context)
  expect(asked.map(([first]) => first.port)).toEqual(ports)
})
