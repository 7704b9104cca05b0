/** What counts on a subscriber: replies and reports of many programs and languages, by the command that they answered. */
import { describe, expect, test } from 'vitest'
import { classifyFailure, isAboutThisRelay } from '../../../src/lists/failure-class.ts'
import type { AnsweredCommand } from '../../../src/smtp/answered-command.ts'

/** The class of a reply as it stands on the wire. */
function reply(said: string, answered?: AnsweredCommand): string {
  const code = Number(said.slice(0, 3))
  return classifyFailure({ code, text: said.slice(4), answered })
}

/** The class of a report: its Status, and its Diagnostic-Code without the type. */
function report(status: string | undefined, text: string): string {
  return classifyFailure({ status, text })
}

const aboutUs: readonly string[] = [
  '550 Verification failed for <b+x@lists.example> / 550 No Such User Here" / 550 Sender verify failed',
  '550 rejected because 192.0.2.1 is in a black list at zen.blocklist.example',
  '550 SPF sender invalid - envelope rejected',
  '550 Access denied - invalid HELO name',
  '550 5.1.0 <b+x@lists.example> sender rejected',
  '550 5.1.0 MAIL FROM domain is listed in a blocklist',
  '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
  '550 5.1.1 <b+abc@lists.example>: rejected',
  '550 [192.0.2.1] is not welcome here',
  '550 2001:db8::1 is not welcome here',
  '554 IP 192.0.2.1 found on one or more lists',
  '550 cannot find your reverse hostname',
  '550 reverse DNS lookup failed',
  '450 4.7.1 Client host rejected: cannot find your hostname',
  '550 Your host name looks dynamic',
  '550 Callout verification failed',
  '550 Could not complete sender verify callout',
  '554 poor reputation of the sending system',
  '550 5.7.1 Our policy does not let this through',
  '550 DKIM signature did not verify',
  '550 rejected by the RBL of second.example',
  '451 4.7.1 Greylisting in action, please come back later',
  '550 5.7.1 Unauthenticated email is not accepted from this domain',
  '550 Domain of return-path does not resolve',
  '550 Absenderadresse abgelehnt',
  '550 Adresse de l’expéditeur refusée',
  '550 remitente rechazado',
  '550 mittente rifiutato',
  '550 remetente recusado',
  '550 afzender geweigerd',
  '550 nadawca odrzucony',
  '550 Отправитель отклонён',
  '550 发件人被拒绝',
  '550 差出人が拒否されました',
  '550 您的IP在黑名单中',
  '554 Ihre IP steht auf einer Sperrliste',
  '550 votre serveur est sur liste noire',
  '550 su servidor est\u00e1 en una lista negra',
  '550 5.7.27 the domain of the sender takes no mail',
  '550 5.1.8 no such domain',
  '550 5.1.0 From address is not valid',
  '552 5.1.1 [5.7.509] does not meet the level of authentication that is asked for',
]

describe('words about the sender, the client, lists, HELO, SPF, DKIM, reputation, callouts or policies count for nothing', () => {
  test.each(aboutUs)('at RCPT: %s', said => {
    expect(reply(said, 'rcpt')).toBe('none')
    const code = Number(said.slice(0, 3))
    expect(isAboutThisRelay({ code, text: said.slice(4), answered: 'rcpt' })).toBe(true)
  })

  test.each([
    '550 5.1.0 192.0.2.1 is not allowed to send from <lists.example> per its SPF Record. Please inspect your SPF settings',
    '554 5.7.1 No valid DKIM signature found',
    '550 5.7.1 SPF hardfail: mail from lists.example refused',
    '550 5.7.1 the DKIM signature of this mail did not verify',
    '550 5.7.1 message fails SPF check',
  ])('at the end of data: %s', said => expect(reply(said, 'data')).toBe('none'))

  test.each(aboutUs)('in a report that says 5.1.1 around it: %s', said =>
    expect(report('5.1.1', said)).toBe('none'),
  )

  test('as octets of a reply that are UTF-8', () =>
    expect(reply(Buffer.from('550 Отправитель отклонён').toString('latin1'), 'rcpt')).toBe('none'))
})

test.each([
  '550 5.1.0 address rejected',
  '550 5.1.1 unknown',
  '550 sender rejected',
  '550 no such user here',
  '553 5.1.3 bad address',
  '452 4.3.1 no space',
  '554 5.7.1 no',
  '501 5.5.4 what?',
])('a reply to MAIL is never about the recipient: %s', said => {
  expect(reply(said, 'mail')).toBe('none')
  expect(report('5.1.1', `${said} (in reply to MAIL FROM command)`)).toBe('none')
})

