/** Every kind of mail that this relay writes, and a copy of a post, before the eyes of two spam filters: well-formed, they say. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { composeDsn } from '../../src/bounce/compose.ts'
import type { DsnInput } from '../../src/bounce/dsn-input.ts'
import { composeNotice, type Notice } from '../../src/lists/compose-notice.ts'
import { newsNotice } from '../../src/lists/news-notice.ts'
import * as notices from '../../src/lists/notices.ts'
import * as ownerNotices from '../../src/lists/owner-notices.ts'
import { readMessage } from '../../src/message/message.ts'
import { composeReportMail } from '../../src/tls-report/mail.ts'
import { listAddress, listRelay, sendCommand, subscribeAddresses } from '../support/list.ts'
import { Rspamd, rspamdMissing } from '../support/rspamd.ts'
import { plainMessage, send } from '../support/send.ts'
import { spamAssassinMissing, spamAssassinRules } from '../support/spamassassin.ts'
import { afterTest, stage } from '../support/stage.ts'
import { newList } from '../unit/lists/support.ts'

/** Rules of SpamAssassin about the form of a message: fields that are missing, malformed or in a wrong encoding; MIME that is none. */
const structuralRules =
  /^(?:MISSING_|INVALID_|MIME_(?!GOOD$|HTML_ONLY$)|BAD_|MALFORMED_|.*_ILLEGAL_CHARS$|.*_NEEDS_ENCODING$|HEAD_LONG$|DATE_IN_|MSGID_|NO_HEADERS_MESSAGE$|UNPARSEABLE_|EMPTY_MESSAGE$|MULTIPART_ALT_NON_TEXT$|TO_MALFORMED$|.*_MALFORMED|UNRESOLVED_TEMPLATE$|CHARSET_FARAWAY|BASE64_LENGTH_|TVD_SPACE_RATIO|CTYPE_|TO_NO_BRKTS_|FROM_NO_BRKTS|HDR_ORDER_|HEADER_(?!FROM_DIFFERENT)|LONG_|PP_MIME_|NULL_IN_BODY|MULTI_SUBJ|DUP_)/

/** The same of rspamd. */
const structuralSymbols =
  /^(?:MISSING_|INVALID_|BROKEN_|R_BAD_CTE|BAD_CTE|BAD_|.*_NEEDS_ENCODING$|.*_ILLEGAL_CHARS$|MIME_(?!GOOD$|TRACE$|UNKNOWN$)|HEADER_|MULTIPLE_UNIQUE_HEADERS$|.*_UNPARSEABLE$|.*_INVALID$|.*_EMPTY_DELIMITER$|.*_DELIMITER_TAB$|CTYPE_|CT_EXTRA|DATE_IN_|FORGED_MUA|FORGED_OUTLOOK|MID_(?!RHS_MATCH_|CONTAINS_)|MV_CASE$|STRANGE|TRUNCATED|EMPTY_|.*_BOGUS$|R_MISSING_CHARSET$|R_SUSPICIOUS|R_PARTS_DIFFER$|BASE64_|.*_BASE64_TEXT$|.*_EXCESS_|FROM_EXCESS|TO_EXCESS|.*_WRONG_)/

const at = Date.now()
const frame = { composedAtMilliseconds: at, messageId: '1.notice@lists.example', boundary: 'b0' }
const list = newList(1, listAddress, { title: 'Gärten und Höfe', subscription: 'approval' })
const occasion = { list, to: 'reader@destination.example', inReplyTo: '<1@destination.example>' }
const answers = { address: 'news-confirm+x@lists.example', untilMilliseconds: at }
const decision = {
  admit: 'news-moderate+a@lists.example',
  deny: 'news-moderate+b@lists.example',
  untilMilliseconds: at,
}
const dated = `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n`
const written = plainMessage({
  extra: `${dated}Content-Transfer-Encoding: 8bit\r\n`,
  body: 'Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe\r\n',
})
/** As mail programs name what they write. */
const post = Buffer.from(written.toString('latin1').replace('<1@', '<20260101.4711.garden@'), 'latin1')

const heldPost = {
  from: 'Jörg <a@origin.example>',
  subject: 'Grüße',
  sizeBytes: post.length,
  reason: 'every post to this list is held',
  message: post,
  isLastToday: true,
}
const news = (['suspended', 'refused', 'unread'] as const).map(kind => ({
  at,
  kind,
  address: 'reader@destination.example',
  reason: '550 5.1.1 no such user',
  count: 1,
}))

const ownNotices: Readonly<Record<string, Notice>> = {
  'confirmation to subscribe': notices.confirmationNotice(occasion, 'subscribe', answers),
  'confirmation to leave': notices.confirmationNotice(occasion, 'unsubscribe', answers),
  welcome: notices.welcomeNotice(occasion),
  goodbye: notices.goodbyeNotice(occasion),
  'already subscribed': notices.alreadySubscribedNotice(occasion),
  'not subscribed': notices.notSubscribedNotice(occasion),
  denied: notices.deniedNotice(occasion),
  help: notices.helpNotice(occasion),
  'subscription to decide about': ownerNotices.subscriptionToDecideNotice(
    occasion,
    'a@origin.example',
    decision,
  ),
  'held post': ownerNotices.heldPostNotice(occasion, heldPost, decision),
  digest: newsNotice(occasion, news, 10),
}

