/** Reports as mail systems in the field write them, each about one message that was sent to box@destination.example. */

/** The message that they return: a header section and a body. */
export const sentHeader = [
  'Received: from relay.alias.example by mx.destination.example; Thu, 13 Nov 2025 02:14:00 +0000',
  'From: Sender <a@origin.example>',
  'To: team@alias.example',
  'Subject: Plans for the week',
  'Message-ID: <1@origin.example>',
].join('\r\n')
export const sentBody = 'Hello everybody,\r\n\r\nBye\r\n'

interface Shape {
  readonly name: string
  readonly text: string
  readonly form: 'dsn' | 'qmail' | 'exim'
  readonly action: 'failed' | 'delayed'
  readonly status: string
  readonly diagnostic?: RegExp
  readonly returns: 'whole' | 'header' | 'nothing'
}

function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}

const postfix = crlf(`Return-Path: <>
Received: by mx.destination.example (Postfix) id 4A1B2C3D; Thu, 13 Nov 2025 02:14:02 +0000 (UTC)
Date: Thu, 13 Nov 2025 02:14:02 +0000 (UTC)
From: MAILER-DAEMON@mx.destination.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: b+1@alias.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9F8E7D.1763000042/mx.destination.example"
Content-Transfer-Encoding: 8bit

This is a MIME-encapsulated message.

--9F8E7D.1763000042/mx.destination.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8

<box@destination.example>: host store.destination.example[192.0.2.7] said: 550
    5.1.1 <box@destination.example>: User unknown (in reply to RCPT TO command)

--9F8E7D.1763000042/mx.destination.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.destination.example
X-Postfix-Queue-ID: 9F8E7D
X-Postfix-Sender: rfc822; b+1@alias.example
Arrival-Date: Thu, 13 Nov 2025 02:14:00 +0000 (UTC)

Final-Recipient: rfc822; box@destination.example
Original-Recipient: rfc822;box@destination.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; store.destination.example
Diagnostic-Code: smtp; 550 5.1.1 <box@destination.example>: User unknown

--9F8E7D.1763000042/mx.destination.example
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

${sentHeader}

${sentBody}
--9F8E7D.1763000042/mx.destination.example--
`)

const exchange = crlf(`From: <postmaster@destination.example>
To: <b+1@alias.example>
Date: Thu, 13 Nov 2025 02:14:02 +0000
Content-Type: multipart/report; report-type=delivery-status;
 boundary="8aa1a3a5-3d9a-4e2c"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <c2a1@SERVER.destination.example>
In-Reply-To: <1@origin.example>
Subject: Undeliverable: Plans for the week
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: DR, OOF, AutoReply
MIME-Version: 1.0

--8aa1a3a5-3d9a-4e2c
Content-Type: multipart/alternative; differences=Content-Type;
 boundary="c3f8-inner"

--c3f8-inner
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:=0D=0A

--c3f8-inner
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

PGh0bWw+PGJvZHk+RGVsaXZlcnkgaGFzIGZhaWxlZDwvYm9keT48L2h0bWw+

--c3f8-inner--

--8aa1a3a5-3d9a-4e2c
Content-Type: message/delivery-status

Reporting-MTA: dns;SERVER.destination.example
Received-From-MTA: dns;relay.alias.example
Arrival-Date: Thu, 13 Nov 2025 02:14:00 +0000

Original-Recipient: rfc822;box@destination.example
Final-Recipient: rfc822;box@destination.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 box@destination.example not found by SMTP address lookup
X-Display-Name: Box

--8aa1a3a5-3d9a-4e2c
Content-Type: message/rfc822

${sentHeader}

${sentBody}
--8aa1a3a5-3d9a-4e2c--
`)

