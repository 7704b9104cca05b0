import { describe, expect, test } from 'vitest'
import { postgresMissing } from '../support/postgres.ts'
import { scaleCampaign } from './scale-campaign.ts'

describe.each(['sqlite', 'postgres'] as const)('relays that share a store on %s', engine => {
  test.skipIf(engine === 'postgres' && postgresMissing !== undefined)(
    'of which one is killed again and again lose nothing, and never attempt the same delivery at the same time',
    async () => {
      const figures = await scaleCampaign({
        engine,
        relays: 2,
        messages: 80,
        subscribers: 100,
        killEveryMilliseconds: 2_000,
        progress: () => {},
      })
      process.stdout.write(
        `${engine}: ${figures.kills} kills, ${figures.copies} copies, ${figures.twice} of them twice; at most ${figures.mostTwice} can\n`,
      )
      expect(figures.missing).toEqual([])
      expect(figures.claimedByTwo).toEqual([])
      expect(figures.twice).toBeLessThanOrEqual(figures.mostTwice)
      expect([figures.acknowledged >= 80, figures.relaysSeen]).toEqual([true, 2])
    },
    400_000,
  )
})
