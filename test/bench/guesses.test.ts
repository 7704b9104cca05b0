/** Whoever guesses passwords slows nobody else: the code of the benchmark, small. */
import { expect, test } from 'vitest'
import { measureGuesses } from './guesses.ts'

test('of wrong passwords of one network only the allowed ones are looked at, and everybody elsewhere signs in', async () => {
  const figures = await measureGuesses(200, 1)
  expect(figures).toMatchObject({ looked: 20, failedElsewhere: 0, replies: { 535: 20, 454: 180 } })
  expect(figures.signInsElsewhere).toBeGreaterThan(0)
}, 120_000)
