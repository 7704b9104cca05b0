/** What a failed copy counts on its subscriber, whoever tells of it and however it is wrapped. */
import { describe, expect, test } from 'vitest'
import type { CountedList } from '../support/counted-list.ts'
import { countedListRelay, reader } from '../support/counted-list.ts'
import { openReader } from '../support/database-beside.ts'
import { daemonMail, headerOf, proseReport, qmailText, statusReport } from '../support/mail-reports.ts'
import { send } from '../support/send.ts'
import type { SinkMessage, SinkPhase } from '../support/sink.ts'

/** So that many failures suspend nobody. */
const patient = { suspendAt: 100 }

/** What one more failure adds, in quarters of a point: time takes off a little. */
function added(before: number, after: number): number {
  return Math.round(4 * (after - before)) / 4
}

const replies: readonly (readonly [SinkPhase, string, number])[] = [
  ['rcpt', '550 no such user here', 1],
  ['rcpt', '550 5.1.1 no such user', 1],
  ['rcpt', '552 5.2.2 mailbox full', 0.25],
  [
    'rcpt',
    '550-Verification failed for <b+x@lists.example>\r\n550-No such user\r\n550 Sender verify failed',
    0,
  ],
  ['rcpt', '550 rejected because 192.0.2.1 is in a black list at zen.blocklist.example', 0],
  ['rcpt', '550 SPF sender invalid - envelope rejected', 0],
  ['rcpt', '550 Access denied - invalid HELO name', 0],
  ['rcpt', '550 relay not permitted', 0.25],
  ['rcpt', '550 5.1.0 <b+x@lists.example> sender rejected', 0],
  ['rcpt', '550 5.1.0 MAIL FROM domain is listed in a blocklist', 0],
  ['mail', '550 5.1.0 address rejected', 0],
  ['mail', '550 5.1.1 unknown', 0],
  ['mail', '550 sender rejected', 0],
  ['data', '554 5.7.1 our callout did not work', 0],
  ['body', '550 5.7.1 message fails SPF check', 0],
  [
    'body',
    '550 5.1.0 192.0.2.1 is not allowed to send from <lists.example> per its SPF Record. Please inspect your SPF settings',
    0,
  ],
  ['body', '554 5.7.1 No valid DKIM signature found', 0],
  ['body', '550 5.7.1 SPF hardfail: mail from lists.example refused', 0],
  ['body', '550 5.7.1 the DKIM signature of this mail did not verify', 0],
]

test('replies of a next hop count for what they say', async () => {
  const list = await countedListRelay(patient)
  const found: (readonly [string, string, number])[] = []
  for (const [phase, reply] of replies) {
    const before = list.subscriber()?.bounceScore ?? 0
    list.on.sink.always(phase, async ({ message }) =>
      message.forwardPaths.includes('owner@owners.example') ? undefined : reply,
    )
    const after = await list.refused()
    list.on.sink.always(phase, undefined)
    found.push([phase, reply, added(before, after)])
  }
  expect(found).toEqual(replies)
})

test('a relay that is on a block list loses no reader, and the owner hears of the host and its words, once', async () => {
  const list = await countedListRelay()
  const said = 'rejected because 192.0.2.1 is in a black list at zen.blocklist.example'
  list.on.sink.always('rcpt', async ({ line }) => (line.includes(`<${reader}>`) ? `550 ${said}` : undefined))
  for (let posts = 0; posts < 5; posts++) await list.refused()
  expect(list.subscriber()).toMatchObject({ state: 'active', bounceScore: 0, bouncedAt: null })
  await list.relay.log.count('owners told', 1)
  await list.on.sink.until(() => list.toOwner().length > 0)
  const [notice = '', ...more] = list.toOwner()
  expect(more).toEqual([])
  expect(notice).toContain('Subject: A host refuses mail of News')
  expect(notice).toContain('127.0.0.1')
  expect(notice).toContain(`550 ${said}`)
})

