import { describe, expect, test } from 'vitest'
import type { Verdict } from '../../../src/dkim2/index.ts'
import { hopRecord } from '../../../src/hoplog/record.ts'
import { messageLine, queueLine } from '../../../src/hoplog/summary.ts'
import { hopRecordText } from '../../../src/hoplog/text.ts'
import type { AdmissionRecord } from '../../../src/record/admission-record.ts'
import type { BounceRecord } from '../../../src/record/bounce-record.ts'
import type { MessageRecord } from '../../../src/record/message-record.ts'
import type { Peer } from '../../../src/record/peer.ts'
import type {
  DeliveryHistory,
  MessageHistory,
  StoredAttempt,
  StoredMessage,
} from '../../../src/store/records.ts'
import { admission, records } from '../../support/records.ts'

const receivedAt = Date.UTC(2025, 10, 13, 2, 15, 0, 120)

const client: Peer = {
  address: '192.0.2.7',
  port: 40_112,
  hostname: 'mail.origin.example',
  helo: 'mail.origin.example',
  protocol: 'ESMTPS',
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384' },
}

function forwardOf(verdict: Verdict & Partial<AdmissionRecord>): MessageRecord {
  return { kind: 'forward', admission: { ...admission, ...verdict } }
}

const message: StoredMessage = {
  queueId: '01JCHX',
  receivedAt,
  record: forwardOf({
    state: 'pass',
    profile: 'mailversion',
    hops: [
      {
        sequence: 1,
        domain: 'origin.example',
        reversePath: 'a@origin.example',
        forwardPaths: ['team@alias.example'],
        timestampSeconds: 1_763_000_099,
        selectors: ['ed'],
        algorithms: ['ed25519-sha256'],
        flags: [],
        state: 'pass',
      },
    ],
  }),
  state: 'forwarded',
  reason: null,
  listener: 'mx',
  peer: client,
  envelope: { reversePath: 'a@origin.example', forwardPaths: ['team@alias.example'], smtpUtf8: false },
  removed: [],
  sizeBytes: 4_096,
  reportsOn: null,
  delayDsn: 'none',
  keepUntil: null,
}

const deferred: StoredAttempt = {
  number: 1,
  startedAt: receivedAt + 20,
  endedAt: receivedAt + 140,
  nextHop: 'mx.destination.example[192.0.2.9]:25',
  tls: null,
  choice: null,
  reply: { code: 451, enhanced: '4.3.0', text: 'later' },
  phase: 'rcpt',
  outcome: 'deferred',
  reason: null,
}

const delivery: DeliveryHistory = {
  id: 7,
  queueId: '01JCHX',
  ordinal: 0,
  kind: 'alias',
  state: 'delivered',
  recipient: 'team@alias.example',
  forwardPath: 'first@destination.example',
  reversePath: 'b+01jchx-0-fz1-0123456789abcdefghjk@alias.example',
  destination: 'destination.example',
  hop: {
    sequence: 2,
    profile: 'mailversion',
    domain: 'alias.example',
    selectors: ['ed', 'rsa'],
    timestampSeconds: 1_763_000_100,
  },
  added: {
    dkim: { domain: 'alias.example', selectors: ['ed', 'rsa'] },
    arc: { instance: 2, status: 'pass', domain: 'alias.example', selector: 'rsa' },
  },
  postId: null,
  subscriberId: null,
  inOrder: false,
  prefix: Buffer.alloc(0),
  attempts: 2,
  nextAttemptAt: receivedAt + 60_000,
  expiresAt: receivedAt + 5 * 86_400_000,
  finishedAt: receivedAt + 60_350,
  reason: null,
  dsn: 'none',
  dsnQueueId: null,
  notification: null,
  successDsn: 'none',
  log: [
    deferred,
    {
      ...deferred,
      number: 2,
      startedAt: receivedAt + 60_000,
      endedAt: receivedAt + 60_350,
      tls: {
        version: 'TLSv1.3',
        cipher: 'TLS_AES_256_GCM_SHA384',
        authorized: true,
        certificate: 'matches TLSA 3 1 1 at _25._tcp.mx.destination.example',
      },
      choice: {
        why: 'MX preference 10',
        tls: 'STARTTLS, never without; certificate as the TLSA records say (DANE)',
        policy: 'DANE by the TLSA records at _25._tcp.mx.destination.example (3 1 1)',
      },
      reply: { code: 250, enhanced: '2.0.0', text: 'queued as 99' },
      phase: 'body',
      outcome: 'delivered',
    },
  ],
}

