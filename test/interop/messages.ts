/** The messages that set out on the journeys: one of each kind that has its own way of going wrong. */

const head = (more = '') =>
  `From: Ada Author <ada@origin.example>\nTo: readers@list.example\nSubject: The minutes of Tuesday\nDate: Thu, 13 Nov 2025 02:13:20 +0000\nMessage-ID: <1@origin.example>\n${more}`

/** Text with LF to octets with CRLF. */
export function octets(text: string, encoding: BufferEncoding = 'utf8'): Buffer {
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), encoding)
}

const multipart = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

A preamble.
--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: base64

PHA+R3LDvMOfZTwvcD4=
--inner--
--outer
Content-Type: application/octet-stream; name="a.bin"
Content-Transfer-Encoding: base64

${'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n'.repeat(8)}--outer--
`

const report = `From: Mail Delivery <mailer-daemon@origin.example>
To: ada@list.example
Subject: Undelivered mail
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r

It could not be delivered.
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.origin.example

Final-Recipient: rfc822; nobody@origin.example
Action: failed
Status: 5.1.1
--r--
`

export const messages = {
  plain: octets(`${head()}\nDear readers,\n\nthe minutes are below.\n\nAda\n`),
  multipart: octets(`${head()}${multipart}`),
  latin1: octets(
    `${head('Comments: caf\xe9\n')}\nDer Brief kam sp\xe4t.\nZweite Zeile.\n\xff\xfe\x80\nEnde.\n`,
    'latin1',
  ),
  utf8: octets(`${head('Comments: Grüße aus München\n')}\nДобрый день\nline two\n日本語\n`),
  repeatedFields: octets(
    `Comments: top\n${head('Comments: upper\nKeywords: one\nCOMMENTS: lower\nKeywords: two\nComments: lower\n')}\nBody.\n`,
  ),
  emptyBody: octets(`${head()}\n`),
  noSeparator: octets(head()),
  blankLinesOnly: octets(`${head()}\n\n\n\n`),
  blankLinesAtEnd: octets(`${head()}\nText.\n\nMore text.\n\n\n\n`),
  noFinalLineEnd: Buffer.concat([octets(`${head()}\nText.\n`), Buffer.from('The last line has no end')]),
  folded: octets(
    `From: =?utf-8?q?J=C3=BCrgen?=\n <ada@origin.example>\nTo: readers@list.example,\n\tothers@list.example\nSubject:  much\t \n   white\n \t space \nEmpty-One:\nEmpty-Two: \n\nBody  with   runs \t of space. \n \n\t\n`,
  ),
  longLines: octets(`${head()}\n${'x'.repeat(998)}\n.\n..\n${'y '.repeat(400)}\nFrom here on.\n`),
  unsignedFields: octets(
    `Return-Path: <ada@origin.example>\nReceived: from a by b; Thu, 13 Nov 2025 02:13:20 +0000\nX-Mailer: none\n${head('Authentication-Results: mx.example; spf=pass\nDKIM-Signature: v=1; a=rsa-sha256; b=AAAA\nAuto-Submitted: no\n')}\nBody.\n`,
  ),
  manyLines: octets(
    `${head()}\n${Array.from({ length: 400 }, (_, n) => (n % 7 === 0 ? 'the same line' : `line ${n}`)).join('\n')}\n`,
  ),
  report: octets(report),
} as const satisfies Readonly<Record<string, Buffer>>