describe('a report', () => {
  const fields = (status: string | undefined, diagnostic: string) => [
    'Action: failed',
    ...(status === undefined ? [] : [`Status: ${status}`]),
    'Remote-MTA: dns; mx.second.example',
    `Diagnostic-Code: ${diagnostic}`,
  ]
  const original = (copy: SinkMessage) => `${headerOf(copy)}\n\nHello.`
  const speaking = (copy: SinkMessage) =>
    `${headerOf(copy)}\n\nOur host speaks of DMARC, and SPF fails. 550 5.7.26`
  const full = '552 5.2.2 mailbox full'
  const gone = '550 5.1.1 no such user'

  const reports: readonly (readonly [string, (copy: SinkMessage) => Buffer, number])[] = [
    ['5.1.1', copy => statusReport(copy, fields('5.1.1', `smtp; ${gone}`)), 1],
    ['5.0.0, full', copy => statusReport(copy, fields('5.0.0', `smtp; ${full}`)), 0.25],
    ['5.0.0, DMARC', copy => statusReport(copy, fields('5.0.0', 'smtp; 550 5.7.26 unauthenticated')), 0],
    ['5.0.0, gone', copy => statusReport(copy, fields('5.0.0', `smtp; ${gone}`)), 1],
    ['no status, gone', copy => statusReport(copy, fields(undefined, `smtp; ${gone}`)), 1],
    [
      '5.1.1 around a block list',
      copy => statusReport(copy, fields('5.1.1', 'SMTP; 550 5.7.1 IP address is on a blocklist')),
      0,
    ],
    [
      '5.1.1, in reply to MAIL',
      copy =>
        statusReport(
          copy,
          fields('5.1.1', 'smtp; 550 5.1.1 rejected'),
          `<${reader}>: host mx.second.example said: 550 5.1.1 rejected (in reply to MAIL FROM command)`,
        ),
      0,
    ],
    [
      'words for people alone',
      copy =>
        statusReport(copy, ['Action: failed', 'Status: 5.0.0'], `  ${reader}\n    Unrouteable address\n`),
      1,
    ],
    ['given up', copy => statusReport(copy, ['Action: expired', 'Status: 4.4.7']), 0.25],
    ['another word for it', copy => statusReport(copy, ['Action: Undeliverable', `Status: 5.1.1`]), 1],
    [
      'prose of Exim',
      copy =>
        proseReport(
          copy,
          gone,
          '------ This is a copy of the message, including all the headers. ------',
          original(copy),
        ),
      1,
    ],
    ['prose of Google', copy => proseReport(copy, gone, '----- Original message -----', original(copy)), 1],
    [
      'prose, SPF in the post',
      copy => proseReport(copy, full, '----- Original message -----', speaking(copy)),
      0.25,
    ],
    ['prose, unknown line', copy => proseReport(copy, full, '=== Znttdk wbrp ===', speaking(copy)), 0.25],
    [
      'qmail',
      copy =>
        daemonMail(
          copy,
          'Subject: failure notice',
          `${qmailText(copy)}\n--- Below this line is a copy of the message.\n\n${speaking(copy)}`,
        ),
      1,
    ],
    [
      'qmail, a blank line first',
      copy =>
        daemonMail(
          copy,
          'Subject: failure notice',
          `\n\n${qmailText(copy)}\n--- Below this line is a copy of the message.\n\n${speaking(copy)}`,
        ),
      1,
    ],
    [
      'qmail in base64',
      copy =>
        daemonMail(
          copy,
          'Subject: failure notice\nMIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: base64',
          Buffer.from(
            `${qmailText(copy)}\n--- Below this line is a copy of the message.\n\n${speaking(copy)}`,
          )
            .toString('base64')
            .replace(/.{76}/g, '$&\n'),
        ),
      1,
    ],
    ...['', 'Content-Type: text/plain\n', 'Content-Type: text/plain; charset=utf-8\n'].map(
      type =>
        [
          `qmail in MIME (${type.trim()})`,
          (copy: SinkMessage) =>
            daemonMail(
              copy,
              'Subject: failure notice\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q',
              `--q\n${type}\n${qmailText(copy)}\n--q\nContent-Type: message/rfc822\n\n${speaking(copy)}\n--q--\n`,
            ),
          1,
        ] as const,
    ),
  ]

  test('counts for what it says above the returned message', async () => {
    const list = await countedListRelay(patient)
    const found: (readonly [string, number])[] = []
    for (const [name, write] of reports) {
      const copy = await list.copy()
      const before = list.subscriber()?.bounceScore ?? 0
      await list.answer(copy, write(copy))
      found.push([name, added(before, list.subscriber()?.bounceScore ?? 0)])
    }
    expect(found).toEqual(reports.map(([name, , points]) => [name, points]))
  })

  test.each(['delayed', 'delivered', 'relayed', 'expanded', 'deferred'])(
    'of another action never counts: %s',
    async action => {
      const list = await countedListRelay(patient)
      const copy = await list.copy()
      const octets = statusReport(copy, [`Action: ${action}`, 'Status: 4.4.7'])
      await send(list.relay.port, { from: '', to: [copy.reversePath], octets })
      expect(list.subscriber()).toMatchObject({ bounceScore: 0, bouncedAt: null })
    },
  )
})

