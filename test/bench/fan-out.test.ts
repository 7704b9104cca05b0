import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Children } from './child.ts'
import { runFanOut } from './fan-out.ts'
import { fanOutRatio, fanOutTable } from './fan-out-figures.ts'

test('the bench of lists sends every copy once, by relay and plain path, and prints their ratio', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fan-out-'))
  const children = new Children(folder)
  try {
    const settings = { subscribers: 120, warmUpSubscribers: 20, rounds: 1, nodeOptions: [] }
    const results = await runFanOut(settings, children, () => undefined)
    expect(results.map(({ name }) => name)).toEqual(['list', 'list-links'])
    for (const result of results) {
      expect(fanOutRatio(result)).toBeGreaterThan(0)
      expect(result.relay[0]?.lastMilliseconds).toBeGreaterThanOrEqual(
        result.relay[0]?.firstMilliseconds ?? 0,
      )
    }
    const { head, rows } = fanOutTable(results)
    expect(rows).toHaveLength(4)
    expect(rows.every(row => row.length === head.length)).toBe(true)
  } finally {
    await children.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}, 60_000)
