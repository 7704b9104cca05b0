/** Daily reports about TLS (RFC 8460): counted one day, sent the next, by mail and by HTTPS over real sockets. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { verifyChain } from '../../src/dkim2/index.ts'
import { zoneResolver } from '../../src/dns/zone-resolver.ts'
import { fieldValue, readMessage } from '../../src/message/message.ts'
import { decodedContent, leafParts } from '../../src/message/mime-parts.ts'
import type { TlsReportRecord } from '../../src/store/tls-records.ts'
import { attempted } from '../support/attempted.ts'
import { certificateFor } from '../support/certificates.ts'
import { openReader } from '../support/database-beside.ts'
import { HttpsHost } from '../support/https-host.ts'
import { Sink } from '../support/sink.ts'
import { afterTest } from '../support/stage.ts'
import {
  domain,
  good,
  mx,
  type StrictSettings,
  type StrictStage,
  startAgain,
  starttls,
  strictStage,
  wrongName,
} from '../support/strict-stage.ts'
import { publishKeys, type TestRelay } from '../support/test-relay.ts'

const collectorCertificate = certificateFor(['collector.example'])
const dayMilliseconds = 86_400_000
const today = new Date().toISOString().slice(0, 10)
const tomorrow = () => Date.now() + dayMilliseconds

interface ReportStage extends StrictStage {
  /** Mail for reports.example comes here. */
  readonly inbox: Sink
  readonly collector: HttpsHost
}

/** The relay has one success and one failure to report. */
async function reportStage(settings: StrictSettings['config'] = {}): Promise<ReportStage> {
  const inbox = await Sink.start()
  afterTest(() => inbox.close())
  const collector = await HttpsHost.start(collectorCertificate)
  afterTest(() => collector.close())
  const strict = await strictStage('testing', starttls(good), {
    believed: [collectorCertificate],
    config: {
      routes: { 'reports.example': { host: '127.0.0.1', port: inbox.port, tls: 'none' } },
      tlsReports: { spreadSeconds: 0, organization: 'Relay Operators', contact: 'tls@alias.example' },
      ...settings,
    },
  })
  publishKeys(strict.on.zone, { 'collector.example': { '@': [['a', '127.0.0.1']] } })
  await attempted(strict.relay)
  const wrong = await Sink.start(starttls(wrongName))
  afterTest(() => wrong.close())
  const again = await startAgain(strict, { delivery: { smtpPort: wrong.port } })
  await attempted(again)
  await again.stop()
  return { ...strict, inbox, collector }
}

function publishRua({ on }: ReportStage, rua: string): void {
  publishKeys(on.zone, { [domain]: { '_smtp._tls': [['txt', `v=TLSRPTv1; rua=${rua}`]] } })
}

function stored(relay: Pick<TestRelay, 'database'>): TlsReportRecord | undefined {
  const reader = openReader(relay.database)
  try {
    return reader.tlsReport({ day: today, domain })
  } finally {
    reader.close()
  }
}

/** The report as RFC 8460 section 4.4 has it. */
function expectedReport(reportId: string): object {
  return {
    'organization-name': 'Relay Operators',
    'date-range': { 'start-datetime': `${today}T00:00:00Z`, 'end-datetime': `${today}T23:59:59Z` },
    'contact-info': 'tls@alias.example',
    'report-id': reportId,
    policies: [
      {
        policy: {
          'policy-type': 'sts',
          'policy-string': ['version: STSv1', 'mode: testing', 'mx: *.strict.example', 'max_age: 604800'],
          'policy-domain': domain,
          'mx-host': ['*.strict.example'],
        },
        summary: { 'total-successful-session-count': 1, 'total-failure-session-count': 1 },
        'failure-details': [
          {
            'result-type': 'certificate-host-mismatch',
            'sending-mta-ip': '127.0.0.1',
            'receiving-mx-hostname': mx,
            'receiving-ip': '127.0.0.1',
            'failed-session-count': 1,
            'failure-reason-code': 'ERR_TLS_CERT_ALTNAME_INVALID',
          },
        ],
      },
    ],
  }
}

