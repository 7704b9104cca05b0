/** The limits of rates in a relay: what is kept of them, and what the log says. */
import { expect, test } from 'vitest'
import { rates as section } from '../../../../src/config/rates-section.ts'
import { keepAccountRates, openRates, tellOfRefusals } from '../../../../src/service/rates/open-rates.ts'
import type { AccountRate } from '../../../../src/store/account-rate-records.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const client = { address: '198.51.100.7', trusted: false }
const config = {
  rates: section.parse({
    accounts: { messages: { most: 1, inSeconds: 60 } },
    networks: { messages: { most: 1, inSeconds: 60 } },
  }),
}

function opened(kept: AccountRate[], isBroken = false) {
  const log = new RecordingLog()
  const closing = new AsyncDisposableStack()
  const store = {
    accountRates: async () => [...kept],
    async keepAccountRates(rates: readonly AccountRate[]) {
      if (isBroken) throw new Error('no database')
      kept.push(...rates)
    },
  }
  const dependencies = { store, log, clock: () => 1_000 }
  return { log, closing, dependencies, rates: openRates(config, dependencies, closing) }
}

test('what an account has used up is kept at the end of a run, and holds in the next', async () => {
  const kept: AccountRate[] = []
  const first = opened(kept)
  expect((await first.rates).mail({ ...client, account: 'jane' }, '')).toBeUndefined()
  await first.closing.disposeAsync()
  const second = opened(kept)
  expect((await second.rates).mail({ ...client, account: 'jane' }, '')).toMatchObject({ code: 450 })
})

test('a store that fails costs counts and holds up nothing', async () => {
  const { rates, dependencies, log } = opened([], true)
  ;(await rates).mail({ ...client, account: 'jane' }, '')
  await keepAccountRates(await rates, dependencies)
  expect(log.lines.map(({ level, text }) => [level, text])).toEqual([
    ['warn', 'counts of accounts could not be kept'],
  ])
})

test('a thousand refusals are one line', async () => {
  const { rates, log } = opened([])
  for (let times = 0; times <= 1_000; times++) (await rates).mail(client, '')
  tellOfRefusals(await rates, log)
  tellOfRefusals(await rates, log)
  expect(log.lines).toEqual([
    {
      level: 'warn',
      text: 'beyond a limit',
      fields: { limit: 'messages of networks', refused: 1_000, mostRefused: '198.51.100.0/24', times: 1_000 },
    },
  ])
})
