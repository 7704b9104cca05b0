/** For each rule of lint a message that breaks it and the same message as it should be. */
import type { RuleName } from '../../../src/lint/rules.ts'

export interface LintCase {
  /** Octets as latin1. */
  readonly wrong: string
  readonly right: string
  /** Where the fault is, line and column. */
  readonly at: readonly [line: number, column: number]
}

const usual =
  'From: Ann <a@origin.example>\r\nDate: Sat, 15 Nov 2025 10:00:00 +0000\r\nMessage-ID: <1@origin.example>\r\n'

/** A sound message with these fields, which begin at line 4, and this body. */
function mail(fields = '', body = 'Hello\r\n'): string {
  return `${usual}${fields}\r\n${body}`
}

/** A field instead of the usual one of that name. */
function instead(field: string, fields = ''): string {
  const name = `${field.slice(0, field.indexOf(':'))}:`
  const lines = usual.split('\r\n').map(line => (line.startsWith(name) ? field : line))
  return `${lines.join('\r\n')}${fields}\r\nHello\r\n`
}

function without(name: string): string {
  const lines = usual.split('\r\n').filter(line => !line.startsWith(`${name}:`))
  return `${lines.join('\r\n')}\r\nHello\r\n`
}

const mime = 'MIME-Version: 1.0\r\n'

/** A message of one part: Content-Type in line 5. */
function part(type: string, encoding: string, body: string): string {
  return mail(`${mime}Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n`, body)
}

/** A multipart: Content-Type in line 5, the body from line 7. */
function multipart(body: string, boundary = '; boundary="b"'): string {
  return mail(`${mime}Content-Type: multipart/mixed${boundary}\r\n`, body)
}

function attachment(parameters: string): string {
  return multipart(`--b\r\nContent-Disposition: attachment; ${parameters}\r\n\r\nx\r\n--b--\r\n`)
}

const unsubscribe = 'List-Unsubscribe: <https://list.example/u>\r\n'
const oneClick = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'

function signature(names: string, more = ''): string {
  return `DKIM-Signature: v=1; a=ed25519-sha256; d=origin.example; s=ed;${more}\r\n h=${names}; bh=aa; b=aa\r\n`
}

const covered = signature('From:List-Unsubscribe:List-Unsubscribe-Post')
const letters = (count: number) => 'x'.repeat(count)
const good = mail()
const onePart = '--b\r\n\r\nx\r\n--b--\r\n'

