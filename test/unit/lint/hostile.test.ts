/** lint: whatever a message is, it is read in one pass, and what is told of it stays short. */
import { describe, expect, test } from 'vitest'
import { lintMessage } from '../../../src/lint/lint.ts'
import { rules } from '../../../src/lint/rules.ts'

const most = 20 * Object.keys(rules).length

const nested = Array.from(
  { length: 5_000 },
  (_, depth) => `--b${depth - 1}\r\nContent-Type: multipart/mixed; boundary=b${depth}\r\n\r\n`,
)

const hostile: Readonly<Record<string, string>> = {
  'a hundred thousand header lines': `${'From: a, b <x>, "=?utf8?q?\xe9?=" <\r\n'.repeat(100_000)}\r\n`,
  'a hundred thousand continuation lines': `To:${'\r\n <a@b.example>,('.repeat(100_000)}\r\n\r\n`,
  'a line of four million octets': `Subject: ${'=?utf-8?q?=C3?='.repeat(270_000)}\r\n\r\n`,
  'parameters without end': `Content-Type: a/b${';a*1="\\"'.repeat(100_000)}\r\n\r\n`,
  'comments that open only': `To: ${'('.repeat(200_000)}\r\nDate: ${'('.repeat(200_000)}\r\n\r\n`,
  'dates and identifiers of spaces': `Date:${' '.repeat(200_000)}x\r\nMessage-ID:${'<'.repeat(200_000)}\r\n\r\n`,
  'unsubscribing without end': `List-Unsubscribe: ${'<a:(),'.repeat(40_000)}\r\nList-Id: ${'<a.'.repeat(40_000)}\r\n\r\n`,
  'multiparts in multiparts': `Content-Type: multipart/mixed; boundary=b-1\r\n\r\n${nested.join('')}`,
  'boundaries without end': `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n'.repeat(200_000)}`,
  'lines of hyphens': `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--\r\n'.repeat(500_000)}`,
  'one part with a header of a million lines': `Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${'a:\r\n'.repeat(1_000_000)}`,
  'quoted-printable of equals signs': `Content-Transfer-Encoding: quoted-printable\r\n\r\n${'='.repeat(1_000_000)}`,
  'base64 of equals signs': `Content-Transfer-Encoding: base64\r\n\r\n${'=\r\n'.repeat(500_000)}`,
  'NUL octets': '\0'.repeat(1_000_000),
  'carriage returns': '\r'.repeat(1_000_000),
}

describe.each(Object.keys(hostile))('%s', name => {
  test('is read to its end, and tells no more than twenty findings of a rule', () => {
    const octets = Buffer.from(hostile[name] ?? '', 'latin1')
    const { findings } = lintMessage(octets)
    expect(findings.length).toBeGreaterThan(0)
    expect(findings.length).toBeLessThanOrEqual(most)
    expect(findings.every(({ found }) => found.length <= 60 && !/[\x00-\x1f]/.test(found))).toBe(true)
  })
})

test('what is not looked at is said: multiparts deeper than a hundred, parts beyond ten thousand', () => {
  const unseen = (name: string) =>
    lintMessage(Buffer.from(hostile[name] ?? '', 'latin1')).findings.find(one => one.rule === 'not-looked-at')
  expect(unseen('multiparts in multiparts')?.found).toBe('multiparts within multiparts')
  expect(unseen('boundaries without end')?.found).toBe('parts')
})
