import { describe, expect, test } from 'vitest'
import type { HopVerdict } from '../../../../src/dkim2/index.ts'
import { report } from '../../../../src/service/reports/report.ts'
import { delays, failures, successes } from '../../../../src/service/reports/report-kinds.ts'
import { signingDomainOf } from '../../../../src/service/reports/send-report.ts'
import { admission } from '../../../support/records.ts'
import { attempted, body, FakeReports, history } from './fake-reports.ts'

describe('what is reported once for a message is noted without its deliveries, the rest by delivery', () => {
  test.each([
    ['failures', failures, ['skipDsn', 'Q', [0, 2], 'failure', 'why']],
    ['successes', successes, ['skipDsn', 'Q', [0, 2], 'success']],
    ['delays', delays, ['skipDelayDsn', 'Q']],
  ])('%s', async (_, kind, expected) => {
    const asked: unknown[] = []
    const store = {
      skipDsn: async (...parameters: unknown[]) => void asked.push(['skipDsn', ...parameters]),
      skipDelayDsn: async (...parameters: unknown[]) => void asked.push(['skipDelayDsn', ...parameters]),
    }
    await kind.skip('Q', [0, 2], store, 'why')
    expect(asked).toEqual([expected])
  })
})

describe('there is no report, though there is somebody to send it to', () => {
  test('of a failure and of a success whose message is gone', () => {
    expect(failures.obstacle(undefined, [])).toBe('its octets are gone')
    expect(successes.obstacle(undefined, [])).toBe('the message is gone')
  })

  test('of a delay that nobody asked for', () => {
    expect(delays.obstacle(undefined, [])).toBe('nobody asked, or it was told before')
  })
})

async function failuresOf(reports: FakeReports): Promise<string> {
  await report(failures, 'Q1', reports.dependencies())
  return reports.sent[0]?.text ?? ''
}

describe('the report of failures', () => {
  test('is one, with null reverse-path, to the previous hop, in the name of the domain that received the message', async () => {
    const other = { ordinal: 1, recipient: 'crew@alias.example' }
    const reports = new FakeReports([history(), history(other), history({ ordinal: 2, dsn: 'none' })])
    const text = await failuresOf(reports)
    expect(reports.sent).toMatchObject([
      {
        call: 'spoolDsn failure',
        ordinals: [0, 1],
        message: { envelope: { reversePath: '', forwardPaths: ['a@origin.example'] }, keepUntil: 9_500 },
      },
    ])
    expect(text).toContain('From: Mail Delivery Subsystem <postmaster@alias.example>')
    expect(text).toContain('Final-Recipient: rfc822; team@alias.example')
    expect(text).toContain('Final-Recipient: rfc822; crew@alias.example')
    expect(text).toContain(body)
    expect(reports.queued).toEqual(['OWN1'])
  })

  test('names an address once, however many of its copies failed, and nothing beyond this hop', async () => {
    const reports = new FakeReports([
      history(),
      history({ ordinal: 1, forwardPath: 'two@destination.example' }),
    ])
    const text = await failuresOf(reports)
    expect(text.match(/^Final-Recipient:/gm)).toHaveLength(1)
    expect(text).not.toContain('destination.example')
    expect(reports.sent[0]?.ordinals).toEqual([0, 1])
  })

  test('is made once: what was reported is not due any more', async () => {
    const reports = new FakeReports([history()])
    await failuresOf(reports)
    await failuresOf(reports)
    expect(reports.sent).toHaveLength(1)
  })

  test('that another relay has sent meanwhile is not queued and not told as sent', async () => {
    const reports = new FakeReports([history()])
    reports.isOvertaken = true
    await failuresOf(reports)
    expect(reports.queued).toEqual([])
    expect(reports.log.lines).toEqual([])
  })

  test('leaves out whom the sender wants to hear nothing of, and notes them (RFC 3461 section 4.1)', async () => {
    const notifications = { 'team@alias.example': { notify: ['NEVER'] as const } }
    const crew = history({ ordinal: 1, recipient: 'crew@alias.example' })
    const reports = new FakeReports([history(), crew], { notifications })
    const text = await failuresOf(reports)
    expect(reports.skipped).toEqual([['failure', [0]]])
    expect(text).not.toContain('team@alias.example')
    expect(reports.sent[0]?.ordinals).toEqual([1])
  })

  test('returns the header fields alone where RET=HDRS asked for that, or the message required TLS (RFC 8689 section 5)', async () => {
    for (const asked of [{ returns: 'hdrs' as const }, { requireTls: true as const }]) {
      const reports = new FakeReports([history()], asked)
      const text = await failuresOf(reports)
      expect(text).toContain('Subject: x')
      expect(text).not.toContain(body)
      expect(reports.sent[0]?.message.envelope.requireTls).toBe('requireTls' in asked ? true : undefined)
    }
  })

  test('repeats ENVID and ORCPT to whom they belong', async () => {
    const notifications = { 'team@alias.example': { originalRecipient: 'rfc822;first@origin.example' } }
    const text = await failuresOf(new FakeReports([history()], { envelopeId: 'mine-7', notifications }))
    expect(text).toContain('Original-Envelope-Id: mine-7')
    expect(text).toContain('Original-Recipient: rfc822;first@origin.example')
  })

  test('tells the sender what a list has against the post, and not what a host said of somebody', async () => {
    const reason = '5.7.1 news@alias.example: only subscribers may post'
    const text = await failuresOf(new FakeReports([history({ kind: 'post', reason, log: [] })]))
    expect(text).toContain('only subscribers may post')
    const said = history({
      log: [attempted({ reply: { code: 550, enhanced: '5.1.1', text: 'Jane has left' } })],
    })
    expect(await failuresOf(new FakeReports([said]))).not.toContain('Jane')
  })
})

