import { afterEach, expect, test, vi } from 'vitest'
import { TimedJobs } from '../../../src/service/timed-jobs.ts'

afterEach(() => void vi.useRealTimers())

function started() {
  vi.useFakeTimers()
  const ran: string[] = []
  const jobs = new TimedJobs(
    {
      run(name, work) {
        ran.push(name)
        return work()
      },
    },
    { claimJob: async () => true },
  )
  const work = async () => {}
  jobs.start([
    { name: 'often', everyMilliseconds: 10, work },
    { name: 'seldom', everyMilliseconds: 25, work },
  ])
  return { jobs, ran }
}

test('each job runs by its name when its interval is over, and again', () => {
  const { ran } = started()
  vi.advanceTimersByTime(9)
  expect(ran).toEqual([])
  vi.advanceTimersByTime(21)
  expect(ran).toEqual(['often', 'often', 'seldom', 'often'])
})

test('none runs any more after a stop', () => {
  const { jobs, ran } = started()
  jobs.stop()
  vi.advanceTimersByTime(1_000)
  expect(ran).toEqual([])
})
