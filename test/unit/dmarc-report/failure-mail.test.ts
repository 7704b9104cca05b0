import { createSecretKey } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { isFailureWanted } from '../../../src/dmarc-report/failure-options.ts'
import { redactedAddress, redactedHeader } from '../../../src/dmarc-report/redaction.ts'
import { readMessage } from '../../../src/message/message.ts'
import type { DmarcEvaluation } from '../../../src/record/dmarc-evaluation.ts'

const evaluation: DmarcEvaluation = {
  headerFrom: 'bank.example',
  envelopeFrom: 'bank.example',
  disposition: 'none',
  dkimAligned: false,
  spfAligned: false,
  reasons: [],
  dkim: [],
}
const both = { ...evaluation, dkimAligned: true, spfAligned: true }
const dkimOnly = { ...evaluation, dkimAligned: true }
const brokenOther: DmarcEvaluation = {
  ...both,
  dkim: [
    { domain: 'bank.example', selector: 's', result: 'pass' },
    { domain: 'esp.example', selector: 's', result: 'fail' },
  ],
}
const softfail: DmarcEvaluation = { ...dkimOnly, spf: { domain: 'esp.example', result: 'softfail' } }
const spfPass: DmarcEvaluation = { ...both, spf: { domain: 'bank.example', result: 'pass' } }

// RFC 9989 section 4.7, fo.
test.each<[string, string, DmarcEvaluation, boolean]>([
  ['0: nothing aligned', '0', evaluation, true],
  ['0: one aligned', '0', dkimOnly, false],
  ['1: one aligned', '1', dkimOnly, true],
  ['1: both aligned', '1', both, false],
  ['d: a signature failed that does not align', 'd', brokenOther, true],
  ['d: there is no signature', 'd', evaluation, false],
  ['s: SPF did not pass', 's', softfail, true],
  ['s: SPF passed', 's', spfPass, false],
  ['several: one of them holds', 'd:s', softfail, true],
  ['several, with what is not known and spaces', 'x: 1 :', dkimOnly, true],
  ['capital letters', 'D', brokenOther, true],
  ['what is not known alone', 'x', evaluation, false],
  ['a name of an object', 'constructor', evaluation, false],
])('%s', (_what, options, judged, isWanted) => {
  expect(isFailureWanted(options, judged)).toBe(isWanted)
})

describe('what a report shows of a message', () => {
  const key = createSecretKey(Buffer.alloc(32, 1))

  test('is the same hash for the same local part under one key, and another one under another', () => {
    const one = redactedAddress('ceo@bank.example', key)
    expect(one).toMatch(/^[\w-]{16}@bank\.example$/)
    expect(redactedAddress('ceo@shop.example', key).split('@')[0]).toBe(one.split('@')[0])
    expect(redactedAddress('cfo@bank.example', key)).not.toBe(one)
    expect(redactedAddress('ceo@bank.example', createSecretKey(Buffer.alloc(32, 2)))).not.toBe(one)
    expect(redactedAddress('no address', key)).toBe('')
  })

  test('names no person, no recipient, no file, and is ASCII without a line that is not its own', () => {
    const lines = [
      'Received: from client.example by relay.example for <team@alias.example>; today',
      'DKIM-Signature: v=1; a=rsa-sha256; d=bank.example; i=ceo@bank.example; s=s;',
      ' h=from:to; bh=x; b=y',
      'From: "The Boss" <ceo@bank.example>, =?utf-8?q?Jane?= <jane@bank.example>',
      'Sender: office@bank.example',
      'To: Team <team@alias.example>',
      'Cc: other@alias.example',
      'Subject: Your secret',
      'Message-ID: <1@bank.example>',
      'Content-Type: multipart/mixed; boundary=x; name="salaries.pdf"',
      'Date: Sat, 28 Nov 2026 12:00:00 +0000 gr\u00fc\u00dfe',
      '',
      'Dear team',
    ]
    const text = redactedHeader(readMessage(Buffer.from(lines.join('\r\n'), 'latin1')), key)
    expect(text.split('\r\n').map(line => line.replace(/:.*/, ''))).toEqual([
      'DKIM-Signature',
      ...['From', 'Sender', 'Message-ID', 'Content-Type', 'Date', ''],
    ])
    for (const secret of [
      'ceo',
      'Boss',
      'jane',
      'Jane',
      'office',
      'team',
      'alias',
      'secret',
      'salaries',
      'Dear',
    ])
      expect(text).not.toContain(secret)
    expect(text).toContain('i=redacted@bank.example')
    expect(text).toMatch(/^[\x20-\x7e\r\n]*$/)
  })
})
