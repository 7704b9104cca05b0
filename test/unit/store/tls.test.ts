import { describe, expect, test } from 'vitest'
import type { TlsReportProgress, TlsSessions } from '../../../src/store/tls-records.ts'
import { records } from '../../support/records.ts'
import { newDelivery, newMessage, newStore } from './fixtures.ts'

const session: TlsSessions = {
  day: '2026-01-01',
  domain: 'a.example',
  policy: { type: 'no-policy-found', string: [], mxHost: [] },
  result: 'success',
  details: {},
}
const key = { day: '2026-01-01', domain: 'a.example' }

describe('counted sessions', () => {
  test('the same ones are one row with a number', async () => {
    const store = await newStore()
    await Promise.all([1, 2, 3].map(() => store.countTlsSession(session)))
    expect(await store.tlsSessions(key)).toEqual([{ ...session, sessions: 3 }])
  })

  test('hosts that a stranger makes up cannot fill the table: beyond 200 rows of a day their names are left out', async () => {
    const store = await newStore()
    for (let number = 0; number < 250; number++) {
      const details = { receivingMx: `mx${number}.a.example` }
      await store.countTlsSession({ ...session, result: 'starttls-not-supported', details })
    }
    const rows = await store.tlsSessions(key)
    expect(rows.length).toBe(201)
    expect(rows.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(250)
  })
})

describe('a report', () => {
  const targets = [{ uri: 'mailto:r@a.example', state: 'due' }] as const
  const planned = { ...key, reportId: 'id', nextAttemptAt: 10, expiresAt: 100 }
  const step = { ...key, state: 'due', reason: null, nextAttemptAt: 10 } as const

  test('is planned once for a day, and due from its moment on', async () => {
    const store = await newStore()
    await store.countTlsSession(session)
    expect(await store.tlsDaysToReport('2026-01-01', 10)).toEqual([])
    expect(await store.tlsDaysToReport('2026-01-02', 10)).toEqual([key])
    await store.planTlsReports([planned])
    await store.planTlsReports([{ ...planned, reportId: 'another' }])
    expect(await store.tlsDaysToReport('2026-01-02', 10)).toEqual([])
    expect(await store.dueTlsReports(9, 10)).toEqual([])
    expect(await store.dueTlsReports(10, 10)).toMatchObject([{ reportId: 'id', targets: [] }])
  })

  test('is mailed to a place once: whoever comes second changes nothing', async () => {
    const store = await newStore()
    await store.planTlsReports([planned])
    expect(await store.advanceTlsReport({ ...step, expected: [], targets })).toBe(true)
    const sent: TlsReportProgress = {
      ...step,
      expected: targets,
      targets: [{ uri: 'mailto:r@a.example', state: 'sent', note: 'T0000000001' }],
      state: 'sent',
    }
    const message = {
      ...newMessage(1),
      record: records.notice,
      state: 'forwarded',
      keepUntil: 1_000,
    } as const
    expect((await store.spoolTlsReport(sent, message, [newDelivery(0)])).length).toBe(1)
    const again = { ...newMessage(2), record: records.notice, state: 'forwarded', keepUntil: 1_000 } as const
    expect(await store.spoolTlsReport(sent, again, [newDelivery(0)])).toEqual([])
    expect(await store.message(again.queueId)).toBeUndefined()
    expect(await store.tlsReport(key)).toMatchObject({ state: 'sent', targets: sent.targets })
  })

  test('and its sessions go when their time is over, and policies when they have expired', async () => {
    const store = await newStore()
    await store.countTlsSession(session)
    await store.planTlsReports([planned])
    const policy = {
      domain: 'a.example',
      id: '1',
      mode: 'enforce',
      maxAgeSeconds: 1,
      mx: [],
      lines: [],
    } as const
    await store.keepStsPolicy({ ...policy, fetchedAt: 0, expiresAt: 1_000 })
    await store.pruneTls(1_000, '2026-01-02')
    expect([await store.tlsReport(key), await store.stsPolicy('a.example')]).toEqual([undefined, undefined])
    expect(await store.listTlsReports(10)).toEqual([])
  })
})
