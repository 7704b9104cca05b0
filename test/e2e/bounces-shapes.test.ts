/** Reports in the shapes in which they come over the wire: encoded, in part, large, about other reports, long after; and what is none. */
import { describe, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { openReader } from '../support/database-beside.ts'
import type { Forwarded } from '../support/reports.ts'
import { forwarded, plainReport, returnedIn, textOf, wholeMessage } from '../support/reports.ts'
import { plainMessage, send } from '../support/send.ts'
import type { SinkMessage } from '../support/sink.ts'
import type { Stage } from '../support/stage.ts'
import { afterTest, stage } from '../support/stage.ts'
import { serverDatabase } from '../support/store-of-tests.ts'
import { startTestRelay } from '../support/test-relay.ts'
import { verifyOctets } from '../support/verify.ts'

/** Sends the report to the bounce address and gives what arrives at the origin. */
async function passedOn(
  on: Stage,
  { relay, copy }: Forwarded,
  octets: Buffer,
): Promise<SinkMessage | undefined> {
  const { data } = await send(relay.localPort, { from: '', to: [copy.reversePath], octets })
  expect(data).toMatch(/^250 /)
  const [, report] = await on.sink.received(2)
  return report
}

function base64Part(text: string): string {
  const lines =
    Buffer.from(text, 'latin1')
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  const header = 'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n'
  return `${header}${lines.join('\r\n')}`
}

function quotedPrintablePart(text: string): string {
  const encoded = text
    .replace(/[=\x80-\xff]/g, octet => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
    .replace(/[^\r\n]{70}(?=[^\r\n])/g, line => (/=.?$/.test(line) ? line : `${line}=\r\n`))
  return `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${encoded}`
}

function headerOf(text: string): string {
  return text.slice(0, text.indexOf('\r\n\r\n') + 2)
}

const eightBit = plainMessage({ body: 'Gr\xfc\xdfe, 8 bit.\r\n' })

describe('a report that returns', () => {
  const whole: readonly (readonly [string, (text: string) => string, Buffer])[] = [
    ['the message in base64', base64Part, plainMessage()],
    ['the message in quoted-printable', quotedPrintablePart, plainMessage()],
    ['eight-bit octets', wholeMessage, eightBit],
    ['eight-bit octets in quoted-printable', quotedPrintablePart, eightBit],
  ]
  test.each(whole)('%s brings it back as it was written', async (_, part, octets) => {
    const on = await stage()
    const row = await forwarded(on, {}, octets)
    const report = await passedOn(on, row, plainReport(row.copy, { returned: part(textOf(row.copy)) }))
    const returned = returnedIn(report)
    const body = octets.toString('latin1')
    expect(returned.endsWith(body.slice(body.indexOf('\r\n\r\n')))).toBe(true)
    expect(await verifyOctets(Buffer.from(returned, 'latin1'), on.zone)).toMatchObject({ state: 'pass' })
  })

  const inPart: readonly (readonly [string, (text: string) => string])[] = [
    ['text/rfc822-headers', text => `Content-Type: text/rfc822-headers\r\n\r\n${headerOf(text)}`],
    ['header fields as message/rfc822', text => wholeMessage(headerOf(text))],
    ['nothing but a text', () => 'Content-Type: text/plain\r\n\r\nNothing to return.'],
    ['another body', text => wholeMessage(text.replace('Hello.', 'Hacked.'))],
  ]
  test.each(inPart)('%s brings the header fields back alone', async (_, part) => {
    const on = await stage()
    const row = await forwarded(on)
    const report = await passedOn(on, row, plainReport(row.copy, { returned: part(textOf(row.copy)) }))
    const text = textOf(report)
    expect(text).toContain('Content-Type: text/rfc822-headers\r\n')
    expect(returnedIn(report, 'text/rfc822-headers')).toContain('Subject: Plans\r\n')
    expect(text).not.toMatch(/Hello\.|Hacked\./)
    expect(text).not.toContain('destination.example\r\nAction')
  })

  test('a report that somebody had forwarded: the outer one counts, the inner one comes back untouched', async () => {
    const on = await stage()
    const inner = plainReport({ reversePath: 'x@elsewhere.example', octets: plainMessage() } as SinkMessage, {
      status: ['Final-Recipient: rfc822; inner@elsewhere.example', 'Action: failed', 'Status: 5.7.9'],
    })
    const row = await forwarded(
      on,
      {},
      Buffer.from(inner.toString('latin1').replaceAll('plain', 'inner'), 'latin1'),
    )
    const report = await passedOn(on, row, plainReport(row.copy))
    const text = textOf(report)
    expect(text.slice(0, text.indexOf('Content-Type: message/rfc822'))).toContain('Status: 5.2.2\r\n')
    expect(returnedIn(report)).toContain('Final-Recipient: rfc822; inner@elsewhere.example\r\n')
    expect(await verifyOctets(Buffer.from(returnedIn(report), 'latin1'), on.zone)).toMatchObject({
      state: 'pass',
    })
  })

  test('several recipients: the previous hop hears of its own address alone', async () => {
    const on = await stage()
    const row = await forwarded(on)
    const status = ['one', 'two', 'three'].flatMap(name => [
      `Final-Recipient: rfc822; ${name}@destination.example`,
      `Action: ${name === 'two' ? 'failed' : 'delivered'}`,
      `Status: ${name === 'two' ? '5.1.1' : '2.0.0'}`,
      '',
    ])
    const text = textOf(await passedOn(on, row, plainReport(row.copy, { status })))
    expect(text.match(/^Final-Recipient:.*$/gm)).toEqual(['Final-Recipient: rfc822; box@hop1.example'])
    expect(text).toContain('Action: failed\r\nStatus: 5.1.1\r\n')
  })

  test('25 MiB goes back whole where the relay is set to return that much', async () => {
    const on = await stage()
    const line = `${'x'.repeat(76)}\r\n`
    const octets = plainMessage({ body: line.repeat(Math.ceil((25 * 1024 * 1024) / line.length)) })
    const bounces = { returnBodyMaxBytes: 26 * 1024 * 1024 }
    const row = await forwarded(on, { bounces }, octets)
    const report = await passedOn(on, row, plainReport(row.copy))
    expect(report?.octets.length).toBeGreaterThan(25 * 1024 * 1024)
    expect(await verifyOctets(Buffer.from(returnedIn(report), 'latin1'), on.zone)).toMatchObject({
      state: 'pass',
    })
  }, 60_000)
})

describe('what is no report of a failure is taken, logged with a reason, and goes no further', () => {
  const others: readonly (readonly [string, string, string, RegExp])[] = [
    ['a vacation notice', '', 'Auto-Submitted: auto-replied\r\n', /^auto-reply: Auto-Submitted/],
    ['one that does not say so', '', 'Precedence: bulk\r\n', /^auto-reply: Precedence/],
    ['an answer of a person', 'one@destination.example', '', /^other: a letter to a bounce address/],
    [
      'an out-of-office note from an address',
      'one@destination.example',
      'X-Autoreply: yes\r\n',
      /^auto-reply/,
    ],
    [
      'a receipt of a reader',
      '',
      'Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n',
      /^auto-reply: Content-Type/,
    ],
  ]
  test.each(others)('%s', async (_, from, extra, reason) => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const octets = plainMessage({ extra })
    const { data, queueId } = await send(relay.localPort, { from, to: [copy.reversePath], octets })
    expect(data).toMatch(/^250 /)
    const line = relay.log.lines.find(({ text }) => text === 'bounce')
    expect(line?.fields.judgement).toMatchObject({ kind: 'park', reason: expect.stringMatching(reason) })
    const reader = openReader(relay.database)
    expect(reader.message(queueId)).toMatchObject({ state: 'bounce-received' })
    reader.close()
    expect(on.sink.messages).toHaveLength(1)
  })

  test('a report with a return address is none: it would be answered', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const mail = { from: 'x@destination.example', to: [copy.reversePath], octets: plainReport(copy) }
    await send(relay.localPort, mail)
    const line = relay.log.lines.find(({ text }) => text === 'bounce')
    expect(line?.fields.judgement).toMatchObject({ kind: 'park' })
    expect(on.sink.messages).toHaveLength(1)
  })
})