describe('nobody is written to', () => {
  const highest: HopVerdict = {
    sequence: 1,
    domain: 'origin.example',
    reversePath: '',
    forwardPaths: ['team@alias.example'],
    timestampSeconds: 1,
    selectors: ['ed'],
    algorithms: [],
    flags: [],
    state: 'pass',
  }

  test.each<[string, (reports: FakeReports) => void, string]>([
    [
      'whose message was a report',
      reports =>
        reports.change({
          record: { kind: 'bounce', admission, next: { do: 'park', reason: 'x', about: undefined } },
        }),
      'a report is never answered with a report',
    ],
    [
      'where nobody vouches for the sender',
      reports => reports.change({ record: { kind: 'forward', admission } }),
      'no signature and neither SPF nor DKIM vouch for the sender',
    ],
    [
      'where the verification had failed',
      reports => reports.change({ record: { kind: 'forward', admission: { ...admission, state: 'fail' } } }),
      'verification had ended with fail',
    ],
    [
      'where the highest signature has a null reverse-path',
      reports =>
        reports.change({
          record: { kind: 'forward', admission: { ...admission, state: 'pass', hops: [highest] } },
        }),
      'the highest DKIM2-Signature has a null reverse-path',
    ],
    ['once the octets are gone', reports => reports.change({ octets: null }), 'its octets are gone'],
  ])('%s; that is noted and said in the log', async (_, change, reason) => {
    const reports = new FakeReports([history()])
    change(reports)
    await failuresOf(reports)
    expect(reports.sent).toEqual([])
    expect(reports.skipped).toEqual([['failure', [0]]])
    expect(reports.log.lines).toMatchObject([
      { level: 'warn', text: 'failed, no report is sent', fields: { reason } },
    ])
  })

  test('with a null reverse-path', async () => {
    const reports = new FakeReports([history()], { reversePath: '' })
    await failuresOf(reports)
    expect(reports.log.lines[0]?.fields.reason).toBe('the reverse-path is null')
  })
})

