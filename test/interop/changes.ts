/** What hops do to messages between receiving and sending them. Each takes and gives whole messages. */

import { octets } from './messages.ts'

export type Change = (message: Buffer) => Buffer

/** Replaces the first match in the message read as latin1. */
export function replace(pattern: string | RegExp, by: string): Change {
  return message => {
    const text = message.toString('latin1')
    const changed = text.replace(pattern, () => octets(by).toString('latin1'))
    return Buffer.from(changed, 'latin1')
  }
}

/** Puts text (LF line ends) on top of the header section. */
const onTop =
  (text: string): Change =>
  message =>
    Buffer.concat([octets(text), message])

/** Puts fields at the bottom of the header section. */
const atBottom =
  (text: string): Change =>
  message => {
    const end = message.indexOf('\r\n\r\n')
    if (end < 0) return Buffer.concat([message, octets(text)])
    return Buffer.concat([message.subarray(0, end + 2), octets(text), message.subarray(end + 2)])
  }

const ofBody =
  (change: (body: string) => string): Change =>
  message => {
    const end = message.indexOf('\r\n\r\n')
    const start = end < 0 ? message.length : end + 4
    const head = end < 0 ? Buffer.concat([message, Buffer.from('\r\n')]) : message.subarray(0, start)
    return Buffer.concat([head, Buffer.from(change(message.subarray(start).toString('latin1')), 'latin1')])
  }

export const changes = {
  trace: onTop(
    'Received: from a.example by b.example; Thu, 13 Nov 2025 02:13:21 +0000\nAuthentication-Results: b.example; dkim2=pass\nX-Seen: yes\n',
  ),
  subjectTag: replace(/^Subject:[ \t]*/m, 'Subject: [list] '),
  listFields: onTop(
    'List-Id: Readers <readers.list.example>\nList-Post: <mailto:readers@list.example>\nPrecedence: list\n',
  ),
  footer: ofBody(body => `${body}${/(^|\n)$/.test(body) ? '' : '\r\n'}-- \r\nreaders@list.example\r\n`),
  header8Bit: replace(/^Subject:.*$/m, 'Subject: Grüße, die Niederschrift'),
  newBody: ofBody(() => 'All of the old text is gone.\r\n'),
  emptied: ofBody(() => ''),
  footerRemoved: ofBody(body => body.replace('-- \r\nreaders@list.example\r\n', '')),
  firstLine: ofBody(body => `A line on top.\r\n${body}`),
  middleLineRemoved: ofBody(body => {
    const lines = body.split('\r\n')
    return [...lines.slice(0, 1), ...lines.slice(2)].join('\r\n')
  }),
  everyThirdLine: ofBody(body =>
    body
      .split('\r\n')
      .map((line, n) => (n % 3 === 2 ? `> ${line}` : line))
      .join('\r\n'),
  ),
  linesSwapped: ofBody(body => {
    const [first = '', second = '', ...rest] = body.split('\r\n')
    return [second, first, ...rest].join('\r\n')
  }),
  blankLinesCut: ofBody(body => body.replace(/(\r\n)+$/, '\r\n')),
  sevenBit: ofBody(body => body.replace(/[\x80-\xff]/g, '?')),
  fieldRemoved: replace(/^Date:.*\r\n/m, ''),
  oneOfRepeatedRemoved: replace(/^COMMENTS:.*\r\n/m, ''),
  repeatedAbove: onTop('Comments: added above\n'),
  repeatedBelow: atBottom('Comments: added below\n'),
  fromRewritten: replace(/^From:.*$/m, 'From: "Ada via Readers" <readers@list.example>'),
  mimeFooter: replace('--outer--', '--outer\nContent-Type: text/plain\n\nreaders@list.example\n--outer--'),
} as const satisfies Readonly<Record<string, Change>>

/** One change after the other. */
export function all(...list: readonly Change[]): Change {
  return message => list.reduce((current, change) => change(current), message)
}
