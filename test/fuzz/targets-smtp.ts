/** Targets that read SMTP: replies, commands, messages after DATA, bounce addresses. */

import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { bounceAddress, readBounceAddress } from '../../src/bounce/bounce-address.ts'
import { parseMailbox } from '../../src/message/mailbox.ts'
import { MemoryBudget } from '../../src/receive/memory-budget.ts'
import { MessageCollector } from '../../src/receive/message-collector.ts'
import { commandText, isHeloName, parsePathCommand } from '../../src/smtp/command.ts'
import {
  mailArguments,
  messageNotification,
  type Notification,
  recipientArguments,
  recipientNotification,
} from '../../src/smtp/dsn-parameters.ts'
import { announcedLines, readExtensions } from '../../src/smtp/ehlo-reply.ts'
import { mailParameters } from '../../src/smtp/mail-parameters.ts'
import { formatReply, parseReply } from '../../src/smtp/reply.ts'
import { ReplyReader } from '../../src/smtp/reply-reader.ts'
import { hashOf, type Random, randomFrom } from './random.ts'
import type { Target } from './target.ts'
import { dictionary, words } from './words.ts'

const reply: Target = {
  name: 'reply',
  seeds: [
    Buffer.from('250 2.0.0 ok\r\n'),
    Buffer.from('550-5.1.1 no such\r\n550-5.1.1  mailbox\r\n550 5.1.1 here\r\n'),
    Buffer.from('421\r\n'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const read = parseReply(octets.toString('latin1'))
    if (!read) return 'none'
    assert.ok(Number.isInteger(read.code) && read.code >= 200 && read.code < 600)
    for (const line of formatReply(read).split('\r\n').slice(0, -1)) {
      assert.ok(line.length <= 510, 'a line that is too long')
      assert.match(line, /^[2-5]\d\d[ -][\x20-\x7e]*$/)
    }
    return `${Math.floor(read.code / 100)} ${read.enhanced === ''}`
  },
}

const replyReader: Target = {
  name: 'reply-reader',
  seeds: [
    Buffer.from('220 host.example ESMTP\r\n250-host.example\r\n\r\n250-PIPELINING\r\n250 8BITMIME\r\n'),
    Buffer.from('250-one\r\nno code\r\n550 no\r\nleft over\r\n354\r\n'),
    Buffer.from('HTTP/1.1 400 Bad Request\r\n'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const [whole, pieces] = [new ReplyReader(500), new ReplyReader(500)]
    const { replies, fault } = whole.read(octets)
    const next = pieceSizes(randomFrom(hashOf(octets)))
    const cut: string[] = []
    for (let at = 0; at < octets.length; ) {
      const size = next()
      cut.push(...pieces.read(octets.subarray(at, at + size)).replies)
      at += size
    }
    assert.deepEqual(cut, replies, 'pieces give other replies')
    for (const reply of replies) {
      assert.ok(parseReply(reply), 'a reply without a code')
      const extensions = readExtensions(announcedLines(reply))
      for (const keyword of extensions.keys()) assert.match(keyword, /^\S*$/)
    }
    return `${replies.length} ${fault === undefined} ${whole.hasBegun}`
  },
}

const maxMessageBytes = 1_000_000

/** What was asked of reports is written for the next hop so that it reads the same. */
function rereadReports(verb: 'MAIL' | 'RCPT', parameters: ReadonlyMap<string, string>): string {
  const isMail = verb === 'MAIL'
  const read = (from: ReadonlyMap<string, string>): Notification | undefined =>
    isMail ? messageNotification(from) : recipientNotification(from, true)
  const asked = read(parameters)
  if (asked === undefined) return 'wrong'
  const written = isMail ? mailArguments(asked) : recipientArguments(asked)
  assert.match(written, /^[ -~]*$/, 'not one line of ASCII')
  const line = `${isMail ? 'MAIL FROM' : 'RCPT TO'}:<a@b.example>${written}`
  const again = parsePathCommand(verb, line)
  assert.equal(again.kind, 'path', line)
  if (again.kind !== 'path') return 'wrong'
  const isCut = 'originalRecipient' in asked && !written.includes('ORCPT=')
  if (!isCut) assert.deepEqual(read(again.parameters), asked)
  return `${Object.keys(asked).length}`
}

const command: Target = {
  name: 'command',
  seeds: [
    Buffer.from('MAIL FROM:<a@origin.example> SIZE=1000 BODY=8BITMIME SMTPUTF8'),
    Buffer.from('RCPT TO:<@one.example,@two.example:team@list.example>'),
    Buffer.from('MAIL FROM:<>'),
    Buffer.from('RCPT TO:<"a b\\"c"@[IPv6:2001:db8::1]> NOTIFY=NEVER'),
    Buffer.from('RCPT TO:<Postmaster>'),
    Buffer.from('MAIL FROM:<a@origin.example> RET=HDRS ENVID=QQ+20314+2B'),
    Buffer.from('RCPT TO:<b@list.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bx@origin.example'),
    Buffer.from('RCPT TO:<b@list.example> ORCPT=utf-8;j\\x{FC}rgen@origin.example'),
    Buffer.from('mail.origin.example'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const line = commandText(octets)
    if (line === undefined) return 'no text'
    const answers = [String(isHeloName(line))]
    for (const verb of ['MAIL', 'RCPT'] as const) {
      const read = parsePathCommand(verb, line)
      answers.push(read.kind)
      if (read.kind !== 'path') continue
      const isWord = verb === 'MAIL' ? read.path === '' : read.path.toLowerCase() === 'postmaster'
      assert.ok(isWord || parseMailbox(read.path) !== undefined, 'a path that is no mailbox')
      answers.push('refusal' in mailParameters(read.parameters, maxMessageBytes, true) ? 'refused' : 'taken')
      answers.push(rereadReports(verb, read.parameters))
    }
    return answers.join(' ')
  },
}

const bounds = { maxMessageBytes: 4_000, maxHeaderBytes: 1_000, maxHeaderLines: 40, maxLineBytes: 300 }

interface Collected {
  readonly state: MessageCollector['state']
  readonly isFaulty: boolean
  readonly readBytes: number
  readonly message: Buffer | undefined
}

/** Feeds octets in pieces of which `next` gives the sizes, until the message ends. */
function collect(octets: Buffer, next: () => number): Collected {
  const memory = new MemoryBudget(1_000_000)
  const collector = new MessageCollector(bounds, memory)
  let readBytes = 0
  while (collector.state === 'open' && readBytes < octets.length) {
    readBytes += collector.feed(Buffer.from(octets.subarray(readBytes, readBytes + next())))
  }
  const isFaulty = collector.fault !== undefined
  const message = collector.state === 'complete' && !isFaulty ? collector.take() : undefined
  collector.release()
  assert.equal(memory.usedBytes, 0, 'memory was not given back')
  return { state: collector.state, isFaulty, readBytes, message }
}

/** Sizes of pieces: octet by octet, or random ones. */
function pieceSizes(random: Random): () => number {
  const most = random.pick([1, 1, 3, 20, 600])
  return () => 1 + random.below(most)
}

const collector: Target = {
  name: 'collector',
  seeds: [
    Buffer.from('From: a@origin.example\r\nSubject: x\r\n\r\nHello\r\n..dot\r\n.\r\nQUIT\r\n'),
    Buffer.from('.\r\n'),
    Buffer.from('\r\n..\r\n...\r\n.\r\n.\r\n'),
    Buffer.from('A: b\r\n\r\nsmuggled\n.\r\nMAIL FROM:<>\r\n.\r\n'),
  ],
  words: dictionary(words.smtp),
  run(octets) {
    const whole = collect(octets, () => octets.length)
    const pieces = collect(octets, pieceSizes(randomFrom(hashOf(octets))))
    if (whole.state !== 'complete' || pieces.state !== 'complete') {
      return `${whole.state} ${pieces.state} ${whole.isFaulty}`
    }
    assert.deepEqual(pieces, whole, 'pieces give another message')
    const end = octets.indexOf('\r\n.\r\n')
    const expected = octets.indexOf('.\r\n') === 0 ? 3 : end + 5
    assert.equal(whole.readBytes, expected, 'the message ends elsewhere')
    if (whole.message) checkCollected(whole.message, octets.subarray(0, expected))
    return `complete ${whole.isFaulty}`
  },
}

/** Without the dots that protect lines (RFC 5321 section 4.5.2) and its end, what was sent is the message. */
function checkCollected(message: Buffer, sent: Buffer): void {
  const text = message.toString('latin1')
  assert.ok(!/(?:^|[^\r])\n|\r(?!\n)/.test(text), 'a bare line end')
  const expected = sent.toString('latin1', 0, sent.length - 3).replace(/^\./gm, '')
  assert.ok(text === expected, 'the message is not what was sent')
}

const millisecondsPerDay = 86_400_000
const key = createSecretKey(Buffer.alloc(32, 1))
const token = { queueId: '3HK2F9QZ4R7BA', ordinal: 7, expiresAtMilliseconds: 20_000 * millisecondsPerDay }
const issued = bounceAddress(key, token, 'alias.example')

const bounce: Target = {
  name: 'bounce-address',
  seeds: [Buffer.from(issued), Buffer.from(issued.toUpperCase()), Buffer.from('b+1-2-3-4@alias.example')],
  words: dictionary(words.smtp),
  run(octets) {
    const address = octets.toString()
    const at = address.lastIndexOf('@')
    const unread = { localPart: address.slice(0, Math.max(at, 0)), domain: address.slice(at + 1) }
    const kinds = [parseMailbox(address) ?? unread, unread].map(mailbox => {
      const { kind } = readBounceAddress([key], mailbox, 19_999 * millisecondsPerDay)
      assert.equal(
        kind === 'genuine',
        address.toLowerCase() === issued,
        'forged and taken for genuine, or refused',
      )
      return kind
    })
    return kinds.join(' ')
  },
}

export const smtpTargets: readonly Target[] = [reply, replyReader, command, collector, bounce]
