import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Zone, ZoneEntry } from '../../../../src/dns/zone-resolver.ts'
import { zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { DailyReportPath } from '../../../../src/service/daily-reports/daily-report-path.ts'
import { tasks } from '../../../../src/service/tasks.ts'
import type { TlsReportDependencies } from '../../../../src/service/tls-reports/tls-reports.ts'
import { sendTlsReports } from '../../../../src/service/tls-reports/tls-reports.ts'
import type { NewMessage } from '../../../../src/store/records.ts'
import type { TlsReportKey, TlsReportProgress, TlsReportRecord } from '../../../../src/store/tls-records.ts'
import { storedDelivery } from '../../../support/deliveries.ts'
import { RecordingLog } from '../../../support/recording-log.ts'

const hour = 3_600_000
const midnight = Date.UTC(2026, 10, 22)
const day = '2026-11-21'

class FakeTlsReports {
  days: TlsReportKey[]
  readonly reports = new Map<string, TlsReportRecord>()
  readonly mails: NewMessage[] = []
  readonly log = new RecordingLog()
  now = midnight + hour
  zone: Zone
  /** Another relay has come further with each report since it was read. */
  isOvertaken = false
  signFails: string | undefined
  asked: string[] = []
  /** Called after each change of the store. */
  changed: () => void = () => {}
  #random = 0

  constructor(domains: Record<string, readonly ZoneEntry[]>) {
    this.days = Object.keys(domains).map(domain => ({ day, domain }))
    this.zone = Object.fromEntries(
      Object.entries(domains).map(([domain, entries]) => [domain, { '_smtp._tls': entries }]),
    )
  }

  report(domain: string): TlsReportRecord | undefined {
    return this.reports.get(domain)
  }

  send(isStopping = () => false): Promise<void> {
    return sendTlsReports(this.dependencies(), isStopping)
  }

  readonly dependencies = (): TlsReportDependencies => ({
    store: {
      message: async () => undefined,
      tlsDaysToReport: async (before, limit) => this.days.filter(one => one.day < before).slice(0, limit),
      planTlsReports: async planned => {
        for (const one of planned) {
          this.reports.set(one.domain, { ...one, state: 'due', targets: [], reason: null })
          this.days = this.days.filter(({ domain }) => domain !== one.domain)
        }
      },
      dueTlsReports: async (now, limit) =>
        [...this.reports.values()]
          .filter(({ state, nextAttemptAt }) => state === 'due' && nextAttemptAt <= now)
          .slice(0, limit),
      tlsSessions: async key => [
        {
          ...key,
          policy: { type: 'sts', string: [], mxHost: [] },
          result: 'success',
          details: {},
          sessions: 3,
        },
      ],
      tlsReport: async ({ domain }) => this.reports.get(domain),
      advanceTlsReport: async progress => this.#advance(progress),
      spoolTlsReport: async (progress, message, deliveries) => {
        if (!this.#advance(progress, message)) return []
        return deliveries.map(() => storedDelivery({ queueId: message.queueId }))
      },
    },
    resolver: zoneResolver(this.zone),
    log: this.log,
    settings: {
      domain: 'alias.example',
      submitter: 'relay.alias.example',
      organization: 'Alias',
      contact: 'postmaster@alias.example',
      spreadMilliseconds: hour,
      allowPrivateAddresses: false,
      https: { timeoutMilliseconds: 1_000 },
    },
    clock: () => this.now,
    random: size => {
      this.#random += 1
      return Buffer.alloc(size, size === 4 ? 0 : this.#random)
    },
    nextQueueId: () => `OWN${this.mails.length + 1}`,
    isOwnDomain: () => false,
    sign: async (_, { to }) => {
      this.asked.push(to)
      if (to === this.signFails) throw new Error('no key can sign')
      return { ...storedDelivery(), notification: null, successDsn: 'none', postId: 0, subscriberId: 0 }
    },
    keepUntil: milliseconds => milliseconds + 500,
    queued: () => {},
    spooled: () => {},
  })

  #advance({ expected, ...progress }: TlsReportProgress, mail?: NewMessage): boolean {
    const report = this.reports.get(progress.domain)
    if (report === undefined || this.isOvertaken) return false
    if (JSON.stringify(report.targets) !== JSON.stringify(expected)) return false
    this.reports.set(progress.domain, { ...report, ...progress })
    if (mail !== undefined) this.mails.push(mail)
    this.changed()
    return true
  }
}

const wants = (...uris: string[]): ZoneEntry[] => [['txt', `v=TLSRPTv1; rua=${uris.join(',')}`]]
const far = { 'far.example': wants('mailto:tls@far.example') }

describe('a day that is over', () => {
  test('is reported by one mail to the place that its domain names, with what was counted', async () => {
    const reports = new FakeTlsReports(far)
    await reports.send()
    expect(reports.report('far.example')).toMatchObject({
      state: 'sent',
      targets: [{ uri: 'mailto:tls@far.example', state: 'sent', note: 'OWN1' }],
    })
    const [mail] = reports.mails
    expect(mail?.envelope).toMatchObject({ reversePath: '', forwardPaths: ['tls@far.example'] })
    const text = mail?.octets.toString('latin1') ?? ''
    expect(text).toContain('Tls-Report-Domain: far.example')
    const encoded = text.split(/\r\n\r\n/).find(part => part.startsWith('H4sI')) ?? ''
    const json = JSON.parse(gunzipSync(Buffer.from(encoded.split('\r\n--')[0] ?? '', 'base64')).toString())
    expect(json.policies[0].summary['total-successful-session-count']).toBe(3)
  })

  test('is planned once; its report keeps its number however often it is tried', async () => {
    const reports = new FakeTlsReports({ 'far.example': [['temporary', 'no answer']] })
    await reports.send()
    const first = reports.report('far.example')
    reports.now += hour
    await reports.send()
    expect(reports.report('far.example')?.reportId).toBe(first?.reportId)
  })

  test('that is not over yet is not planned', async () => {
    const reports = new FakeTlsReports(far)
    reports.now = midnight - 1
    await reports.send()
    expect(reports.reports.size).toBe(0)
  })

  test('of a domain that names no place is done without a report', async () => {
    const reports = new FakeTlsReports({ 'far.example': [['txt', 'v=spf1 -all']] })
    await reports.send()
    expect(reports.report('far.example')).toMatchObject({ state: 'unwanted', targets: [] })
    expect(reports.mails).toEqual([])
  })

  test('of a thousand domains is planned and reported whole, each domain once', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => `d${index}.example`)
    const reports = new FakeTlsReports(
      Object.fromEntries(names.map(name => [name, wants(`mailto:tls@${name}`)])),
    )
    await reports.send()
    expect(new Set(reports.asked)).toEqual(new Set(names.map(name => `tls@${name}`)))
    expect(reports.asked).toHaveLength(1_000)
  })
})