describe('a bare 550 to RCPT without such words counts', () => {
  test.each([
    '550 no such user here',
    '550 no',
    '550 rejected',
    '550 Requested action not taken: mailbox unavailable',
    '550 Requested action not taken: mailbox unavailable. See https://postmaster.second.example/policy?ip=192.0.2.1&c=hi',
    '550 <policy@second.example>: User unknown',
    '550 x@spf.example is not known here',
    '550 user unknown at mx.blocklist.example',
    '550 Empfänger unbekannt',
    '550 Utilisateur inconnu',
    '551 user not local',
    '553 sorry, that address is not known here',
    '550 Message returned to sender: no such user',
  ])('%s', said => expect(reply(said, 'rcpt')).toBe('hard'))

  test.each([
    '550 relay not permitted',
    '550 Access denied',
    '550 mailbox full',
    '550 Administrative prohibition',
    '550 over quota',
    '550 temporary problem, try again later',
    '554 transaction failed',
    '552 too much mail',
  ])('in part where it need not be the address: %s', said => expect(reply(said, 'rcpt')).toBe('soft'))

  test.each(['550 no such user here', '550 rejected', '550 we do not like this'])(
    'in part where it answers the message: %s',
    said => expect(reply(said, 'data')).toBe('soft'),
  )
})

test.each([
  ['5.1.1', '550 5.1.1 no such user', 'hard'],
  ['5.0.0', '552 5.2.2 mailbox full', 'soft'],
  ['5.0.0', '550 5.7.26 unauthenticated', 'none'],
  ['5.1.1', '550 5.7.1 IP address is on a blocklist', 'none'],
  ['5.1.1', '550 5.7.1 go away', 'soft'],
  ['5.1.1', '552 5.2.2 mailbox full', 'soft'],
  ['5.1.0', '550 5.2.1 mailbox disabled', 'hard'],
  ['5.1.2', '550-5.2.2 over quota', 'soft'],
  ['5.0.0', '550 5.1.1 <x@second.example>: user unknown', 'hard'],
  [undefined, '550 5.1.1 user unknown', 'hard'],
  [undefined, '550 no such user', 'hard'],
  ['5.0.0', '550 no such user', 'hard'],
  ['5.0.0', '550 Unrouteable address', 'hard'],
  ['5.0.0', 'Unrouteable address', 'hard'],
  ['5.0.0', '550 Benutzer unbekannt', 'hard'],
  ['5.0.0', '550 utilisateur inconnu', 'hard'],
  ['5.0.0', '550 usuario desconocido', 'hard'],
  ['5.0.0', '550 пользователь не найден', 'hard'],
  ['5.0.0', '550 no', 'soft'],
  ['5.0.0', '554 no such user', 'soft'],
  ['5.0.0', '', 'soft'],
  ['5.0.0', '550 no (in reply to RCPT TO command)', 'hard'],
  ['5.0.0', '550 5.0.0 #5.1.1 bad address', 'hard'],
  ['5.7.1', '550 5.1.1 no such user', 'hard'],
  ['5.2.0', '550 5.7.1 no such user', 'soft'],
  ['5.1.1', '550 relay not permitted', 'soft'],
  ['5.1.1', '550 mailbox full', 'soft'],
  ['5.1.1', '550 rejected by Exim 4.96.1', 'hard'],
  ['5.1.1', '550 no such user; Giving up on 192.0.2.9.', 'hard'],
  ['4.4.7', '421 timed out', 'soft'],
  ['4.4.7', '450 4.1.1 cannot verify the address', 'soft'],
  ['4.4.7', '450 4.2.0 Greylisted', 'none'],
  ['5.3.4', '552 5.3.4 too large', 'none'],
])('a report with Status %s and the diagnostic "%s" is %s', (status, text, expected) => {
  expect(report(status, text)).toBe(expected)
})

test.each([
  ['(in reply to MAIL FROM command)', 'none'],
  ['(in reply to\r\n    MAIL FROM command)', 'none'],
  ['(in reply to RCPT TO command)', 'hard'],
  ['(in reply to end of DATA command)', 'soft'],
  ['SMTP error from remote mail server after MAIL FROM:<b+x@lists.example>', 'none'],
  ['SMTP error from remote mail server after pipelined MAIL FROM:<b+x@lists.example> SIZE=2000', 'none'],
  ['SMTP error from remote mail server after RCPT TO:<x@second.example>', 'hard'],
  ['SMTP error from remote mail server after pipelined end of data', 'soft'],
  ['SMTP error from remote mail server after initial connection', 'soft'],
  ['>>> MAIL From:<b+x@lists.example>\n<<< 550 rejected', 'none'],
  ['>>> RCPT To:<x@second.example>\r\n<<< 550 rejected', 'hard'],
  ['Connected to 192.0.2.9 but sender was rejected.', 'none'],
  ['192.0.2.9 does not like recipient.', 'hard'],
])('the step that a text tells of decides: %s', (told, expected) => {
  expect(report('5.0.0', `550 rejected\n${told}`)).toBe(expected)
})
