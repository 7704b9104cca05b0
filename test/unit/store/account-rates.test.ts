import { expect, test } from 'vitest'
import { newFile, newStore } from './fixtures.ts'

const jane = { limit: 'messages of accounts', account: 'jane', count: 2, endsAt: 1_000 } as const

test('counts of accounts outlive the store that kept them, until their period is over', async () => {
  const file = newFile()
  const store = await newStore({ file })
  await store.keepAccountRates([jane, { ...jane, limit: 'recipients of accounts' }], 0)
  await store.keepAccountRates(
    [
      { ...jane, count: 3 },
      { ...jane, account: 'joe', endsAt: 2_000 },
    ],
    0,
  )
  await store.close()
  const again = await newStore({ file })
  expect(await again.accountRates(999)).toEqual(
    expect.arrayContaining([
      { ...jane, count: 3 },
      { ...jane, limit: 'recipients of accounts' },
    ]),
  )
  expect((await again.accountRates(1_000)).map(({ account }) => account)).toEqual(['joe'])
  await again.keepAccountRates([], 1_500)
  expect((await again.accountRates(0)).map(({ account }) => account)).toEqual(['joe'])
})
