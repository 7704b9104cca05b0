/** Reports as other mail systems send them, about a copy that a test has received. */
import type { SinkMessage } from './sink.ts'

/** The header section of a copy, as reports return it. */
export function headerOf(copy: SinkMessage): string {
  return copy.octets.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
}

function crlf(text: string): Buffer {
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')
}

/**
 * A delivery status report.
 *
 * @param fields of the recipient, after Final-Recipient
 * @param text for people
 */
export function statusReport(copy: SinkMessage, fields: readonly string[], text = 'Failed.'): Buffer {
  return crlf(`From: MAILER-DAEMON@mx.second.example
To: ${copy.reversePath}
Subject: Mail delivery failed
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: text/plain

${text}

--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.second.example

Final-Recipient: rfc822; ${copy.forwardPaths[0]}
${fields.join('\n')}

--r
Content-Type: text/rfc822-headers

${headerOf(copy)}

--r--
`)
}

/** A report in prose, of a program that names the recipient in X-Failed-Recipients. */
export function proseReport(copy: SinkMessage, said: string, separator: string, returned: string): Buffer {
  return crlf(`From: Mail Delivery Subsystem <mailer-daemon@second.example>
To: ${copy.reversePath}
X-Failed-Recipients: ${copy.forwardPaths[0]}
Auto-Submitted: auto-replied
Subject: Mail delivery failed

Delivery to the following recipient failed permanently:

  ${copy.forwardPaths[0]}

  ${said}

${separator}

${returned}
`)
}

/** A report in the words of qmail, without the header fields around it. */
export function qmailText(copy: SinkMessage, said = '550 5.1.1 no such user'): string {
  return `Hi. This is the qmail-send program at mx.destination.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${copy.forwardPaths[0]}>:
192.0.2.9 does not like recipient.
Remote host said: ${said}
Giving up on 192.0.2.9.
`
}

/** A mail of the mail system of second.example, with fields and body as they are given. */
export function daemonMail(copy: SinkMessage, fields: string, body: string): Buffer {
  return crlf(`From: MAILER-DAEMON@second.example
To: ${copy.reversePath}
${fields}

${body}`)
}
