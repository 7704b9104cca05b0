import { afterEach, expect, test, vi } from 'vitest'
import { RelayLease } from '../../../src/service/relay-lease.ts'
import type { LeaseAnswer } from '../../../src/store/relay-records.ts'
import { RecordingLog } from '../../support/recording-log.ts'

afterEach(() => void vi.useRealTimers())

/** A lease of 60 seconds on a store that answers what it is told. */
function leased(leaseMilliseconds: number | undefined = 60_000) {
  vi.useFakeTimers({ now: 1_000 })
  const renewals: number[] = []
  const lost: Error[] = []
  const answer: { now: LeaseAnswer | Error } = { now: { isHeld: true, relays: 2, takenOver: [] } }
  const lease = new RelayLease({
    store: {
      async renewLease({ now }) {
        renewals.push(now)
        if (answer.now instanceof Error) throw answer.now
        return answer.now
      },
    },
    log: new RecordingLog(),
    clock: () => Date.now(),
    leaseMilliseconds,
    onLost: error => lost.push(error),
  })
  return { lease, renewals, lost, answer }
}

test('a lease is renewed three times within its time, and tells how many relays there are', async () => {
  const { lease, renewals } = leased()
  await lease.start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(renewals).toEqual([1_000, 21_000, 41_000, 61_000])
  expect([lease.isInForce, lease.relays]).toEqual([true, 2])
  await lease.stop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(renewals).toHaveLength(4)
})

test('while the store does not answer the lease ends, and begins again when it does', async () => {
  const { lease, answer, lost } = leased()
  await lease.start()
  let changes = 0
  lease.whenChanged(() => {
    changes += 1
  })
  answer.now = new Error('gone')
  await vi.advanceTimersByTimeAsync(59_999)
  expect(lease.isInForce).toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect([lease.isInForce, changes]).toEqual([false, 0])
  answer.now = { isHeld: true, relays: 2, takenOver: [] }
  await vi.advanceTimersByTimeAsync(20_000)
  expect([lease.isInForce, changes]).toEqual([true, 1])
  expect(lost).toEqual([])
})

test('a lease that has run out because the clock was set is renewed at once, and once only until the next renewal', async () => {
  const { lease, answer, renewals } = leased()
  await lease.start()
  let changes = 0
  lease.whenChanged(() => {
    changes += 1
  })
  vi.setSystemTime(86_400_000)
  expect([lease.isInForce, lease.isInForce]).toEqual([false, false])
  await vi.advanceTimersByTimeAsync(0)
  expect([lease.isInForce, changes, renewals]).toEqual([true, 1, [1_000, 86_400_000]])
  answer.now = new Error('gone')
  vi.setSystemTime(2 * 86_400_000)
  for (let times = 0; times < 5; times++) {
    expect(lease.isInForce).toBe(false)
    await vi.advanceTimersByTimeAsync(0)
  }
  expect(renewals).toHaveLength(3)
  await lease.stop()
})

test('who waits for work is told when that of another relay is free', async () => {
  const { lease, answer } = leased()
  await lease.start()
  let changes = 0
  lease.whenChanged(() => {
    changes += 1
  })
  answer.now = { isHeld: true, relays: 2, takenOver: ['other'] }
  await lease.renew()
  answer.now = { isHeld: true, relays: 2, takenOver: [] }
  await lease.renew()
  expect(changes).toBe(1)
})

test('a relay whose work others have taken over is told so once, and renews no more', async () => {
  const { lease, answer, lost, renewals } = leased()
  answer.now = { isHeld: false, relays: 1, takenOver: [] }
  await lease.start()
  await vi.advanceTimersByTimeAsync(120_000)
  expect([lost.length, renewals.length]).toEqual([1, 1])
})

test('a relay that is alone has all for itself, and writes nothing about it', async () => {
  vi.useFakeTimers({ now: 1_000 })
  const lease = new RelayLease({
    store: { renewLease: () => Promise.reject(new Error('asked')) },
    log: new RecordingLog(),
    clock: () => Date.now(),
    leaseMilliseconds: undefined,
    onLost: () => {},
  })
  await lease.start()
  await vi.advanceTimersByTimeAsync(120_000)
  expect([lease.isInForce, lease.relays]).toEqual([true, 1])
})
