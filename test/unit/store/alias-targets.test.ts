/** Targets of aliases in the store. */
import { describe, expect, test } from 'vitest'
import { freshTarget } from '../../../src/service/alias-targets/target-standing.ts'
import type { AliasTarget } from '../../../src/store/alias-target-records.ts'
import type { AttemptRecord, StoredDelivery } from '../../../src/store/records.ts'
import type { Store } from '../../../src/store/store.ts'
import { claimOf, newAttempt, newDelivery, newMessage, newStore, queued, queueId } from './fixtures.ts'

const suspension = {
  state: 'suspended',
  suspendedAt: 50,
  suspendedBy: 'bounces',
  probeDueAt: 100,
  reason: '550 no such user',
} as const

function target(name: string, changes: Partial<AliasTarget> = {}): AliasTarget {
  return { ...freshTarget(`${name}@x.example`, 'team@alias.example', 10), bounceScore: 1, ...changes }
}

async function attempted(
  store: Store,
  delivery: StoredDelivery | undefined,
  attempt: Partial<AttemptRecord>,
): Promise<void> {
  if (delivery === undefined) throw new Error('nothing was planned')
  await store.finishAttempt(claimOf(delivery.id), newAttempt(attempt))
}

async function storeWith(...targets: AliasTarget[]): Promise<Store> {
  const store = await newStore()
  for (const one of targets) await store.keepAliasTarget(one)
  return store
}

test('a target is kept as it is given, and is gone when it is forgotten', async () => {
  const gone = target('Gone', { ...suspension, probes: 2, probeQueueId: 'Q', returned: 3, bouncedAt: 40 })
  const store = await storeWith(target('Gone'), gone)
  expect(await store.aliasTarget('gone@x.example')).toEqual(gone)
  await store.forgetAliasTarget('gone@x.example')
  expect(await store.aliasTarget('gone@x.example')).toBeUndefined()
})

test('those that are suspended are listed first, and their version grows with each that is suspended or resumed', async () => {
  const store = await storeWith(target('a'))
  const before = await store.suspendedTargetsVersion()
  await store.keepAliasTarget(target('b', suspension))
  await store.keepAliasTarget(target('b', { ...suspension, probes: 1 }))
  expect(await store.suspendedTargetsVersion()).toBe(before + 1)
  expect(await store.suspendedTargets()).toEqual(['b@x.example'])
  expect((await store.aliasTargets({ limit: 10 })).map(one => one.address)).toEqual([
    'b@x.example',
    'a@x.example',
  ])
  expect(await store.resumeAliasTargets(['a@x.example', 'b@x.example', 'c@x.example'])).toBe(1)
  expect(await store.suspendedTargetsVersion()).toBe(before + 2)
  expect(await store.suspendedTargets()).toEqual([])
})

test('probes are due in their order, and news are those of a time', async () => {
  const store = await storeWith(
    target('late', { ...suspension, probeDueAt: 90, suspendedAt: 70 }),
    target('first', { ...suspension, probeDueAt: 80 }),
    target('later', { ...suspension, probeDueAt: 300, suspendedAt: 20 }),
    target('works', { bounceScore: 0, resumedAt: 60 }),
  )
  const due = await store.targetProbesDue(100, 10)
  expect(due.map(one => one.address)).toEqual(['first@x.example', 'late@x.example'])
  const news = await store.aliasTargetNews({ after: 20, until: 60, limit: 10 })
  expect(news.map(one => one.address)).toEqual(['first@x.example', 'works@x.example'])
})

test('of those that are not suspended only what has failed or was resumed lately is kept', async () => {
  const store = await storeWith(
    target('old', { bouncedAt: 10 }),
    target('new', { bouncedAt: 90 }),
    target('works', { bouncedAt: null, resumedAt: 90 }),
    target('gone', suspension),
  )
  expect(await store.forgetAliasTargetsBefore(80)).toBe(1)
  expect(await store.aliasTarget('old@x.example')).toBeUndefined()
})

test('a person who is forgotten is no target any more, and no refusal names the address', async () => {
  const store = await storeWith(
    target('ann'),
    target('bob', { reason: '550 ask <Ann@x.example>' }),
    target('joann'),
  )
  await store.forgetInLists('ann@x.example')
  expect((await store.aliasTargets({ limit: 10 })).map(one => one.address)).toEqual(['joann@x.example'])
})

test('a probe is spooled once: who has looked before somebody else sent one sends none', async () => {
  const before = target('gone', suspension)
  const store = await storeWith(before)
  const probe = { before, target: { ...before, probes: 1, probeQueueId: queueId(1) } }
  expect(
    await store.spoolTargetProbe(probe, newMessage(1), [newDelivery(0, { kind: 'probe' })]),
  ).toHaveLength(1)
  expect(await store.spoolTargetProbe(probe, newMessage(2), [newDelivery(0, { kind: 'probe' })])).toEqual([])
  expect(await store.aliasTarget('gone@x.example')).toMatchObject({ probeQueueId: queueId(1) })
})

describe('of the copies of a message', () => {
  const failure = { reason: '5.1.2 no such domain', at: 5_000 }

  test('those for targets that failed are told once, with the words of their last attempt', async () => {
    const store = await newStore()
    const planned = await queued(store, 1, [
      newDelivery(0, { failure }),
      newDelivery(1, { failure, kind: 'originate' }),
      newDelivery(2),
      newDelivery(3),
    ])
    const reply = { code: 550, enhanced: '5.1.1', text: 'no such user' }
    const refused = planned.find(one => one.ordinal === 2)
    await attempted(store, refused, { outcome: 'failed', reply, phase: 'rcpt' })
    expect(await store.failedTargetCopies(queueId(1), { after: -1, limit: 10 })).toMatchObject([
      { ordinal: 0, forwardPath: 'r0@destination.example', reason: failure.reason, reply: null },
      { ordinal: 2, forwardPath: 'r2@destination.example', reply, phase: 'rcpt' },
    ])
    await store.skipDsn(queueId(1), [0, 2])
    expect(await store.failedTargetCopies(queueId(1), { after: -1, limit: 10 })).toEqual([])
  })

  test('those that were taken by an address are counted, within a time and up to a number', async () => {
    const store = await newStore()
    for (const number of [1, 2, 3]) {
      const [delivery] = await queued(store, number, [newDelivery(0)])
      await attempted(store, delivery, { endedAt: number * 1_000 })
    }
    const query = { address: 'R0@Destination.example', after: 1_000, until: 3_000, limit: 10 }
    expect(await store.targetDeliveries(query)).toBe(2)
    expect(await store.targetDeliveries({ ...query, limit: 1 })).toBe(1)
    expect(await store.targetDeliveries({ ...query, address: 'r1@destination.example' })).toBe(0)
  })
})