function dsn(action: 'failed' | 'delayed' | 'delivered'): DsnInput {
  return {
    reportingMta: 'relay.example',
    from: 'postmaster@alias.example',
    to: 'a@origin.example',
    arrivedAtMilliseconds: at,
    composedAtMilliseconds: at,
    messageId: `${action}.dsn@alias.example`,
    boundary: 'b1',
    queueId: 'Q',
    recipients: [
      {
        finalRecipient: 'team@alias.example',
        action,
        status: { failed: '5.1.1', delayed: '4.4.1', delivered: '2.0.0' }[action],
        explanation: 'the next host said so',
        diagnostic: '550 5.1.1 no such user',
        ...(action === 'delayed' && { willRetryUntilMilliseconds: at + 86_400_000 }),
      },
    ],
    returned: readMessage(post),
    returnBodyMaxBytes: 10_000,
  }
}

async function composed(): Promise<[name: string, octets: Buffer][]> {
  const written = await Promise.all(
    Object.entries(ownNotices).map(
      async ([name, notice]): Promise<[string, Buffer]> => [name, await composeNotice(notice, frame)],
    ),
  )
  const actions = ['failed', 'delayed', 'delivered'] as const
  const reports = await Promise.all(
    actions.map(
      async (action): Promise<[string, Buffer]> => [`report: ${action}`, await composeDsn(dsn(action))],
    ),
  )
  return [...written, ...reports, ['TLS report', await tlsReport()]]
}

function tlsReport(): Promise<Buffer> {
  return composeReportMail({
    from: 'tls@alias.example',
    to: 'reports@destination.example',
    domain: 'destination.example',
    submitter: 'relay.example',
    organization: 'Relay Operators',
    reportId: 'r1@relay.example',
    day: '2026-01-01',
    composedAtMilliseconds: at,
    messageId: '2026-01-01.destination.example.tlsrpt@relay.example',
    boundary: 'b2',
    gzipped: gzipSync('{}'),
  })
}

/** A confirmation and a copy of a post, as they come out of a relay: signed, with everything on top that it adds. */
async function overSockets(): Promise<[name: string, octets: Buffer][]> {
  const on = await stage()
  const sink = { host: '127.0.0.1', port: on.sink.port, tls: 'none' } as const
  const relay = await listRelay(
    on,
    { footer: { text: '-- \nDie Liste der Gärten' }, subjectTag: '[Gärten]', posting: 'anyone' },
    {
      routes: { 'origin.example': sink, 'destination.example': sink },
    },
  )
  subscribeAddresses(relay, ['reader@destination.example'])
  await sendCommand(on, relay, { to: 'news-subscribe@lists.example' })
  const [confirmation] = await on.sink.received(1)
  const envelope = { from: 'a@origin.example', to: [listAddress] }
  const octets = await on.origin.sign(
    Buffer.from(post.toString('latin1').replace('team@alias.example', listAddress), 'latin1'),
    envelope,
  )
  expect((await send(relay.port, { ...envelope, octets })).data).toMatch(/^250 /)
  const [, copy] = await on.sink.received(2)
  return [
    ['signed confirmation', confirmation?.octets ?? Buffer.alloc(0)],
    ['copy of a post', copy?.octets ?? Buffer.alloc(0)],
  ]
}

/** What each of them complains about in a message that is broken: without that, no complaint would mean nothing. */
const broken = Buffer.from(
  'From: a@origin.example\r\nSubject: Gr\xfc\xdfe\r\nContent-Type: text/plain\r\n\r\nGr\xfc\xdfe\r\n',
  'latin1',
)

describe('mails of this relay are well-formed', () => {
  test.skipIf(rspamdMissing !== undefined)(
    'rspamd finds nothing wrong with their structure',
    async () => {
      const rspamd = await Rspamd.start()
      afterTest(() => rspamd.stop())
      const complaints = async (octets: Buffer) =>
        (await rspamd.symbols(octets)).filter(symbol => structuralSymbols.test(symbol))
      expect(await complaints(broken)).toEqual(
        expect.arrayContaining(['MISSING_DATE', 'SUBJECT_NEEDS_ENCODING']),
      )
      for (const [name, octets] of [...(await composed()), ...(await overSockets())])
        expect([name, await complaints(octets)]).toEqual([name, []])
    },
    120_000,
  )

  test.skipIf(spamAssassinMissing !== undefined)(
    'SpamAssassin finds nothing wrong with their structure',
    async () => {
      const mails = [...(await composed()), ...(await overSockets())]
      const [ofBroken = [], ...found] = await spamAssassinRules([
        broken,
        ...mails.map(([, octets]) => octets),
      ])
      expect(ofBroken).toEqual(expect.arrayContaining(['MISSING_DATE', 'MISSING_MID']))
      expect(found).toHaveLength(mails.length)
      const complaints = found.map((rules, at) => [
        mails[at]?.[0],
        rules.filter(rule => structuralRules.test(rule)),
      ])
      expect(complaints).toEqual(mails.map(([name]) => [name, []]))
    },
    180_000,
  )
})
