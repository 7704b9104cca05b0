import { expect, test } from 'vitest'
import { killCampaign } from './kill-campaign.ts'

test('a relay that is killed again and again under load loses nothing, and sends twice only what was taken unseen', async () => {
  const figures = await killCampaign({
    seed: 20_261_128,
    from: 0,
    kills: 8,
    settleEvery: 8,
    progress: () => undefined,
  })
  expect(figures.lost).toEqual([])
  expect(figures.unexplained).toEqual([])
  expect(figures.acknowledged).toBeGreaterThan(0)
  expect([figures.ofProcess > 0, figures.ofStore > 0]).toEqual([true, true])
}, 600_000)
