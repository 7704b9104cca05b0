import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ReportsDue } from '../../../../src/service/reports/reports-due.ts'
import { tasks } from '../../../../src/service/tasks.ts'
import { attempted, FakeReports, history } from './fake-reports.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 100_000 }))
afterEach(() => void vi.useRealTimers())

const deferred = attempted({ outcome: 'deferred', reply: null })
const waiting = () => history({ state: 'queued', dsn: 'none', log: [deferred] })

/** Reports of one message, Q1; what happens is noted in its order. */
function dueOf(reports: FakeReports, underWay: readonly string[] = []) {
  const done: string[] = []
  const background = tasks(reports.log)
  const due = new ReportsDue({
    store: {
      failuresToReport: async () => [{ queueId: 'Q1', ordinals: [0] }],
      successesToReport: async () => ['Q2'],
      async delaysToReport(now) {
        done.push(`delays ${now}`)
        return reports.message?.delayDsn === 'none' ? ['Q1'] : []
      },
    },
    background,
    clock: () => Date.now(),
    beforeReport: async queueId => void done.push(`count ${queueId}`),
    reportDependencies: () => reports.dependencies(),
    isUnderWay: queueId => underWay.includes(queueId),
    async inTurn(queueId, work) {
      done.push(`turn ${queueId}`)
      await work()
    },
  })
  const settle = () => background.settledWithin(1_000)
  return { due, done, settle }
}

describe('what became of a message', () => {
  test('is reported in its turn, after what counts on subscribers was counted', async () => {
    const reports = new FakeReports([history()])
    const { due, done, settle } = dueOf(reports)
    due.add('Q1')
    due.report('Q1')
    await settle()
    expect(done).toEqual(['turn Q1', 'count Q1'])
    expect(reports.sent).toHaveLength(1)
  })

  test('costs no question where nothing is due of it', async () => {
    const reports = new FakeReports([history()])
    const { due, done, settle } = dueOf(reports)
    due.report('Q1')
    await settle()
    expect(done).toEqual([])
  })

  test('is told once for each time that something is due', async () => {
    const reports = new FakeReports([history()])
    const { due, done, settle } = dueOf(reports)
    due.add('Q1')
    due.add('Q1')
    due.report('Q1')
    due.report('Q1')
    await settle()
    expect(done).toEqual(['turn Q1', 'count Q1'])
  })

  test('has failures and successes in reports of their own', async () => {
    const success = history({ ordinal: 1, dsn: 'none', successDsn: 'due', state: 'delivered' })
    const reports = new FakeReports([history(), success])
    const { due, settle } = dueOf(reports)
    due.add('Q1')
    due.report('Q1')
    await settle()
    expect(reports.sent.map(({ call }) => call)).toEqual(['spoolDsn failure', 'spoolDsn success'])
  })
})

describe('after a crash', () => {
  test('what the store has as due is reported, failures and successes', async () => {
    const { due, done, settle } = dueOf(new FakeReports([history()]))
    await due.recover()
    await settle()
    expect(done.filter(line => line.startsWith('turn'))).toEqual(['turn Q1', 'turn Q2'])
  })

  test('a message of which copies are on their way waits for them', async () => {
    const { due, done, settle } = dueOf(new FakeReports([history()]), ['Q1'])
    await due.recover()
    await settle()
    expect(done).not.toContain('turn Q1')
    due.report('Q1')
    await settle()
    expect(done).toContain('turn Q1')
  })
})

describe('a delay', () => {
  test('is reported when its time has come, and not before', async () => {
    const reports = new FakeReports([waiting()])
    const { due, done, settle } = dueOf(reports)
    due.delayAt(130_000)
    await vi.advanceTimersByTimeAsync(29_999)
    expect(done).toEqual([])
    await vi.advanceTimersByTimeAsync(2)
    await settle()
    expect(done).toEqual(['delays 130001'])
    expect(reports.sent).toMatchObject([{ call: 'spoolDelayDsn' }])
  })

  test('that is due far ahead sets no timer: it is found when the store is looked into', async () => {
    const { due, done } = dueOf(new FakeReports([waiting()]))
    due.delayAt(100_000 + 61_000)
    expect(vi.getTimerCount()).toBe(0)
    await due.recover()
    expect(done).toContain('delays 100000')
  })

  test('of thousands of copies has one timer', () => {
    const { due } = dueOf(new FakeReports([waiting()]))
    for (let copy = 0; copy < 1_000; copy++) due.delayAt(130_000 + copy)
    expect(vi.getTimerCount()).toBe(1)
  })

  test('is not looked for after stop', async () => {
    const reports = new FakeReports([waiting()])
    const { due, done, settle } = dueOf(reports)
    due.delayAt(130_000)
    due.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(done).toEqual([])
    await due.recover()
    await settle()
    expect(reports.sent).toEqual([])
  })
})