describe('a report that cannot be sent now', () => {
  test('waits an hour for an answer of DNS, and is given up after its day', async () => {
    const reports = new FakeTlsReports({ 'far.example': [['temporary', 'no answer']] })
    await reports.send()
    expect(reports.report('far.example')).toMatchObject({ state: 'due', nextAttemptAt: reports.now + hour })
    for (let hours = 0; hours < 30; hours++) {
      reports.now += hour
      await reports.send()
    }
    expect(reports.report('far.example')).toMatchObject({ state: 'failed' })
    expect(reports.report('far.example')?.reason).toContain('no answer')
  })

  test('does not stand in the way of the others, and is tried again', async () => {
    const reports = new FakeTlsReports({
      'bad.example': wants('mailto:tls@bad.example'),
      ...far,
    })
    reports.signFails = 'tls@bad.example'
    await reports.send()
    expect(reports.report('far.example')?.state).toBe('sent')
    expect(reports.report('bad.example')).toMatchObject({ state: 'due', reason: 'no key can sign' })
    reports.signFails = undefined
    reports.now += hour
    await reports.send()
    expect(reports.report('bad.example')?.state).toBe('sent')
  })

  test('is tried once a run, also where the clock runs ahead meanwhile', async () => {
    const reports = new FakeTlsReports(far)
    reports.signFails = 'tls@far.example'
    reports.changed = () => {
      reports.now += 2 * hour
    }
    await reports.send()
    expect(reports.asked).toEqual(['tls@far.example'])
  })

  test('to a web server without a public address is noted, and connects nowhere', async () => {
    const reports = new FakeTlsReports({ 'far.example': wants('https://inside.example/tls') })
    reports.zone = { ...reports.zone, 'inside.example': { '@': [['a', '10.0.0.1']] } }
    await reports.send()
    expect(reports.report('far.example')?.targets).toMatchObject([
      { state: 'due', note: 'inside.example has no address that may be connected to' },
    ])
  })
})