export const lintCases: Readonly<Record<RuleName, LintCase>> = {
  'line-over-998': {
    wrong: mail('', `${letters(999)}\r\n`),
    right: mail('', `${letters(998)}\r\n`),
    at: [5, 999],
  },
  'header-line-over-78': {
    wrong: mail(`Subject: ${letters(70)}\r\n`),
    right: mail(`Subject: ${letters(69)}\r\n`),
    at: [4, 79],
  },
  'mixed-line-ends': { wrong: mail('', 'one\ntwo\r\n'), right: mail('', 'one\r\ntwo\r\n'), at: [5, 4] },
  'bare-carriage-return': { wrong: mail('', 'a\rb\r\n'), right: good, at: [5, 2] },
  'nul-octet': { wrong: mail('', 'ab\0\r\n'), right: good, at: [5, 3] },
  'control-character': { wrong: mail('Subject: a\x07\r\n'), right: mail('Subject: a\tb\r\n'), at: [4, 11] },
  'no-header': { wrong: '\r\nHello\r\n', right: good, at: [1, 1] },
  'no-field': { wrong: mail('Subject Hello\r\n'), right: mail('Subject: Hello\r\n'), at: [4, 1] },
  'fold-first': { wrong: ` a\r\n${good}`, right: good, at: [1, 1] },
  'blank-fold': { wrong: mail('Subject: a\r\n \r\n b\r\n'), right: mail('Subject: a\r\n b\r\n'), at: [5, 1] },
  'space-before-colon': { wrong: mail('Subject : a\r\n'), right: mail('Subject: a\r\n'), at: [4, 8] },
  'repeated-field': {
    wrong: mail('Subject: a\r\nsubject: b\r\n'),
    right: mail('Subject: a\r\n'),
    at: [5, 1],
  },
  'repeated-mime-field': { wrong: mail(mime + mime), right: mail(mime), at: [5, 1] },
  'repeated-list-field': {
    wrong: mail(`List-Id: <l.list.example>\r\nList-Id: <m.list.example>\r\n`),
    right: mail(`List-Id: <l.list.example>\r\n`),
    at: [5, 1],
  },
  'received-empty': {
    wrong: mail('Received: ; \r\n'),
    right: mail('Received: from a.example by b.example; Sat, 15 Nov 2025 10:00:00 +0000\r\n'),
    at: [4, 1],
  },
  'no-from': { wrong: without('From'), right: good, at: [1, 1] },
  'from-no-mailbox': { wrong: instead('From: Ann'), right: good, at: [1, 6] },
  'no-sender': {
    wrong: instead('From: a@origin.example, b@origin.example'),
    right: instead('From: a@origin.example, b@origin.example', 'Sender: a@origin.example\r\n'),
    at: [1, 1],
  },
  'sender-several': {
    wrong: mail('Sender: a@origin.example, b@origin.example\r\n'),
    right: mail('Sender: a@origin.example\r\n'),
    at: [4, 8],
  },
  'no-date': { wrong: without('Date'), right: good, at: [1, 1] },
  'bad-date': { wrong: instead('Date: 2025-11-15 10:00:00'), right: good, at: [2, 6] },
  'obsolete-date': { wrong: instead('Date: Sat, 15 Nov 25 10:00:00 GMT'), right: good, at: [2, 6] },
  'wrong-weekday': { wrong: instead('Date: Sun, 15 Nov 2025 10:00:00 +0000'), right: good, at: [2, 6] },
  'no-message-id': { wrong: without('Message-ID'), right: good, at: [1, 1] },
  'bad-message-id': { wrong: instead('Message-ID: 1@origin.example'), right: good, at: [3, 13] },
  'bad-address': {
    wrong: mail('To: Doe, Jo <jo@destination.example>\r\n'),
    right: mail('To: "Doe, Jo" <jo@destination.example>, undisclosed:;\r\n'),
    at: [4, 5],
  },
  'name-unquoted': {
    wrong: mail('To: Jo Q. Doe <jo@destination.example>\r\n'),
    right: mail('To: "Jo Q. Doe" <jo@destination.example>\r\n'),
    at: [4, 5],
  },
  'bcc-in-open': { wrong: mail('Bcc: jo@destination.example\r\n'), right: mail('Bcc: \r\n'), at: [4, 1] },
  'subject-not-encoded': {
    wrong: mail('Subject: Gr\xc3\xbc\xc3\x9fe\r\n'),
    right: mail('Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n'),
    at: [4, 12],
  },
  'name-not-encoded': {
    wrong: mail('To: "J\xc3\xb6rg" <jo@destination.example>\r\n'),
    right: mail('To: =?utf-8?q?J=C3=B6rg?= <jo@destination.example>\r\n'),
    at: [4, 5],
  },
  'address-not-ascii': {
    wrong: mail('To: j\xc3\xb6rg@destination.example\r\n'),
    right: mail('To: joerg@destination.example\r\n'),
    at: [4, 5],
  },
  'field-not-ascii': {
    wrong: mail('X-Note: na\xc3\xafve\r\n'),
    right: mail('X-Note: naive\r\n'),
    at: [4, 11],
  },
  'field-not-utf8': { wrong: mail('Subject: na\xefve\r\n'), right: mail('Subject: naive\r\n'), at: [4, 12] },
  'word-over-75': {
    wrong: mail(`Subject: =?utf-8?q?${letters(64)}?=\r\n`),
    right: mail(`Subject:\r\n =?utf-8?q?${letters(63)}?=\r\n`),
    at: [4, 10],
  },
  'word-line-over-76': {
    wrong: mail(`Subject: =?utf-8?q?${letters(30)}?= =?utf-8?q?${letters(30)}?=\r\n`),
    right: mail(`Subject: =?utf-8?q?${letters(30)}?=\r\n =?utf-8?q?${letters(30)}?=\r\n`),
    at: [4, 77],
  },
  'word-in-quotes': {
    wrong: mail('To: "=?utf-8?q?J=C3=B6rg?=" <jo@destination.example>\r\n'),
    right: mail('To: =?utf-8?q?J=C3=B6rg?= <jo@destination.example>\r\n'),
    at: [4, 6],
  },
  'word-in-address': {
    wrong: mail('To: <=?utf-8?q?jo?=@destination.example>\r\n'),
    right: mail('To: (=?utf-8?q?J=C3=B6?=) jo@destination.example\r\n'),
    at: [4, 6],
  },
  'word-in-parameter': {
    wrong: attachment('filename="=?utf-8?q?na=C3=AFve?="'),
    right: attachment("filename*=utf-8''na%C3%AFve"),
    at: [8, 34],
  },
  'word-not-separate': {
    wrong: mail('Subject: Re:=?utf-8?q?J=C3=B6?=\r\n'),
    right: mail('Subject: Re: =?utf-8?q?J=C3=B6?=\r\n'),
    at: [4, 13],
  },
  'word-malformed': {
    wrong: mail('Subject: =?utf-8?q?a b?=\r\n'),
    right: mail('Subject: =?utf-8?q?a_b?=\r\n'),
    at: [4, 10],
  },
  'word-splits-character': {
    wrong: mail('Subject: =?utf-8?q?J=C3?= =?utf-8?q?=B6?=\r\n'),
    right: mail('Subject: =?utf-8?q?J=C3=B6?= =?utf-8?q?rg?=\r\n'),
    at: [4, 10],
  },
  'charset-name': {
    wrong: mail('Subject: =?utf8?q?J=C3=B6?=\r\n'),
    right: mail('Subject: =?utf-8?q?J=C3=B6?=\r\n'),
    at: [4, 10],
  },
  'no-mime-version': {
    wrong: mail('Content-Type: text/plain\r\n'),
    right: mail(`${mime}Content-Type: text/plain\r\n`),
    at: [4, 1],
  },
  'bad-mime-version': {
    wrong: mail('MIME-Version: 1\r\n'),
    right: mail('MIME-Version: 1.0 (made by hand)\r\n'),
    at: [4, 14],
  },
  'bad-content-type': {
    wrong: mail(`${mime}Content-Type: text\r\n`),
    right: mail(`${mime}Content-Type: Text/Plain (all of it); charset=us-ascii (ASCII)\r\n`),
    at: [5, 14],
  },
  'bad-parameter': {
    wrong: attachment('filename=my file.txt'),
    right: attachment('filename="my file.txt"'),
    at: [8, 34],
  },
  'parameter-not-ascii': {
    wrong: attachment('filename="na\xc3\xafve.txt"'),
    right: attachment("filename*=utf-8''na%C3%AFve.txt"),
    at: [8, 34],
  },
  'bad-extended-parameter': {
    wrong: attachment('filename*=na%C3%AFve.txt'),
    right: attachment("filename*=utf-8'fr'na%C3%AFve.txt"),
    at: [8, 34],
  },
  'parameter-gap': {
    wrong: attachment('filename*0=a; filename*2=b'),
    right: attachment("filename*0*=utf-8''a; filename*1*=%C3%AF; filename*2=b"),
    at: [8, 34],
  },
  'bad-encoding': {
    wrong: part('text/plain', 'utf-8', 'x\r\n'),
    right: part('text/plain', '7bit', 'x\r\n'),
    at: [6, 27],
  },
  'multipart-encoded': {
    wrong: part('multipart/mixed; boundary=b', 'base64', onePart),
    right: part('multipart/mixed; boundary=b', '7bit', onePart),
    at: [6, 27],
  },
  'message-encoded': {
    wrong: part('message/rfc822', 'base64', 'eA==\r\n'),
    right: part('message/rfc822', '7bit', good),
    at: [6, 27],
  },
  'no-boundary': { wrong: multipart(onePart, ''), right: multipart(onePart), at: [5, 1] },
  'bad-boundary': {
    wrong: multipart('--b*\r\n\r\nx\r\n--b*--\r\n', '; boundary="b*"'),
    right: multipart(onePart),
    at: [5, 32],
  },
  'boundary-missing': { wrong: multipart('x\r\n'), right: multipart(onePart), at: [5, 1] },
  'boundary-not-closed': { wrong: multipart('--b\r\n\r\nx\r\n'), right: multipart(onePart), at: [10, 1] },
  'boundary-reused': {
    wrong: multipart(`--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${onePart}--b--\r\n`),
    right: multipart(
      '--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\nx\r\n--bb--\r\n--b--\r\n',
    ),
    at: [8, 1],
  },
  'part-header-open': {
    wrong: multipart('--b\r\nContent-Type: text/plain\r\n--b--\r\n'),
    right: multipart('--b\r\nContent-Type: text/plain\r\n\r\n--b--\r\n'),
    at: [8, 1],
  },
  'undeclared-8bit': {
    wrong: part('text/plain; charset=utf-8', '7bit', 'na\xc3\xafve\r\n'),
    right: part('text/plain; charset=utf-8', '8bit', 'na\xc3\xafve\r\n'),
    at: [8, 3],
  },
  'no-charset': {
    wrong: part('text/plain', 'quoted-printable', 'na=C3=AFve\r\n'),
    right: part('text/plain; charset=utf-8', 'quoted-printable', 'na=C3=AFve\r\n'),
    at: [5, 1],
  },
  'charset-wrong': {
    wrong: part('text/plain; charset=utf-8', 'base64', '6Q==\r\n'),
    right: part('text/plain; charset=iso-8859-1', 'base64', '6Q==\r\n'),
    at: [5, 1],
  },
  'base64-line-over-76': {
    wrong: part('image/png', 'base64', `${letters(80)}\r\n`),
    right: part('image/png', 'base64', `${letters(76)}\r\n${letters(4)}\r\n`),
    at: [8, 77],
  },
  'bad-base64': {
    wrong: part('image/png', 'base64', 'eA==\r\neA==\r\n'),
    right: part('image/png', 'base64', 'eHh4\r\neA==\r\n'),
    at: [9, 1],
  },
  'quoted-line-over-76': {
    wrong: part('text/plain', 'quoted-printable', `${letters(77)}\r\n`),
    right: part('text/plain', 'quoted-printable', `${letters(75)}=\r\n${letters(2)}\r\n`),
    at: [8, 77],
  },
  'bad-quoted-printable': {
    wrong: part('text/plain', 'quoted-printable', '1 + 1 = 2\r\n'),
    right: part('text/plain', 'quoted-printable', '1 + 1 =3D 2\r\n'),
    at: [8, 7],
  },
  'quoted-trailing-space': {
    wrong: part('text/plain', 'quoted-printable', 'x \r\n'),
    right: part('text/plain', 'quoted-printable', 'x=20\r\n'),
    at: [8, 2],
  },
  'unsubscribe-malformed': {
    wrong: mail('List-Unsubscribe: https://list.example/u\r\n'),
    right: mail('List-Unsubscribe: <mailto:l-leave@list.example>,\r\n <https://list.example/u>\r\n'),
    at: [4, 18],
  },
  'unsubscribe-no-https': {
    wrong: mail('List-Unsubscribe: <mailto:l-leave@list.example>\r\n'),
    right: mail(unsubscribe + oneClick + covered),
    at: [4, 18],
  },
  'unsubscribe-no-post': { wrong: mail(unsubscribe), right: mail(unsubscribe + oneClick), at: [4, 1] },
  'unsubscribe-bad-post': {
    wrong: mail('List-Unsubscribe-Post: One-Click\r\n'),
    right: mail(oneClick),
    at: [4, 23],
  },
  'unsubscribe-not-signed': {
    wrong: mail(unsubscribe + oneClick + signature('From:List-Unsubscribe')),
    right: mail(unsubscribe + oneClick + covered),
    at: [4, 1],
  },
  'no-unsubscribe': {
    wrong: mail('Precedence: bulk\r\n'),
    right: mail(`Precedence: bulk\r\n${unsubscribe}`),
    at: [4, 1],
  },
  'bad-list-id': {
    wrong: mail('List-Id: my list\r\n'),
    right: mail('List-Id: My list <l.list.example>\r\n'),
    at: [4, 9],
  },
  'signature-without-from': { wrong: mail(signature('To')), right: mail(signature('To:From')), at: [4, 1] },
  'signature-with-length': {
    wrong: mail(signature('From', ' l=5;')),
    right: mail(signature('From')),
    at: [4, 1],
  },
  'not-looked-at': {
    wrong: mail(`X-Long: ${letters(300_000)}\r\n`),
    right: mail(`X-Long: ${letters(200_000)}\r\n`),
    at: [4, 1],
  },
}