const gmail = crlf(`From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: b+1@alias.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <1@origin.example>
X-Failed-Recipients: box@destination.example
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000d6c5"; report-type=delivery-status

--000000000000d6c5
Content-Type: multipart/related; boundary="000000000000d8b2"

--000000000000d8b2
Content-Type: multipart/alternative; boundary="000000000000d8b3"

--000000000000d8b3
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--000000000000d8b3
Content-Type: text/html; charset="UTF-8"

<html></html>
--000000000000d8b3--
--000000000000d8b2
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgoAAAANSUhEUgAAAJAAAACQCAYAAADnRuK4
--000000000000d8b2--
--000000000000d6c5
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Wed, 12 Nov 2025 18:14:00 -0800 (PST)
X-Original-Message-ID: <1@origin.example>

Final-Recipient: rfc822; box@destination.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; aspmx.l.google.example. (192.0.2.27, the server for the domain
 destination.example.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
 550 5.1.1 https://support.google.example/mail/?p=NoSuchUser 41be03b00d2f7 - gsmtp
Last-Attempt-Date: Wed, 12 Nov 2025 18:14:01 -0800 (PST)

--000000000000d6c5
Content-Type: message/rfc822

${sentHeader}

${sentBody}
--000000000000d6c5--
`)

const exim = crlf(`Return-path: <>
Received: from Debian-exim by mx.destination.example with local (Exim 4.96); Thu, 13 Nov 2025 02:14:02 +0000
X-Failed-Recipients: box@destination.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.destination.example>
To: b+1@alias.example
References: <1@origin.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1763000042-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1763000042-eximdsn-1
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

--1763000042-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; mx.destination.example

Action: failed
Final-Recipient: rfc822;box@destination.example
Status: 5.0.0
Remote-MTA: dns; store.destination.example
Diagnostic-Code: smtp; 550 Unrouteable address

--1763000042-eximdsn-1
Content-type: text/rfc822-headers

${sentHeader}

--1763000042-eximdsn-1--
`)

const sendmail = crlf(`Return-Path: <MAILER-DAEMON>
Received: from localhost (localhost) by mx.destination.example (8.17.1/8.17.1) id 5AD2E2; Thu, 13 Nov 2025 02:14:02 GMT
Date: Thu, 13 Nov 2025 02:14:02 GMT
From: Mail Delivery Subsystem <MAILER-DAEMON>
To: <b+1@alias.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5AD2E2.1763000042/mx.destination.example"
Subject: Warning: could not send message for past 4 hours
Auto-Submitted: auto-generated (warning-timeout)

This is a MIME-encapsulated message

--5AD2E2.1763000042/mx.destination.example

    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

--5AD2E2.1763000042/mx.destination.example
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.destination.example
Arrival-Date: Thu, 13 Nov 2025 02:14:00 GMT

Final-Recipient: RFC822; box@destination.example
Action: delayed (after four hours)
Status: 4.4.1 (no answer)
Remote-MTA: DNS; store.destination.example
Last-Attempt-Date: Thu, 13 Nov 2025 06:14:02 GMT
Will-Retry-Until: Tue, 18 Nov 2025 02:14:02 GMT

--5AD2E2.1763000042/mx.destination.example
Content-Type: text/rfc822-headers

${sentHeader}

--5AD2E2.1763000042/mx.destination.example--
`)

const qmail = crlf(`Return-Path: <>
Received: (qmail 12345 invoked for bounce); 13 Nov 2025 02:14:02 -0000
Date: 13 Nov 2025 02:14:02 -0000
From: MAILER-DAEMON@mx.destination.example
To: b+1@alias.example
Subject: failure notice

Hi. This is the qmail-send program at mx.destination.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<box@destination.example>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

${sentHeader}

${sentBody}`)

const oldExim = crlf(`X-Failed-Recipients: box@destination.example
From: Mail Delivery System <Mailer-Daemon@mx.destination.example>
To: b+1@alias.example
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  box@destination.example
    SMTP error from remote mail server after RCPT TO:<box@destination.example>:
    host store.destination.example [192.0.2.7]: 550 No such user here

------ This is a copy of the message, including all the headers. ------

${sentHeader}

${sentBody}`)