describe('several places', () => {
  const two = { 'far.example': wants('mailto:one@far.example', 'mailto:two@far.example') }

  test('each get the report once', async () => {
    const reports = new FakeTlsReports(two)
    await reports.send()
    expect(reports.asked).toEqual(['one@far.example', 'two@far.example'])
    expect(reports.report('far.example')?.state).toBe('sent')
  })

  test('one that fails is tried again alone', async () => {
    const reports = new FakeTlsReports(two)
    reports.signFails = 'two@far.example'
    await reports.send()
    reports.signFails = undefined
    reports.now += hour
    await reports.send()
    expect(reports.mails.map(({ envelope }) => envelope.forwardPaths[0])).toEqual([
      'one@far.example',
      'two@far.example',
    ])
  })

  test('the process may end after any of them: none gets it twice', async () => {
    for (let end = 1; end <= 3; end++) {
      const reports = new FakeTlsReports(two)
      let changes = 0
      let isOver = false
      reports.changed = () => {
        changes += 1
        if (changes === end) isOver = true
        if (isOver) throw new Error('the process has ended')
      }
      // What is caught and written down in the same process is not written down either.
      await reports.send().catch(() => undefined)
      reports.changed = () => {}
      reports.now += hour
      await reports.send()
      expect(reports.report('far.example')?.state).toBe('sent')
      expect(new Set(reports.mails.map(({ envelope }) => envelope.forwardPaths[0])).size).toBe(
        reports.mails.length,
      )
    }
  })
})

test('where another relay has come further nothing is queued', async () => {
  const reports = new FakeTlsReports(far)
  reports.isOvertaken = true
  await reports.send()
  expect(reports.mails).toEqual([])
})

test('a relay that stops begins no further report', async () => {
  const reports = new FakeTlsReports({ ...far, 'next.example': wants('mailto:tls@next.example') })
  await reports.send(() => reports.mails.length > 0)
  expect(reports.asked).toEqual(['tls@far.example'])
  expect(reports.report('next.example')?.state).toBe('due')
})

describe('the reports of a running relay', () => {
  test('are sent at its start, in the background, unless they are turned off', async () => {
    const reports = new FakeTlsReports(far)
    for (const [isOn, mails] of [
      [false, 0],
      [true, 1],
    ] as const) {
      const background = tasks(reports.log)
      const path = new DailyReportPath({
        name: 'TLS reports',
        background,
        store: { claimJob: async () => true },
        send: async isStopping => (isOn ? reports.send(isStopping) : undefined),
      })
      path.start()
      await background.settledWithin(5_000)
      expect(reports.mails).toHaveLength(mails)
    }
  })

  test('are left to the relay that sends them for all that share the store', async () => {
    const reports = new FakeTlsReports(far)
    const background = tasks(reports.log)
    const path = new DailyReportPath({
      name: 'TLS reports',
      background,
      store: { claimJob: async () => false },
      send: isStopping => reports.send(isStopping),
    })
    path.start()
    await background.settledWithin(5_000)
    expect(reports.mails).toEqual([])
  })

  test('are not begun after stop', async () => {
    const reports = new FakeTlsReports(far)
    const background = tasks(reports.log)
    const path = new DailyReportPath({
      name: 'TLS reports',
      background,
      store: { claimJob: async () => true },
      send: isStopping => reports.send(isStopping),
    })
    path.stop()
    await path.recover()
    expect(reports.asked).toEqual([])
  })
})
