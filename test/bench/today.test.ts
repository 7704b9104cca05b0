import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Children } from './child.ts'
import { runToday } from './today.ts'
import { keptRate, moreMilliseconds, todayTable, todayTargets } from './today-report.ts'

test('the bench of DKIM and ARC measures messages and posts with and without them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'today-'))
  const children = new Children(folder)
  try {
    const settings = {
      today: { rounds: 1, subscribers: 60, warmUpSubscribers: 10 },
      secondsPerRun: 0.2,
      warmUpMessages: 80,
      pacedMessages: 1,
      relayNodeOptions: [],
    }
    const results = await runToday(settings, { children, folder, progress: () => undefined })
    expect(results.map(({ what, keys }) => `${what} ${keys}`)).toEqual([
      'forwarded ed25519',
      'forwarded ed25519+rsa',
      'post ed25519',
      'post ed25519+rsa',
    ])
    for (const result of results) expect([...result.with, ...result.without]).toHaveLength(2)
    const { head, rows } = todayTable(results)
    expect(rows.every(row => row.length === head.length)).toBe(true)
  } finally {
    await children.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}, 60_000)

describe('the figures', () => {
  const common = { keys: 'ed25519', without: [1, 2, 1], with: [1.2, 2.2, 1.2] } as const

  test('compare what followed each other', () => {
    const result = { ...common, what: 'forwarded' } as const
    expect(moreMilliseconds(result)).toBeCloseTo(0.2)
    expect(keptRate(result)).toBeCloseTo(1 / 1.2)
  })

  test('miss a target once they are beyond it; RSA has none', () => {
    const results = [
      { ...common, what: 'forwarded' },
      { ...common, what: 'post' },
      { ...common, what: 'post', keys: 'ed25519+rsa' },
    ] as const
    expect(todayTargets(results).map(({ isMet }) => isMet)).toEqual([true, false])
  })
})