/** Everything in base64, with the line ends of the system that encoded it, as some gateways send it on. */
const base64 = crlf(`From: postmaster@destination.example
To: b+1@alias.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type="delivery-status"; boundary=xyz

--xyz
Content-Type: text/plain

failed
--xyz
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

${encoded('Reporting-MTA: dns; x.example\n\nFinal-Recipient: rfc822; <box@destination.example>\nAction: failed\nStatus: 5.2.2\n')}
--xyz
Content-Type: message/rfc822
Content-Transfer-Encoding: base64

${encoded(`${sentHeader}\n\n${sentBody}`.replaceAll('\r\n', '\n'))}
--xyz--
`)

const quotedPrintable = crlf(`From: postmaster@destination.example
To: b+1@alias.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=xyz

--xyz
Content-Type: message/delivery-status
Content-Transfer-Encoding: quoted-printable

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; box=40destina=
tion.example
Action: failed
Status: 5.7.1
--xyz
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: quoted-printable

${sentHeader.replaceAll('=', '=3D').replace('Plans for', 'Plans =\r\nfor')}
--xyz--
`)

const nothingReturned = crlf(`From: postmaster@destination.example
To: b+1@alias.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=xyz

--xyz
Content-Type: text/plain

failed
--xyz
Content-Type: message/delivery-status

Reporting-MTA: dns; x.example

Final-Recipient: rfc822; box@destination.example
Action: FAILED
Status: 5.4.1
--xyz--
`)

const international = crlf(`From: postmaster@destination.example
To: b+1@alias.example
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary=xyz

--xyz
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; x.example

Final-Recipient: utf-8; box@destination.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 Empf\u00e4nger unbekannt
--xyz
Content-Type: message/global-headers

${sentHeader}
--xyz--
`)

function encoded(text: string): string {
  return Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n')
}

export const shapes: readonly Shape[] = [
  {
    name: 'Postfix',
    text: postfix,
    form: 'dsn',
    action: 'failed',
    status: '5.1.1',
    diagnostic: /^550 5\.1\.1 <box@/,
    returns: 'whole',
  },
  {
    name: 'Exchange',
    text: exchange,
    form: 'dsn',
    action: 'failed',
    status: '5.1.10',
    diagnostic: /RecipientNotFound; Recipient box@.*lookup$/,
    returns: 'whole',
  },
  {
    name: 'Gmail',
    text: gmail,
    form: 'dsn',
    action: 'failed',
    status: '5.1.1',
    diagnostic: /^550-5\.1\.1 The email account/,
    returns: 'whole',
  },
  {
    name: 'Exim',
    text: exim,
    form: 'dsn',
    action: 'failed',
    status: '5.0.0',
    diagnostic: /^550 Unroute/,
    returns: 'header',
  },
  {
    name: 'sendmail, a warning',
    text: sendmail,
    form: 'dsn',
    action: 'delayed',
    status: '4.4.1',
    returns: 'header',
  },
  {
    name: 'qmail',
    text: qmail,
    form: 'qmail',
    action: 'failed',
    status: '5.1.1',
    diagnostic: /^550 5\.1\.1 User unknown/,
    returns: 'whole',
  },
  {
    name: 'Exim before it knew DSNs',
    text: oldExim,
    form: 'exim',
    action: 'failed',
    status: '5.0.0',
    diagnostic: /^550 No such user here/,
    returns: 'whole',
  },
  { name: 'base64', text: base64, form: 'dsn', action: 'failed', status: '5.2.2', returns: 'whole' },
  {
    name: 'quoted-printable',
    text: quotedPrintable,
    form: 'dsn',
    action: 'failed',
    status: '5.7.1',
    returns: 'header',
  },
  {
    name: 'nothing returned',
    text: nothingReturned,
    form: 'dsn',
    action: 'failed',
    status: '5.4.1',
    returns: 'nothing',
  },
  {
    name: 'internationalised',
    text: international,
    form: 'dsn',
    action: 'failed',
    status: '5.1.1',
    diagnostic: /Empfänger/,
    returns: 'header',
  },
]