describe('the report of a day', () => {
  test('goes out by mail, signed, as section 5.3 has it, and once', async () => {
    const on = await reportStage()
    publishRua(on, 'mailto:tlsrpt@reports.example')
    const next = await startAgain(on, {}, tomorrow)
    const [mail] = await on.inbox.received(1)
    if (mail === undefined) throw new Error('no mail')
    const message = readMessage(mail.octets)
    const field = (name: string) =>
      message.fields.filter(one => one.name.toLowerCase() === name).map(fieldValue)[0]
    const reportId = stored(on.relay)?.reportId ?? ''
    expect(mail).toMatchObject({ reversePath: '', forwardPaths: ['tlsrpt@reports.example'] })
    expect(field('from')).toBe('Relay Operators <postmaster@alias.example>')
    expect(field('to')).toBe('tlsrpt@reports.example')
    expect(field('subject')).toBe(
      `Report Domain: ${domain} Submitter: relay.example Report-ID: <${reportId}>`,
    )
    expect(field('tls-report-domain')).toBe(domain)
    expect(field('tls-report-submitter')).toBe('relay.example')
    expect(field('tls-required')).toBe('No')
    expect(field('content-type')).toMatch(/^multipart\/report; report-type=tlsrpt; boundary=/)

    const [, attached] = (await leafParts(message)) ?? []
    expect(attached?.contentType).toBe('application/tlsrpt+gzip')
    const begin = Date.parse(`${today}T00:00:00Z`) / 1000
    const unfolded = message.body.toString('latin1').replace(/\r\n[ \t]+/g, ' ')
    expect(unfolded).toContain(
      `Content-Disposition: attachment; filename="relay.example!${domain}!${begin}!${begin + 86_399}!`,
    )
    expect(unfolded).toMatch(/![A-Za-z0-9]+\.json\.gz"\r\n/)
    const gzipped = attached && decodedContent(attached)
    expect(JSON.parse(gunzipSync(gzipped ?? '').toString())).toEqual(expectedReport(reportId))

    const verdict = await verifyChain(message, {
      envelope: mail,
      lookup: name => zoneResolver(on.on.zone).txt(name),
      nowSeconds: Math.floor(tomorrow() / 1000),
    })
    expect(verdict).toMatchObject({ state: 'pass', hops: [{ sequence: 1, domain: 'alias.example' }] })
    expect(stored(on.relay)).toMatchObject({ state: 'sent', targets: [{ state: 'sent' }] })

    await next.stop()
    const later = await startAgain({ ...on, relay: next }, {}, () => tomorrow() + 7_200_000)
    await attempted(later)
    await later.stop()
    expect(on.inbox.messages.length).toBe(1)
  })

  test('is posted to a web server, gzipped, and once', async () => {
    const on = await reportStage()
    publishRua(on, `https://collector.example:${on.collector.port}/v1/tlsrpt?to=strict`)
    const next = await startAgain(on, {}, tomorrow)
    const [request] = await on.collector.received(1)
    expect(request).toMatchObject({ method: 'POST', url: '/v1/tlsrpt?to=strict' })
    expect(request?.headers).toMatchObject({ 'content-type': 'application/tlsrpt+gzip' })
    await next.log.until(line => line.text === 'TLS report sent')
    const report = stored(on.relay)
    expect(report?.state).toBe('sent')
    expect(JSON.parse(gunzipSync(request?.body ?? Buffer.alloc(0)).toString())).toEqual(
      expectedReport(report?.reportId ?? ''),
    )
    await startAgain({ ...on, relay: next }, {}, () => tomorrow() + 7_200_000)
    expect(on.collector.requests.length).toBe(1)
  })

  test('that a web server does not take is tried again, and what went by mail does not go twice', async () => {
    const on = await reportStage()
    publishRua(on, `mailto:tlsrpt@reports.example, https://collector.example:${on.collector.port}/`)
    on.collector.answer = { status: 503 }
    const next = await startAgain(on, {}, tomorrow)
    await next.log.until(line => line.text === 'TLS report not taken')
    await on.inbox.received(1)
    await next.stop()
    expect(stored(on.relay)).toMatchObject({
      state: 'due',
      targets: [{ state: 'sent' }, { state: 'due', note: 'HTTP 503' }],
    })
    on.collector.answer = { status: 201 }
    const later = await startAgain({ ...on, relay: next }, {}, () => tomorrow() + 3_700_000)
    await later.log.until(line => line.text === 'TLS report sent')
    await later.stop()
    expect(stored(on.relay)).toMatchObject({ state: 'sent' })
    expect([on.inbox.messages.length, on.collector.requests.length]).toEqual([1, 2])
  })

  test('is given up after a day of trying', async () => {
    const on = await reportStage()
    publishRua(on, `https://collector.example:${on.collector.port}/`)
    on.collector.answer = { status: 500 }
    const next = await startAgain(on, {}, tomorrow)
    await next.log.count('TLS report not taken', 1)
    const later = await startAgain({ ...on, relay: next }, {}, () => tomorrow() + dayMilliseconds)
    await later.log.count('TLS report not taken', 1)
    await later.stop()
    expect(stored(on.relay)).toMatchObject({
      state: 'failed',
      targets: [{ state: 'failed', note: 'HTTP 500' }],
    })
  })

  test('is not written for a domain that does not ask for it, nor where reports are turned off', async () => {
    const on = await reportStage()
    const off = await startAgain(on, { tlsReports: { send: false } }, tomorrow)
    await off.stop()
    expect(stored(on.relay)).toBeUndefined()
    const next = await startAgain({ ...on, relay: off }, {}, tomorrow)
    await next.log.until(line => line.text === 'TLS report not wanted')
    expect(stored(on.relay)).toMatchObject({
      state: 'unwanted',
      reason: 'it publishes no TLSRPT record',
    })
  })

  test('waits where DNS gives no answer', async () => {
    const on = await reportStage()
    on.on.dns.behave(`_smtp._tls.${domain}`, 'servfail')
    const next = await startAgain(on, {}, tomorrow)
    await next.log.until(line => line.text === 'TLS report waits')
    expect(stored(on.relay)).toMatchObject({ state: 'due', targets: [] })
  })
})

test('a report reaches a domain whose TLS is what it reports, and is not counted itself (sections 3 and 5.4)', async () => {
  const on = await reportStage()
  publishRua(on, `mailto:tlsrpt@${domain}`)
  const broken = await Sink.start(starttls(wrongName))
  afterTest(() => broken.close())
  // The policy that is enforced now would forbid every delivery.
  publishKeys(on.on.zone, { [domain]: { '_mta-sts': [['txt', 'v=STSv1; id=2;']] } })
  on.host.answer = { body: 'version: STSv1\nmode: enforce\nmx: *.strict.example\nmax_age: 604800\n' }
  const changes = { delivery: { smtpPort: broken.port } }
  const next = await startAgain(on, changes, tomorrow)
  await broken.received(1)
  expect(broken.messages[0]?.forwardPaths).toEqual([`tlsrpt@${domain}`])
  await next.stop()
  const reader = openReader(on.relay.database)
  const days = reader.listTlsReports(10).map(({ day }) => day)
  reader.close()
  expect(days).toEqual([today])
})
