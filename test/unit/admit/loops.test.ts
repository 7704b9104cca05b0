/** What ends a loop of mail (RFC 5321 section 6.3), and what does not. */
import { describe, expect, test } from 'vitest'
import { findLoop } from '../../../src/admit/loops.ts'
import { readMessage } from '../../../src/message/message.ts'

const bounds = {
  maxReceivedFields: 100,
  maxOwnReceivedFields: 10,
  maxHops: 50,
  hostname: 'relay.alias.example',
}
const team = 'team@alias.example'

function loopOf(lines: readonly string[], recipients: readonly string[] = [team]): string | undefined {
  const header = lines.map(line => `Received: ${line}; Sat, 28 Nov 2026 12:00:00 +0000\r\n`).join('')
  const octets = Buffer.from(`${header}Subject: x\r\n\r\nHello.\r\n`)
  return findLoop(readMessage(octets), [], recipients, bounds)
}

const foreign = (count: number) =>
  Array.from({ length: count }, (_, at) => `from h${at}.example by h${at + 1}.example with ESMTP id ${at}`)
const own = (rest = '') =>
  `from a.example (a.example [192.0.2.1])\r\n\tby relay.alias.example with ESMTP id 1${rest}`

describe('is no loop', () => {
  test.each([
    ['no trace', []],
    ['31 hosts', foreign(31)],
    ['50 hosts', foreign(50)],
    ['99 hosts', foreign(99)],
    ['100 hosts', foreign(100)],
    ['this relay, for another of its addresses', [own('\r\n\tfor <other@alias.example>')]],
    ['this relay, for several', [own()]],
    ['another relay, for this address', [`from a.example by mx.alias.example with ESMTP id 1 for <${team}>`]],
    [
      'a client that calls itself as this relay',
      [`from relay.alias.example (by relay.alias.example) by mx.example for <${team}>`],
    ],
  ])('%s', (_what, lines) => expect(loopOf(lines)).toBeUndefined())
})

describe('is a loop', () => {
  test.each([
    ['101 hosts', foreign(101), /101 Received fields, at most 100/],
    ['600 hosts', foreign(600), /600 Received fields/],
    [
      'this relay for this address',
      [own(`\r\n\tfor <${team}>`)],
      /received it for team@alias\.example already/,
    ],
    ['the same far below', [...foreign(20), own(` for <${team}>`)], /already/],
    ['another spelling of the address', [own(' for <"TEAM"@Alias.example>')], /already/],
    [
      'another spelling of this relay',
      [`from a.example by RELAY.alias.example with ESMTP id 1 for <${team}>`],
      /already/,
    ],
    ['this relay eleven times, for several', Array.from({ length: 11 }, () => own()), /received it 11 times/],
  ])('%s', (_what, lines, words) => expect(loopOf(lines)).toMatch(words))

  test('also for an address in UTF-8', () => {
    expect(loopOf([own(' for <gr\u00fcn@alias.example>')], ['gr\u00fcn@alias.example'])).toMatch(/already/)
  })
})
