/** Reports that are text: how programs wrap them, and where the message that they return begins. */
import { describe, expect, test } from 'vitest'
import { readReport } from '../../../src/bounce/read-report.ts'
import { returnedStart } from '../../../src/bounce/returned-text.ts'
import { readMessage } from '../../../src/message/message.ts'

const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n')
const said = 'Delivery failed.\n\n  x@second.example\n\n  552 5.2.2 mailbox full\n\n'
/** Of a post that speaks of other failures. */
const body = 'SPF fails, and so does 550 5.1.1 DMARC.\n'

const separators: readonly string[] = [
  '------ This is a copy of the message, including all the headers. ------',
  '------ This is a copy of your message, including all the headers. ------',
  '------ The body of the message is 5432 characters long; only the first\n------ 1024 or so are included here.',
  '--- Below this line is a copy of the message.',
  '--- Enclosed are the original headers of the message.',
  '   ----- Original message follows -----',
  '   ----- Unsent message follows -----',
  '   ----- Message header follows -----',
  '   ----- Message body suppressed -----',
  '----- Undelivered message follows -----',
  '----- Original message -----',
  '-----Original Message-----',
  '|------------------------- Message text follows: ------------------------|',
  '------- Returned Message --------',
  '----- Message truncated -----',
  '----- Begin Message -----',
  '----- Ursprüngliche Nachricht -----',
  "----- Message d'origine -----",
  '----- Mensaje original -----',
  '----- Mensagem original -----',
  '----- Messaggio originale -----',
  '----- Oorspronkelijk bericht -----',
  '----- Oryginalna wiadomość -----',
  '----- Исходное сообщение -----',
  '----- Původní zpráva -----',
  '----- Ursprungligt meddelande -----',
  '----- 原始邮件 -----',
  '----- 元のメッセージ -----',
  '----- 원본 메시지 -----',
  '----- Kopie der Nachricht -----',
  'Original message headers:',
  'Ursprüngliche Nachrichtenkopfzeilen:',
  "En-têtes de message d'origine :",
  'Encabezados de mensaje originales:',
  'Intestazioni messaggio originale:',
  'Cabeçalhos originais da mensagem original:',
  'Oorspronkelijke berichtkoppen:',
  'Исходные заголовки сообщения:',
  '原始邮件标头:',
]

describe('the returned message begins', () => {
  test.each(separators)('below %s', separator => {
    const text = Buffer.from(crlf(`${said}${separator}\n\n${body}`)).toString('latin1')
    const found = returnedStart(text)
    expect(text.slice(0, found?.end)).toBe(crlf(said))
    expect(text.slice(found?.start)).toContain('SPF fails')
  })

  test.each([
    'Received: from a by b; x\nFrom: a@b\nTo: c@d',
    'Return-Path: <a@b>\nReceived: from a\n\tby b\n\tfor <c@d>;\n\tx\nFrom: a@b',
    'DKIM2-Signature: i=1;\n d=x\nMailVersion: v=1\nFrom: a@b',
    'From: a@b\nTo: c@d\nMIME-Version: 1.0',
    '> Received: from a by b; x\n> From: a@b\n> To: c@d',
    '    Received: from a by b; x\n    From: a@b\n    To: c@d',
    'Delivered-To: a@b\r\nList-Id: <a.b>\r\nSubject: s',
    'Subject: s\nX-Mailer: y\nDate: x',
  ])('with its header section, whatever stands in between: %s', header => {
    const text = crlf(`${said}zzz\n\n${header}\n\n${body}`)
    expect(text.slice(0, returnedStart(text)?.end)).toBe(crlf(`${said}zzz\n\n`))
  })

  test.each([
    'Your message\n\n  To: x@second.example\n  Subject: s\n  Sent: today\n\ndid not reach:\n\n  552 5.2.2 mailbox full\n',
    '   ----- The following addresses had permanent fatal errors -----\n<x@second.example>\n    (reason: 552 5.2.2 full)\n',
    '   ----- Transcript of session follows -----\n... while talking to mx.second.example.:\n<<< 552 5.2.2 full\n',
    '|------------------------- Message log follows: -------------------------|\n no valid recipients\n',
    'The original message was received at Sat, 28 Nov 2026 17:00:07 GMT\nfrom localhost\n',
    '<x@second.example>:\n552 5.2.2 mailbox full\n',
    'A message that you sent could not be delivered to one or more of its\nrecipients. The following address(es) failed:\n',
    '-- \nThe mail system\n',
  ])('nowhere where nothing is returned: %s', text => {
    expect(returnedStart(crlf(text))).toBeUndefined()
  })

  test('and finding that takes time in the lines alone', () => {
    const before = process.cpuUsage()
    returnedStart('X-A: b\n c\n'.repeat(6_000))
    returnedStart('---- '.repeat(12_000))
    returnedStart(`From: ${'a'.repeat(60_000)}`)
    returnedStart('From: a\n'.repeat(8_000))
    const { user } = process.cpuUsage(before)
    expect(user).toBeLessThan(5_000_000)
  })
})