describe('what comes to the address of one subscriber and is no report', () => {
  const unread: readonly (readonly [string, string, string])[] = [
    [
      'prose that nobody knows',
      'Subject: Unzustellbar\nAuto-Submitted: auto-replied',
      'Die Nachricht konnte nicht zugestellt werden.',
    ],
    [
      'a report that is cut off',
      'Subject: Returned\nContent-Type: multipart/report; report-type=delivery-status; boundary=r',
      '--r\n\nFailed.\n--r--\n',
    ],
    [
      'a status of nobody',
      'Subject: Returned\nContent-Type: multipart/report; report-type=delivery-status; boundary=r',
      '--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n--r--\n',
    ],
  ]

  test.each(unread)(
    'is told to the owner and to nobody else, and does not count: %s',
    async (_, fields, body) => {
      const list = await countedListRelay()
      const copy = await list.copy()
      await list.answer(copy, daemonMail(copy, fields, body))
      await list.on.sink.until(() => list.toOwner().length > 0)
      const [notice = ''] = list.toOwner()
      expect(notice).toContain(`${reader}: not understood`)
      expect(notice).toMatch(/from MAILER-DAEMON@second\.example: (?:Unzustellbar|Returned)/)
      expect(list.subscriber()).toMatchObject({ bounceScore: 0, bouncedAt: null })
      const others = list.on.sink.messages.flatMap(({ forwardPaths }) => forwardPaths)
      expect(others.filter(path => path !== reader)).toEqual(['owner@owners.example'])
    },
  )

  test('is told once a day, with how often it came', async () => {
    const list = await countedListRelay()
    const copy = await list.copy()
    const letter = daemonMail(copy, 'Subject: What is this?', 'Please explain.')
    for (let times = 0; times < 3; times++) await list.answer(copy, letter, 'somebody@second.example')
    await list.relay.log.count('owners told', 1)
    await list.on.sink.until(() => list.toOwner().length > 0)
    const [notice = '', ...more] = list.toOwner()
    expect(more).toEqual([])
    const told = Number(/not understood, (\d) times/.exec(notice)?.[1] ?? 1)
    expect(told + untold(list)).toBe(3)
  })

  test('is not worth a word where a reader is away', async () => {
    const list = await countedListRelay()
    const copy = await list.copy()
    const octets = Buffer.from(
      `From: X <${reader}>\r\nTo: ${copy.reversePath}\r\nSubject: Away\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.\r\n`,
    )
    await send(list.relay.port, { from: '', to: [copy.reversePath], octets })
    const { fields } = await list.relay.log.until(({ text }) => text === 'bounce')
    expect(fields.judgement).toMatchObject({ kind: 'park' })
  })
})

/** How many the owner was not told of yet. */
function untold(list: CountedList): number {
  const store = openReader(list.relay.database)
  try {
    return store.listNews(1, 10).reduce((sum, { count }) => sum + count, 0)
  } finally {
    store.close()
  }
}