const failedDelivery: DeliveryHistory = {
  ...delivery,
  id: 8,
  ordinal: 1,
  state: 'failed',
  forwardPath: 'second@destination.example',
  reason: 'gave up after 5 days',
  hop: null,
  added: { missing: ['ARC set: its chain cannot be read'] },
  dsn: 'sent',
  dsnQueueId: '01JCHZ',
  log: [
    {
      ...deferred,
      nextHop: '',
      reply: null,
      phase: 'discover',
      reason: 'DNS MX destination.example: no answer in time',
    },
  ],
}

const history: MessageHistory = { message, deliveries: [delivery, failedDelivery] }

describe('the record of a message', () => {
  test('text for people', () => {
    expect(hopRecordText(hopRecord(history))).toBe(`01JCHX  forward, forwarded

received  2025-11-13T02:15:00.120Z  by listener mx, 4096 octets
  from     192.0.2.7:40112 mail.origin.example (HELO mail.origin.example)
  with     ESMTPS, TLSv1.3 TLS_AES_256_GCM_SHA384
  mf       a@origin.example
  rt       team@alias.example
  verdict  PASS (mailversion)
    i=1  d=origin.example  mf=a@origin.example  rt=team@alias.example  t=2025-11-13T02:14:59Z  s=ed  pass

sent 01JCHX/0  delivered  2025-11-13T02:16:00.470Z
  for      team@alias.example
  mf       b+01jchx-0-fz1-0123456789abcdefghjk@alias.example
  rt       first@destination.example
  signed   i=2  d=alias.example  s=ed,rsa  t=2025-11-13T02:15:00Z  (mailversion)
  DKIM     d=alias.example  s=ed,rsa
  ARC      i=2  cv=pass  d=alias.example  s=rsa
  attempt 1  2025-11-13T02:15:00.140Z  0.12 s  mx.destination.example[192.0.2.9]:25  no TLS  deferred in phase rcpt  451 4.3.0 later
  attempt 2  2025-11-13T02:16:00.120Z  0.35 s  mx.destination.example[192.0.2.9]:25  TLSv1.3 TLS_AES_256_GCM_SHA384 verified  delivered in phase body  250 2.0.0 queued as 99
    chosen MX preference 10
    TLS    STARTTLS, never without; certificate as the TLSA records say (DANE)
    policy DANE by the TLSA records at _25._tcp.mx.destination.example (3 1 1)
    shown  certificate matches TLSA 3 1 1 at _25._tcp.mx.destination.example

sent 01JCHX/1  failed (gave up after 5 days)  2025-11-13T02:16:00.470Z
  for      team@alias.example
  mf       b+01jchx-0-fz1-0123456789abcdefghjk@alias.example
  rt       second@destination.example
  signed   no hop added
  without  ARC set: its chain cannot be read
  attempt 1  2025-11-13T02:15:00.140Z  0.12 s  no host  no TLS  deferred in phase discover  DNS MX destination.example: no answer in time
  failure  reported to the previous hop by DSN 01JCHZ
`)
  })

  test('data for programs names the tags of the signatures', () => {
    const record = hopRecord(history)
    expect(record.received).toMatchObject({
      at: '2025-11-13T02:15:00.120Z',
      mf: 'a@origin.example',
      rt: ['team@alias.example'],
      verdict: {
        result: 'pass',
        error: null,
        hops: [{ i: 1, d: 'origin.example', t: 1_763_000_099, s: ['ed'], result: 'pass' }],
      },
    })
    expect(record.sent[0]).toMatchObject({
      ordinal: 0,
      hop: { i: 2, d: 'alias.example', s: ['ed', 'rsa'], t: 1_763_000_100, profile: 'mailversion' },
      nextAttemptAt: null,
      finishedAt: '2025-11-13T02:16:00.470Z',
    })
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })

  test('a failed verification is told in the words of the drafts', () => {
    const verdict: Verdict = {
      state: 'permerror',
      error: 'DKIM2-Signature i=1 signature expired',
      profile: 'mailversion',
      failedAt: 1,
      hops: [],
    }
    expect(
      hopRecordText(hopRecord({ message: { ...message, record: forwardOf(verdict) }, deliveries: [] })),
    ).toContain('  verdict  PERMERROR DKIM2-Signature i=1 signature expired (mailversion)\n')
  })

  test('a message made here has no peer and no verdict; the null reverse-path is <>', () => {
    const dsn: StoredMessage = {
      ...message,
      record: records.dsn,
      listener: null,
      peer: null,
      envelope: { reversePath: '', forwardPaths: ['a@origin.example'], smtpUtf8: false },
      reportsOn: '01JCHW',
    }
    const text = hopRecordText(hopRecord({ message: dsn, deliveries: [] }))
    expect(text).toBe(
      '01JCHX  dsn, forwarded\nreports on  01JCHW\n\nreceived  2025-11-13T02:15:00.120Z  made here, 4096 octets\n  mf       <>\n  rt       a@origin.example\n',
    )
  })

  test('a bounce says what it is about and how it was judged', () => {
    const bounce: BounceRecord = {
      queueId: '01JCHW',
      ordinal: 3,
      judgement: 'unauthenticated',
      reason: 'the report is not signed',
      isVerified: false,
    }
    const stored: StoredMessage = {
      ...message,
      record: { kind: 'bounce', admission, next: { do: 'pass-on', bounce } },
      state: 'bounce-received',
    }
    const record = hopRecord({ message: stored, deliveries: [] })
    expect(record.bounce).toEqual({
      about: { queueId: '01JCHW', ordinal: 3 },
      judgement: 'unauthenticated',
      reason: 'the report is not signed',
      isVerified: false,
    })
    expect(hopRecordText(record)).toContain(
      '01JCHX  bounce, bounce-received\nbounce about 01JCHW/3  unauthenticated (the report is not signed)\n' +
        '  what came back is not proved to be what was sent\n',
    )
  })

  test('a bounce that was parked says why', () => {
    const reason = 'auto-reply: Auto-Submitted: auto-\x1breplied'
    const parked: MessageRecord = { ...records.bounce, next: { do: 'park', reason, about: undefined } }
    const stored: StoredMessage = { ...message, record: parked, state: 'bounce-received' }
    const record = hopRecord({ message: stored, deliveries: [] })
    expect(record.bounce).toMatchObject({ about: null, judgement: 'parked', isVerified: null })
    expect(hopRecordText(record)).toContain(
      'bounce  parked (auto-reply: Auto-Submitted: auto-\\x1breplied)\n\n',
    )
  })

  test('a success that the sender had asked for says who reports it', () => {
    const lines = (successDsn: DeliveryHistory['successDsn']) =>
      hopRecordText(hopRecord({ message, deliveries: [{ ...delivery, successDsn }] })).match(
        /^ {2}success .*$/gm,
      )
    expect(lines('none')).toBeNull()
    expect(lines('wanted')).toEqual(['  success  left to the next hop to report'])
    expect(lines('sent')).toEqual(['  success  reported to the previous hop, which had asked for it'])
  })

  test('a delivery that was made and bounced later says which DSN told the previous hop', () => {
    const bounced: DeliveryHistory = { ...delivery, dsn: 'sent', dsnQueueId: '01JCHZ', log: [] }
    const record = hopRecord({ message, deliveries: [bounced] })
    expect(record.sent[0]).toMatchObject({ state: 'delivered', dsn: 'sent', dsnQueueId: '01JCHZ' })
    const text = hopRecordText(record)
    expect(text).toContain('sent 01JCHX/0  delivered, bounced later  2025-11-13T02:16:00.470Z\n')
    expect(text).toContain(
      '  bounced  a later hop reported a failure; passed on to the previous hop by DSN 01JCHZ\n',
    )
  })

  test.each([
    ['due', 'to be reported to the previous hop'],
    ['skipped', 'not reported'],
  ] as const)('a failure whose report is %s says so', (dsn, words) => {
    const failed: DeliveryHistory = { ...failedDelivery, dsn, dsnQueueId: null }
    expect(hopRecordText(hopRecord({ message, deliveries: [failed] }))).toContain(`  failure  ${words}\n`)
  })

  test('who vouches for a sender without DKIM2, and that no hop was added, is told', () => {
    const sender = { spf: 'pass', dkimDomains: ['origin.example'], authenticated: true }
    const verdict = { ...admission, sender, senderAuthenticated: true, addHop: false }
    const record = hopRecord({ message: { ...message, record: forwardOf(verdict) }, deliveries: [] })
    expect(record.received).toMatchObject({
      sender: { spf: 'pass', dkim: ['origin.example'], authenticated: true },
      senderAuthenticated: true,
      addHop: false,
    })
    expect(hopRecordText(record)).toContain(
      '  sender   SPF pass, DKIM pass for origin.example: vouched for\n' +
        '  policy   admitted, to go out without a hop of this relay\n',
    )
    const nobody = {
      ...verdict,
      sender: { spf: 'fail', dkimDomains: [], authenticated: false },
      senderAuthenticated: false,
    }
    expect(
      hopRecordText(hopRecord({ message: { ...message, record: forwardOf(nobody) }, deliveries: [] })),
    ).toContain('  sender   SPF fail, DKIM none: nobody vouches for it, it hears of no failure\n')
  })

  test.each([
    [
      {
        filter: 'rspamd',
        action: 'mark',
        word: 'add header',
        score: 7.125,
        requiredScore: 6,
        symbols: ['A', 'B'],
      },
      'rspamd: mark (add header), 7.13 of 6.00: A B',
    ],
    [
      { filter: 'rspamd', action: 'mark', word: 'add header', symbols: [], isMarked: false },
      'rspamd: mark (add header), noted only: an earlier hop asked for donotmodify',
    ],
    [{ filter: 'rspamd', action: 'unavailable', symbols: [] }, 'rspamd: unavailable'],
  ] as const)('what the content filter thought is told: %j', (filter, words) => {
    const record = hopRecord({
      message: { ...message, record: forwardOf({ ...admission, filter }) },
      deliveries: [],
    })
    expect(record.received.filter).toEqual(filter)
    expect(hopRecordText(record)).toContain(`  filter   ${words}\n`)
  })

  test('what a peer said moves no cursor', () => {
    const rude: StoredAttempt = {
      ...deferred,
      reply: { code: 550, enhanced: '5.7.1', text: '\x1b[2Jgo\r\naway\u202e' },
      nextHop: 'h\x07[::1]:25',
    }
    const peer = { ...client, helo: 'x\x1b[31m', hostname: 'y\x9b' }
    const text = hopRecordText(
      hopRecord({ message: { ...message, peer }, deliveries: [{ ...delivery, log: [rude] }] }),
    )
    expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/)
    expect(text).toContain('550 5.7.1 \\x1b[2Jgo\\x0d\\x0aaway\\u202e')
  })

  test('a delivery that is open says when it is tried next', () => {
    const open: DeliveryHistory = { ...delivery, state: 'queued', finishedAt: null, log: [deferred] }
    const record = hopRecord({ message, deliveries: [open] })
    expect(record.sent[0]?.nextAttemptAt).toBe('2025-11-13T02:16:00.120Z')
    expect(hopRecordText(record)).toContain('sent 01JCHX/0  queued  next attempt 2025-11-13T02:16:00.120Z\n')
  })
})

describe('lines of the lists', () => {
  test('a message with its deliveries counted', () => {
    const line = messageLine({ ...message, deliveries: { queued: 0, delivered: 1, failed: 1, held: 0 } })
    expect(line).toMatchObject({
      queueId: '01JCHX',
      mf: 'a@origin.example',
      result: 'pass',
      deliveries: { delivered: 1, failed: 1 },
    })
  })

  test('a delivery with its last attempt', () => {
    const { prefix: _prefix, log: _log, ...entry } = delivery
    const line = queueLine({ ...entry, state: 'queued', receivedAt, sizeBytes: 4_096, lastAttempt: deferred })
    expect(line).toMatchObject({
      queueId: '01JCHX',
      ordinal: 0,
      rt: 'first@destination.example',
      nextAttemptAt: '2025-11-13T02:16:00.120Z',
      lastAttempt: { outcome: 'deferred', reply: { code: 451 }, startedAt: '2025-11-13T02:15:00.140Z' },
    })
  })
})