describe('a bounce address', () => {
  test('that is forged gets 550 5.7.1 at RCPT, also next to a genuine one', async () => {
    const on = await stage()
    const { relay, copy } = await forwarded(on)
    const forged = copy.reversePath.replace(/.(?=@)/, last => (last === '0' ? '1' : '0'))
    const { rcpt } = await send(relay.localPort, {
      from: '',
      to: [forged],
      octets: plainReport(copy),
    })
    expect(rcpt[0]).toMatch(/^550 5\.7\.1 /)
  })

  test('works to the end of its life, long after the message has left the queue, and not a day longer', async () => {
    const on = await stage()
    const day = 86_400_000
    const sentAt = Date.now()
    const { relay: first, copy } = await forwarded(on)
    await first.stop()
    // What a relay removes once an hour: nothing of this message, whose bounce address lives on.
    const store = await openStore({ file: first.database, postgres: serverDatabase(first.database) })
    await store.prune({ now: sentAt + 30 * day - 60_000, limit: 100, hopLogMilliseconds: 0 })
    await store.close()
    const clock = { now: sentAt + 30 * day - 30_000 }
    const later = await startTestRelay({
      config: {
        hostname: 'relay.hop1.example',
        domains: { 'hop1.example': { aliases: { box: ['one@destination.example'] } } },
        routes: { 'origin.example': { host: '127.0.0.1', port: on.sink.port, tls: 'none' } },
      },
      dns: on.dns,
      zone: on.zone,
      folder: first.folder,
      clock: () => clock.now,
    })
    afterTest(() => later.stop())
    const mail = { from: '', to: [copy.reversePath], octets: plainReport(copy) }
    expect((await send(later.port, mail)).data).toMatch(/^250 /)
    const [, report] = await on.sink.received(2)
    expect(report).toMatchObject({ reversePath: '', forwardPaths: ['a@origin.example'] })
    expect(textOf(report)).toContain('Final-Recipient: rfc822; box@hop1.example')
    expect(returnedIn(report)).toContain('Hello.\r\n')
    clock.now = sentAt + 31 * day + 60_000
    expect((await send(later.port, mail)).rcpt[0]).toMatch(/^550 5\.7\.1 /)
  })
})
