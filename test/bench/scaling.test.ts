import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresMissing } from '../support/postgres.ts'
import { Children } from './child.ts'
import { runScaling, scalingCases, scalingText } from './scaling.ts'

test('the bench of several processes sends through each of them, and all messages arrive', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scaling-'))
  const children = new Children(folder)
  try {
    const wanted =
      postgresMissing === undefined ? ['file-1', 'file-2', 'postgres-2ms-2'] : ['file-1', 'file-2']
    const cases = scalingCases.filter(({ name }) => wanted.includes(name))
    const settings = { rounds: 1, secondsPerRun: 0.3, warmUpMessages: 72 }
    const results = await runScaling(cases, settings, { children, folder, progress: () => {} })
    expect(results.map(({ case: one, runs }) => [one.name, runs.length])).toEqual(
      wanted.map(name => [name, 1]),
    )
    for (const { runs } of results) expect(runs[0]?.messagesPerSecond).toBeGreaterThan(0)
    expect(scalingText(results)).toMatch(/\| file \| 1 \| \d+ \| 1\.00 \| [\d.]+ \| 1\.00 \|/)
  } finally {
    await children.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
