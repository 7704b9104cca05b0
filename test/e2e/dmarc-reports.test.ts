/** Aggregate reports about DMARC (RFC 9990): judged one day, reported the next, over real sockets. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { fieldValue, readMessage } from '../../src/message/message.ts'
import { decodedContent, leafParts } from '../../src/message/mime-parts.ts'
import { openReader } from '../support/database-beside.ts'
import { mailText } from '../support/dkim.ts'
import { send } from '../support/send.ts'
import { Sink } from '../support/sink.ts'
import { afterTest, relayOn, type Stage, stage } from '../support/stage.ts'
import { publishKeys, startTestRelay, type TestRelay, type TestRelaySettings } from '../support/test-relay.ts'
import { faultsOfReport, whyNoXmllint } from '../support/xmllint.ts'

const today = new Date().toISOString().slice(0, 10)
const tomorrow = () => Date.now() + 86_400_000
const team = 'team@alias.example'

interface Reporting {
  readonly on: Stage
  readonly inbox: Sink
  readonly relay: TestRelay
  readonly config: TestRelaySettings['config']
}

async function reporting(dmarcReports: object, rua: string): Promise<Reporting> {
  const on = await stage()
  const inbox = await Sink.start()
  afterTest(() => inbox.close())
  publishKeys(on.zone, {
    'bank.example': { _dmarc: [['txt', `v=DMARC1; p=reject; rua=${rua}`]] },
    'reports.example': { 'bank.example._report._dmarc': [['txt', 'v=DMARC1;']] },
  })
  const to = { host: '127.0.0.1', port: inbox.port, tls: 'none' } as const
  const config = {
    domains: { 'alias.example': { aliases: { team: ['someone@destination.example'] } } },
    routes: { 'bank.example': to, 'reports.example': to, 'victim.example': to },
    dmarcReports,
  }
  const relay = await relayOn(on, config)
  for (const name of ['ceo', 'cfo']) {
    const octets = Buffer.from(mailText({ from: `${name}@bank.example`, to: team }))
    const { data } = await send(relay.port, { from: 'a@sender.example', to: [team], octets })
    expect(data).toMatch(/^550 5\.7\.1 From is of bank\.example/)
  }
  return { on, inbox, relay, config }
}

async function nextDay({ on, relay, config }: Reporting): Promise<TestRelay> {
  await relay.stop()
  const next = await startTestRelay({
    dns: on.dns,
    zone: on.zone,
    folder: relay.folder,
    config,
    clock: tomorrow,
  })
  afterTest(() => next.stop())
  return next
}

function stored({ database }: TestRelay) {
  const reader = openReader(database)
  try {
    return reader.dmarcReport({ day: today, domain: 'bank.example' })
  } finally {
    reader.close()
  }
}

const isOn = { send: true, spreadSeconds: 0, organization: 'Relay Operators' }

describe('the report of a day', () => {
  test('goes out once, signed, as section 3.3.2 has it, with what was refused', async () => {
    const one = await reporting(isOn, 'mailto:dmarc@reports.example')
    const next = await nextDay(one)
    const [mail] = await one.inbox.received(1)
    if (mail === undefined) throw new Error('no mail')
    const message = readMessage(mail.octets)
    const field = (name: string) =>
      message.fields.filter(found => found.name.toLowerCase() === name).map(fieldValue)[0]
    expect(mail).toMatchObject({ reversePath: '', forwardPaths: ['dmarc@reports.example'] })
    expect(field('from')).toBe('Relay Operators <postmaster@alias.example>')
    expect(field('subject')?.replace(/\s+/g, ' ')).toContain('Report Domain: bank.example Submitter: ')
    expect(field('dkim2-signature')).toBeDefined()
    expect(field('dkim-signature')).toContain('d=alias.example')
    const parts = (await leafParts(message)) ?? []
    const attached = parts.find(({ contentType }) => contentType === 'application/gzip')
    if (attached === undefined) throw new Error('nothing is attached')
    const xml = gunzipSync(decodedContent(attached))
    if (whyNoXmllint() === undefined) expect(faultsOfReport(xml)).toBe('')
    expect(xml.toString()).toMatch(/<source_ip>127\.0\.0\.1<\/source_ip>\s*<count>2<\/count>/)
    expect(xml.toString()).toMatch(
      /<disposition>reject<\/disposition>\s*<dkim>fail<\/dkim>\s*<spf>fail<\/spf>/,
    )
    await next.stop()
    expect(stored(next)).toMatchObject({ state: 'sent', targets: [{ state: 'sent' }] })
    const again = await nextDay({ ...one, relay: next })
    await again.stop()
    expect(one.inbox.messages).toHaveLength(1)
  })

  test('does not go to a place that has not said that it takes it', async () => {
    const one = await reporting(isOn, 'mailto:dmarc@victim.example')
    const next = await nextDay(one)
    await next.log.until(({ text }) => text === 'DMARC report not wanted')
    await next.stop()
    expect(stored(next)).toMatchObject({
      state: 'unwanted',
      reason: expect.stringContaining('bank.example._report._dmarc.victim.example'),
    })
    expect(one.inbox.messages).toEqual([])
  })

  test('is not written where reports are off: nothing is counted', async () => {
    const one = await reporting({}, 'mailto:dmarc@reports.example')
    await one.relay.stop()
    const reader = openReader(one.relay.database)
    expect(reader.listDmarcReports(5)).toEqual([])
    reader.close()
  })
})
