/** Failure reports about DMARC (RFC 9991) over real sockets: off by default, redacted, limited, only to whom they may go. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RelayConfigInput } from '../../src/config/schema.ts'
import { readMessage } from '../../src/message/message.ts'
import { decodedContent, leafParts } from '../../src/message/mime-parts.ts'
import { mailText } from '../support/dkim.ts'
import { send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import { Sink } from '../support/sink.ts'
import { afterTest, relayOn, stage } from '../support/stage.ts'
import { publishKeys, startTestRelay, testConfig } from '../support/test-relay.ts'
import { verifyReceived } from '../support/verify.ts'
import { relay as command } from '../unit/cli/command-line.ts'

const team = 'team@alias.example'

type Failures = NonNullable<RelayConfigInput['dmarcFailureReports']>

/** A bank whose reports go elsewhere, and a shop that takes its own. */
async function reporting(dmarcFailureReports: Failures | undefined, ruf = 'mailto:abuse@reports.example') {
  const on = await stage()
  const inbox = await Sink.start()
  afterTest(() => inbox.close())
  publishKeys(on.zone, {
    'bank.example': { _dmarc: [['txt', `v=DMARC1; p=reject; ruf=${ruf}`]] },
    'shop.example': { _dmarc: [['txt', 'v=DMARC1; p=reject; ruf=mailto:abuse@shop.example']] },
    'reports.example': { 'bank.example._report._dmarc': [['txt', 'v=DMARC1;']] },
  })
  const to = { host: '127.0.0.1', port: inbox.port, tls: 'none' } as const
  const config = {
    domains: { 'alias.example': { aliases: { team: ['someone@destination.example'] } } },
    routes: { 'bank.example': to, 'shop.example': to, 'reports.example': to, 'victim.example': to },
    ...(dmarcFailureReports && { dmarcFailureReports }),
  }
  const relay = await relayOn(on, config)
  const fail = async (from: string, reversePath = 'a@sender.example', port = relay.port) => {
    const octets = Buffer.from(mailText({ from, to: team }))
    const { data } = await send(port, { from: reversePath, to: [team], octets })
    expect(data).toMatch(/^550 5\.7\.1 From is of/)
  }
  return { on, inbox, relay, config, fail }
}

async function partsOf({ octets }: SinkMessage): Promise<{ type: string; text: string }[]> {
  const parts = (await leafParts(readMessage(octets))) ?? []
  return parts.map(part => ({ type: part.contentType, text: decodedContent(part).toString('latin1') }))
}

test('a message that fails is reported to ruf: signed, in the form of programs, without recipient, subject, content and local parts', async () => {
  const { on, inbox, relay, config, fail } = await reporting({ send: true })
  await fail('ceo@bank.example', 'secretary@sender.example')
  const [report] = await inbox.received(1)
  if (report === undefined) throw new Error('no report')
  expect([report.reversePath, report.forwardPaths]).toEqual(['', ['abuse@reports.example']])
  expect(await verifyReceived(report, on.zone)).toMatchObject({ state: 'pass' })
  const text = report.octets.toString('latin1')
  expect(text).toMatch(/^Content-Type: multipart\/report;\s+report-type=feedback-report;/m)
  expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m)
  const parts = await partsOf(report)
  const [, feedback, header] = parts
  expect([feedback?.type, header?.type]).toEqual(['message/feedback-report', 'text/rfc822-headers'])
  expect(feedback?.text.split('\r\n').map(line => line.replace(/:.*/, ''))).toEqual([
    ...['Feedback-Type', 'User-Agent', 'Version', 'Auth-Failure', 'Identity-Alignment', 'Delivery-Result'],
    ...['Arrival-Date', 'Source-IP', 'Reported-Domain', 'Reporting-MTA', 'Original-Mail-From'],
    ...['Authentication-Results', 'Incidents', ''],
  ])
  expect(feedback?.text).toMatch(
    /^Auth-Failure: dmarc\r\nIdentity-Alignment: none\r\nDelivery-Result: reject\r$/m,
  )
  expect(feedback?.text).toMatch(/^Source-IP: 127\.0\.0\.1\r\nReported-Domain: bank\.example\r$/m)
  expect(header?.text).toMatch(/^From: <[\w-]{16}@bank\.example>\r$/m)
  for (const secret of ['ceo', 'secretary', 'team@', 'destination.example', 'Subject: Hello', 'Dear'])
    expect(parts.map(part => part.text).join('')).not.toContain(secret)

  const file = join(relay.folder, 'relay.config.json')
  writeFileSync(file, JSON.stringify(testConfig({ dns: on.dns, config }, relay.folder)))
  const listed = await command(['dmarc', 'failures', '--config', file, '--json'])
  expect(JSON.parse(listed.out)).toEqual([
    expect.objectContaining({ domain: 'bank.example', place: 'mailto:abuse@reports.example' }),
  ])
  expect((await command(['dmarc', 'failures', '--config', file])).out).toMatch(
    /^SENT .*\n\S+ +bank\.example +mailto:abuse@reports\.example /,
  )
})

test('the limit of a domain holds across a restart, and others are reported all the same', async () => {
  const { on, inbox, relay, config, fail } = await reporting({ send: true, perDomain: { most: 1 } })
  await fail('ceo@bank.example')
  await inbox.received(1)
  await fail('ceo@bank.example')
  await relay.stop()
  const again = await startTestRelay({
    dns: on.dns,
    zone: on.zone,
    config: relayed(config, on.sink.port),
    folder: relay.folder,
  })
  afterTest(() => again.stop())
  await fail('cfo@bank.example', 'a@sender.example', again.port)
  await fail('owner@shop.example', 'a@sender.example', again.port)
  await inbox.received(2)
  expect(inbox.messages.map(({ forwardPaths }) => forwardPaths[0])).toEqual([
    'abuse@reports.example',
    'abuse@shop.example',
  ])
})

function relayed<T extends { readonly routes: object }>(config: T, port: number) {
  return {
    ...config,
    routes: { ...config.routes, 'destination.example': { host: '127.0.0.1', port, tls: 'none' as const } },
  }
}

describe('nothing is sent', () => {
  test.each<[string, Failures | undefined, string, string, string]>([
    ['by default', undefined, 'mailto:abuse@reports.example', 'ceo@bank.example', 'a@sender.example'],
    [
      'to a place that has not said that it takes them',
      { send: true },
      'mailto:x@victim.example',
      'ceo@bank.example',
      'a@sender.example',
    ],
    ['about a null reverse-path', { send: true }, 'mailto:abuse@reports.example', 'ceo@bank.example', ''],
  ])('%s', async (_what, settings, ruf, from, reversePath) => {
    const { inbox, relay, fail } = await reporting(settings, ruf)
    await fail(from, reversePath)
    // What is reported last has come: the one before had its time.
    if (settings === undefined) {
      await relay.relay.change({
        ...relay.config,
        dmarcFailureReports: { ...relay.config.dmarcFailureReports, send: true },
      })
    }
    await fail('owner@shop.example')
    await inbox.received(1)
    expect(inbox.messages.map(({ forwardPaths }) => forwardPaths[0])).toEqual(['abuse@shop.example'])
  })
})
