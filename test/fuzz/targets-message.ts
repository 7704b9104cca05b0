/** Targets that read messages and addresses. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { claimsAuthservId } from '../../src/admit/authentication-results.ts'
import { defaultReportBounds, readReport } from '../../src/bounce/read-report.ts'
import { maxArcInstances, readArcChain } from '../../src/dkim/arc-chain.ts'
import { coveredFields } from '../../src/dkim/covered-fields.ts'
import { lintMessage } from '../../src/lint/lint.ts'
import { parseMailbox } from '../../src/message/mailbox.ts'
import { type Message, messageChunks, newField, readMessage, withCrlf } from '../../src/message/message.ts'
import { decodedContent, leafParts } from '../../src/message/mime-parts.ts'
import { parseTagList, tagNames } from '../../src/message/tag-list.ts'
import { shapes } from '../unit/bounce/report-shapes.ts'
import type { Target } from './target.ts'
import { dictionary, words } from './words.ts'

const multipart = [
  'From: a@origin.example\r\nContent-Type: multipart/mixed; boundary="a b"\r\n\r\npreamble\r\n--a b\r\n',
  'Content-Type: multipart/alternative;\r\n boundary=c\r\n\r\n--c\r\n\r\ntext\r\n--c\r\nContent-Type: text/html\r\n',
  'Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A9=\r\n</p>\r\n--c--\r\n--a b\r\n',
  'Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nbody\r\n--a b\r\nContent-Transfer-Encoding: base64\r\n',
  '\r\nAAEC\r\n--a b--\r\nepilogue\r\n',
].join('')

/** A message of the published test messages. */
export function vector(profile: 'mailversion' | 'message-instance', name: string): Buffer {
  return readFileSync(new URL(`../vectors/${profile}/messages/${name}.eml`, import.meta.url))
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Everything that reading messages promises; the message for further use. */
export function soundMessage(octets: Buffer): Message {
  const message = readMessage(octets)
  assert.ok(Buffer.concat(messageChunks(message)).equals(octets), 'the octets are not what was read')
  assert.ok(
    message.fields.every(field => field.octets.length > 0),
    'a field of no octets',
  )
  return message
}

/** As SMTP brings it: lines end with CRLF, the last one too. */
export function asSent(octets: Buffer): Message {
  const lines = withCrlf(octets)
  return readMessage(
    lines.subarray(-2).toString() === '\r\n' ? lines : Buffer.concat([lines, Buffer.from('\r\n')]),
  )
}

const message: Target = {
  name: 'message',
  seeds: [
    latin1(multipart),
    vector('mailversion', 'list-two-hops'),
    vector('mailversion', 'multipart-parts'),
    vector('message-instance', 'header-only'),
    latin1('\r\nbody'),
    latin1('A: b\r\n\r\n'),
  ],
  words: dictionary(words.mime),
  async run(octets) {
    const read = soundMessage(octets)
    const parts = await leafParts(read)
    for (const part of parts ?? []) {
      assert.match(part.number, /^[1-9]\d*(?:\.[1-9]\d*)*$/)
      assert.ok(part.octets.length <= read.body.length, 'a part is longer than the body')
      assert.ok(decodedContent(part).length <= part.octets.length, 'decoding made a part longer')
    }
    return `${read.body.length > 0} ${parts?.map(part => `${part.number} ${part.encoding}`).slice(0, 6)}`
  },
}

const tagList: Target = {
  name: 'tag-list',
  seeds: [
    latin1('v=DKIM1; k=rsa; p=AAAA'),
    latin1('i=1; mv=1; t=2025-11-13T02:13:20;\r\n h.List-Id=d:*; bin.2.1=x;'),
  ],
  words: dictionary(words.fields, words.keys),
  run(octets) {
    const text = octets.toString('latin1')
    const list = parseTagList(text)
    const names = tagNames(text)
    if (list.kind === 'malformed') return list.reason.slice(0, 16)
    for (const { name, value } of list.tags) {
      assert.equal(list.get(name.toUpperCase()), value)
      assert.ok(names.has(name.toLowerCase()), 'the names differ')
    }
    const again = parseTagList(list.tags.map(({ name, value }) => `${name}=${value}`).join(';'))
    assert.ok(again.kind === 'tags', 'the list written again is malformed')
    assert.deepEqual(again.tags, list.tags)
    return `${list.tags.length}`
  },
}

const mailbox: Target = {
  name: 'mailbox',
  seeds: [
    latin1('a@origin.example'),
    latin1('"quoted \\" part"@[192.0.2.1]'),
    Buffer.from('käse.brot@münchen.example'),
    latin1('x@[IPv6:2001:db8::1]'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const address = octets.toString()
    const read = parseMailbox(address)
    if (!read) return 'none'
    assert.equal(`${read.localPart}@${read.domain}`.toLowerCase(), address.toLowerCase())
    assert.ok(!/[\x00-\x20\x7f]/.test(read.domain), 'the domain holds what no domain holds')
    assert.ok(!/[\r\n\0]/.test(read.localPart), 'the local part holds a control character')
    return `${read.localPart.startsWith('"')} ${read.domain.startsWith('[')}`
  },
}

const ourId = 'relay.example'

const authenticationResults: Target = {
  name: 'authentication-results',
  seeds: [
    latin1('relay.example; dkim2=pass header.d=a.example'),
    latin1('(a (nested \\) comment)) "relay.example" 1; none'),
    latin1('other.example;\r\n\tspf=fail'),
  ],
  words: dictionary(words.results),
  run(octets) {
    const folded = octets.toString('latin1').replace(/[\r\n]+/g, '\r\n ')
    const claims = claimsAuthservId(newField('Authentication-Results', folded), ourId)
    assert.equal(claimsAuthservId(newField('AUTHENTICATION-RESULTS', folded), ourId), claims)
    return String(claims)
  },
}

const arcSet = (instance: number, cv: string) =>
  `ARC-Seal: i=${instance}; a=rsa-sha256; cv=${cv}; d=a.example; s=s; b=\r\nARC-Message-Signature: i=${instance}; h=from\r\nARC-Authentication-Results: i=${instance}; a.example; none\r\n`

const arcChain: Target = {
  name: 'arc-chain',
  seeds: [
    latin1(`${arcSet(2, 'pass')}${arcSet(1, 'none')}From: a@origin.example\r\nList-Id: <x>\r\n\r\n`),
    latin1(`${arcSet(50, 'fail')}Subject : x\r\n\t y\r\n\r\n`),
  ],
  words: dictionary(words.fields, words.results),
  run(octets) {
    const { fields } = asSent(octets)
    const { highest, sets, hasEnded } = readArcChain(fields)
    assert.ok(highest <= 99 && (sets === undefined || sets.length === highest), 'sets are missing')
    const covered = coveredFields(fields)
    const lines = covered?.form.split('\r\n') ?? ['']
    // What is signed are lines of fields that are there, and nothing that h= does not name.
    assert.equal(lines.pop(), '')
    const named = new Set(covered?.names)
    assert.ok(
      lines.every(line => named.has(line.slice(0, line.indexOf(':')))),
      'a field without its name',
    )
    return `${highest > maxArcInstances} ${sets?.length} ${hasEnded} ${covered?.names.length}`
  },
}

const report: Target = {
  name: 'report',
  seeds: [latin1(multipart), ...shapes.map(({ text }) => latin1(text))],
  words: dictionary(words.mime, words.status),
  async run(octets) {
    const read = await readReport(soundMessage(octets))
    if (read.kind === 'malformed') return read.reason.slice(0, 12)
    if (read.kind === 'no report') return read.kind
    assert.ok(read.recipients.length <= defaultReportBounds.maxRecipients, 'too many recipients')
    for (const recipient of read.recipients) {
      for (const value of Object.values(recipient)) {
        assert.ok(!/[\r\n\0]/.test(value), `not one line: ${JSON.stringify(value)}`)
      }
    }
    const [first] = read.recipients
    return `${read.form} ${first?.action} ${first?.diagnosticType} ${read.returned?.hasBody}`
  },
}

const lint: Target = {
  name: 'lint',
  seeds: [
    latin1(multipart),
    latin1(
      'From: =?utf-8?q?=C3=A9?= <a@b.example>\r\nSubject: =?utf8?b?w6k=?=\r\nDate: 1 Nov 25 10:00 GMT\r\n\r\n',
    ),
    vector('mailversion', 'multipart-parts'),
    latin1(
      'Content-Disposition: a; b*0*=utf-8\'en\'%C3%A9; b*2="c\\""\r\nList-Unsubscribe: <https://a/>\r\n',
    ),
  ],
  words: dictionary(words.mime, words.fields),
  run(octets) {
    const lines = withCrlf(octets)
    const { findings } = lintMessage(lines)
    for (const { line, column, found } of findings) {
      assert.ok(line >= 1 && column >= 1, 'a place outside of the file')
      assert.ok(!/[\x00-\x1f]/.test(found), 'a quotation that breaks the line')
    }
    return findings.map(({ rule }) => rule).join(' ')
  },
}

export const messageTargets: readonly Target[] = [
  message,
  tagList,
  mailbox,
  authenticationResults,
  arcChain,
  report,
  lint,
]
