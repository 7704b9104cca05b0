import { describe, expect, test } from 'vitest'
import type { DmarcEvaluation } from '../../../src/record/dmarc-evaluation.ts'
import type { DmarcCountBounds, JudgedMessage } from '../../../src/store/dmarc-records.ts'
import { newStore } from './fixtures.ts'

const evaluation: DmarcEvaluation = {
  headerFrom: 'shop.example',
  envelopeFrom: 'shop.example',
  disposition: 'none',
  dkimAligned: true,
  spfAligned: false,
  reasons: [],
  dkim: [{ domain: 'shop.example', selector: 's', result: 'pass' }],
}
const day = '2026-11-21'
const judged: JudgedMessage = {
  day,
  policyDomain: 'shop.example',
  record: 'v=DMARC1; p=none; rua=mailto:d@shop.example',
  source: '192.0.2.7',
  evaluation,
}
const bounds: DmarcCountBounds = { maxDomains: 3, maxRowsOfDomain: 4, maxRows: 100 }
const key = { day, domain: 'shop.example' }

describe('counted results of DMARC', () => {
  test('the same ones are one row with a number, and the last policy of the day counts', async () => {
    const store = await newStore()
    for (const record of ['first', 'second']) await store.countDmarcResult({ ...judged, record }, bounds)
    expect(await store.dmarcDay(key)).toEqual({
      record: 'second',
      rows: [{ source: '192.0.2.7', messages: 2, evaluation }],
    })
  })

  test('sources that a stranger has cannot fill the table: networks take the place of addresses, then nothing is kept', async () => {
    const store = await newStore()
    const counted: string[] = []
    for (let number = 0; number < 40; number++) {
      const source = `2001:db8:${number}::${number}`
      counted.push(await store.countDmarcResult({ ...judged, source }, bounds))
    }
    expect(counted).toEqual([
      ...Array(4).fill('counted'),
      ...Array(4).fill('coarse'),
      ...Array(32).fill('lost'),
    ])
    const { rows = [] } = (await store.dmarcDay(key)) ?? {}
    expect(rows.map(({ source }) => source)).toContain('2001:db8:5::')
    expect(rows).toHaveLength(8)
  })

  test('messages of a network that is known stay counted however many they are', async () => {
    const store = await newStore()
    for (let number = 0; number < 50; number++) {
      await store.countDmarcResult({ ...judged, source: `192.0.2.${number}` }, bounds)
    }
    const { rows = [] } = (await store.dmarcDay(key)) ?? {}
    expect(rows.reduce((sum, { messages }) => sum + messages, 0)).toBe(50)
    expect(rows[0]).toMatchObject({ source: '192.0.2.0', messages: 46, evaluation: { dkim: [] } })
  })

  test('rows of all domains together are bounded, and so are the domains of a day', async () => {
    const store = await newStore()
    const tight = { ...bounds, maxRows: 2 }
    const results: string[] = []
    for (const policyDomain of ['a.example', 'b.example', 'c.example', 'd.example'])
      results.push(await store.countDmarcResult({ ...judged, policyDomain }, tight))
    expect(results).toEqual(['counted', 'counted', 'coarse', 'lost'])
  })

  test('are listed with what failed, and go when their time is over', async () => {
    const store = await newStore()
    const failed = { ...evaluation, dkimAligned: false }
    await store.countDmarcResult(judged, bounds)
    await store.countDmarcResult({ ...judged, evaluation: failed }, bounds)
    expect(await store.listDmarcReports(5)).toMatchObject([
      { ...key, messages: 2, failures: 1, reportId: '' },
    ])
    expect(await store.dmarcDaysToReport(day, 5)).toEqual([])
    expect(await store.dmarcDaysToReport('2026-11-22', 5)).toEqual([key])
    await store.pruneDmarc('2026-11-22')
    expect(await store.listDmarcReports(5)).toEqual([])
    expect(await store.dmarcDay(key)).toBeUndefined()
  })
})