test('a report goes to the mf of the highest hop, in the profile of the chain, whatever the order of the hops', async () => {
  const hop = (sequence: number, reversePath: string): HopVerdict => ({
    sequence,
    domain: 'origin.example',
    reversePath,
    forwardPaths: ['team@alias.example'],
    timestampSeconds: 1,
    selectors: ['ed'],
    algorithms: [],
    flags: [],
    state: 'pass',
  })
  const reports = new FakeReports([history()])
  const hops = [hop(2, 'second@hop.example'), hop(1, 'first@origin.example')]
  reports.change({ record: { kind: 'forward', admission: { ...admission, state: 'pass', hops } } })
  await failuresOf(reports)
  expect(reports.sent[0]?.message.envelope.forwardPaths).toEqual(['second@hop.example'])
})

test('a report to an own address takes the way of every message to that, signed, and is not queued', async () => {
  const reports = new FakeReports([history()], { reversePath: 'list@alias.example' })
  await failuresOf(reports)
  expect(reports.spooled).toEqual(['OWN1'])
  expect(reports.queued).toEqual([])
  expect(reports.sent).toMatchObject([{ deliveries: [], message: { state: 'spooled' } }])
  expect(reports.sent[0]?.text).toMatch(/^DKIM2-Signature: i=1\r\n/)
})

test('mail of our own clients is reported on by their own domain', () => {
  const { message, dependencies } = new FakeReports([], { reversePath: 'me@alias.example' })
  if (message === undefined) throw new Error('there is a message')
  expect(signingDomainOf(message, 'far@destination.example', dependencies())).toBe('alias.example')
  expect(signingDomainOf(message, 'team@ALIAS.example', dependencies())).toBe('alias.example')
})

describe('the report of successes', () => {
  test.each([
    ['expanded', [history({ ordinal: 0 }), history({ ordinal: 1 })]],
    ['delivered', [history({ log: [attempted({ nextHop: 'file:/var/mail/one' })] })]],
    ['relayed', [history()]],
  ])('says that the message was %s', async (action, deliveries) => {
    const due = deliveries.map(
      one => ({ ...one, dsn: 'none', successDsn: 'due', state: 'delivered' }) as const,
    )
    const reports = new FakeReports(due)
    await report(successes, 'Q1', reports.dependencies())
    expect(reports.sent[0]).toMatchObject({ call: 'spoolDsn success' })
    expect(reports.sent[0]?.text).toContain(`Action: ${action}`)
    expect(reports.sent[0]?.text).not.toContain('destination.example')
  })

  test('does not report failures, which are due by themselves', async () => {
    const reports = new FakeReports([history()])
    await report(successes, 'Q1', reports.dependencies())
    expect(reports.sent).toEqual([])
    expect(reports.deliveries[0]?.dsn).toBe('due')
  })
})

describe('the report of a delay', () => {
  const reply = { code: 451, enhanced: '4.7.1', text: 'later' }
  const waiting = history({ state: 'queued', dsn: 'none', log: [attempted({ outcome: 'deferred', reply })] })

  test('is sent once a message, and says until when it is tried', async () => {
    const reports = new FakeReports([waiting, { ...waiting, ordinal: 1 }])
    await report(delays, 'Q1', reports.dependencies())
    await report(delays, 'Q1', reports.dependencies())
    expect(reports.sent).toMatchObject([{ call: 'spoolDelayDsn' }])
    const { text } = reports.sent[0] ?? { text: '' }
    expect(text.match(/^Action: delayed/gm)).toHaveLength(1)
    expect(text).toContain('Status: 4.7.1')
    expect(text).toMatch(/^Will-Retry-Until: /m)
  })

  test.each(['list', 'dsn', 'notice', 'post'])('is not sent about a copy of kind %s', async kind => {
    const reports = new FakeReports([{ ...waiting, kind }])
    await report(delays, 'Q1', reports.dependencies())
    expect([reports.sent, reports.skipped]).toEqual([[], ['delay']])
  })

  test('is not sent where NOTIFY names something else, or where the copies have gone meanwhile', async () => {
    const notifications = { 'team@alias.example': { notify: ['FAILURE'] as const } }
    const asked = new FakeReports([waiting], { notifications })
    const gone = new FakeReports([{ ...waiting, state: 'delivered' }])
    for (const reports of [asked, gone]) {
      await report(delays, 'Q1', reports.dependencies())
      expect([reports.sent, reports.skipped]).toEqual([[], ['delay']])
    }
  })
})