const qmail = `Hi. This is the qmail-send program at mx.destination.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<x@second.example>:
192.0.2.9 does not like recipient.
Remote host said: 552 5.2.2 mailbox full
Giving up on 192.0.2.9.

`
const original = `Received: from a by b; x\nFrom: a@origin.example\nSubject: Plans\n\n${body}`
const below = '--- Below this line is a copy of the message.\n\n'
const mixed = (text: string, returned = 'message/rfc822') =>
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=q\n\n--q\n${text}\n--q\nContent-Type: ${returned}\n\n${original}\n--q--\n`
const encoded = Buffer.from(crlf(`${qmail}${below}${original}`))
  .toString('base64')
  .replace(/.{76}/g, '$&\n')

const wrapped: Readonly<Record<string, string>> = {
  'as it is': `\n${qmail}${below}${original}`,
  'behind a blank line': `\n\n${qmail}${below}${original}`,
  'behind white space': `\n \t\n  \n${qmail}${below}${original}`,
  'behind the banner of a gateway': `\n[EXTERNAL] Be careful with this mail.\n\n${qmail}${below}${original}`,
  'in base64': `Content-Transfer-Encoding: base64\n\n${encoded}`,
  'in MIME, without a type': mixed(`\n${qmail}`),
  'in MIME, with a type': mixed(`Content-Type: text/plain; charset=utf-8\n\n${qmail}`),
  'in MIME, behind a blank line': mixed(`Content-Type: text/plain\n\n\n\n${qmail}`),
  'in MIME, behind an empty part': mixed(`Content-Type: text/plain\n\n\n--q\n\n${qmail}`),
  'in MIME, header fields alone': mixed(`\n${qmail}`, 'text/rfc822-headers'),
  'in a multipart/report without a status': mixed(`\n${qmail}`).replace('mixed', 'report'),
  'in MIME, with the message in the text': mixed(`\n${qmail}${below}${original}`, 'text/html'),
  'with another name of the program': `\n${qmail.replace('the qmail-send program', 'the deliver program')}${below}${original}`,
}

describe('a report of qmail is one', () => {
  test.each(Object.entries(wrapped))('%s', async (_, text) => {
    const reading = await readReport(readMessage(Buffer.from(crlf(`Subject: failure notice\n${text}`))))
    expect(reading).toMatchObject({
      kind: 'report',
      form: 'qmail',
      recipients: [
        { finalRecipient: 'x@second.example', action: 'failed', status: '5.2.2', answered: 'rcpt' },
      ],
    })
    const [one] = reading.kind === 'report' ? reading.recipients : []
    expect(one?.diagnosticCode).not.toMatch(/SPF|5\.1\.1/)
    const { returned } = reading.kind === 'report' ? reading : {}
    expect(returned?.message.fields.map(({ name }) => name)).toEqual(['Received', 'From', 'Subject'])
  })

  test.each([
    'Hi. This is a reminder of our meeting.\n',
    'Hi. How are you?\n',
    `> ${qmail.replaceAll('\n', '\n> ')}`,
    `Dear list,\n\none\ntwo\nthree\nfour\nfive\n\n${qmail}`,
  ])('a letter is none: %s', async text => {
    const reading = await readReport(readMessage(Buffer.from(crlf(`Subject: s\n\n${text}`))))
    expect(reading.kind).toBe('no report')
  })
})

test.each([
  ['expired', 'failed'],
  ['Expired (after five days)', 'failed'],
  ['FAILED', 'failed'],
  ['failure', 'failed'],
  ['undeliverable', 'failed'],
  ['Undelivered', 'failed'],
  ['bounced', 'failed'],
  ['rejected', 'failed'],
  ['permanent-failure', 'failed'],
  ['failed; gave up', 'failed'],
  ['delay', 'delayed'],
  ['deferred', 'delayed'],
  ['transient-failure', 'delayed'],
  ['Relay', 'relayed'],
  ['exploded', undefined],
  ['', undefined],
])('Action: %s is read as %s', async (word, action) => {
  const text = `Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\nAction: ${word}\nStatus: 4.4.7\n--r--\n`
  const reading = await readReport(readMessage(Buffer.from(crlf(text))))
  expect(reading.kind === 'report' && reading.recipients[0]?.action).toBe(action)
})

test.each([
  ['This is a warning message only. You do not need to resend it; it will be tried again.', 'delayed'],
  ['The message is delayed, and we are still trying.', 'delayed'],
  ['Delivery was delayed too long, and was given up.', 'failed'],
  ['This is a permanent error.', 'failed'],
])('prose about a recipient: %s is %s', async (text, action) => {
  const mail = `X-Failed-Recipients: x@second.example\n\n${text}\n\n  x@second.example\n    Unrouteable address\n`
  const reading = await readReport(readMessage(Buffer.from(crlf(mail))))
  expect(reading).toMatchObject({ recipients: [{ action, explanation: 'Unrouteable address' }] })
})
