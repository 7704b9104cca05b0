/** A recipe that goes on by a line at a time, ten thousands of times, must not have a whole stretch looked at for each. */
import { expect, test, vi } from 'vitest'
import { skipLines } from '../../../src/message/body-lines.ts'

let stretches = 0

vi.mock(import('../../../src/message/octet-scan.ts'), async original => {
  const real = await original()
  const countLineEnds: typeof real.countLineEnds = (...asked) => {
    stretches++
    return real.countLineEnds(...asked)
  }
  return { ...real, countLineEnds }
})

test('a few lines of a large body are looked for where they stand, and only many are counted by stretches', () => {
  const body = Buffer.from('line\r\n'.repeat(100_000))
  let at: number | undefined = 0
  for (let step = 0; step < 1_000; step++) at = skipLines(body, at ?? 0, 1)
  expect(at).toBe(6_000)
  expect(stretches).toBe(0)
  expect(skipLines(body, 6_000, 90_000)).toBe(6_000 + 90_000 * 6)
  expect(stretches).toBeGreaterThan(0)
})
