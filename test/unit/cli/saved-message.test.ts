/** What other programs do to a message that they save is undone, and named. */
import { describe, expect, test } from 'vitest'
import { savedMessage } from '../../../src/cli/saved-message.ts'

const sent = 'From: a@origin.example\r\nSubject: x\r\n\r\nHello.\r\nFrom here on\r\n'
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const withLf = sent.replaceAll('\r\n', '\n')
const mboxLine = 'From a@origin.example Sat Nov 28 12:00:00 2026\n'
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

describe('is read as it was sent', () => {
  test.each<[string, Buffer, readonly RegExp[]]>([
    ['as it was', latin1(sent), []],
    ['LF line ends', latin1(withLf), [/^5 line ends were LF alone and are read as CRLF, as mail has them$/]],
    [
      'mixed line ends',
      latin1(sent.replace('x\r\n', 'x\n')),
      [/^1 line ends were LF alone .*mixed, 4 were CRLF/],
    ],
    ['CR line ends', latin1(sent.replaceAll('\r\n', '\r')), [/CR alone/]],
    ['a byte order mark', latin1(`\xef\xbb\xbf${sent}`), [/byte order mark/]],
    ['a byte order mark, LF', latin1(`\xef\xbb\xbf${withLf}`), [/byte order mark/, /LF alone/]],
    ['UTF-16LE', utf16(`\ufeff${sent}`), [/UTF-16LE/]],
    ['UTF-16LE without a mark', utf16(sent), [/UTF-16LE/]],
    ['UTF-16BE', utf16(`\ufeff${sent}`).swap16(), [/UTF-16BE/]],
    ['UTF-16 with LF', utf16(`\ufeff${withLf}`), [/UTF-16LE/, /LF alone/]],
    ['an mbox line, LF', latin1(mboxLine + withLf), [/LF alone/, /mbox line/]],
    ['an mbox line, CRLF', latin1(mboxLine.replace('\n', '\r\n') + sent), [/mbox line/]],
    ['an mbox line, CRLF after it', latin1(mboxLine + sent), [/LF alone .*mixed/, /mbox line/]],
    [
      'an mbox file',
      latin1(`${mboxLine}${withLf.replace('From here', '>From here')}\n`),
      [/LF/, /mbox line/, /empty line/, />From/],
    ],
    [
      'an mbox file of two messages',
      latin1(`${mboxLine}${withLf}\n${mboxLine}Subject: other\n\nBye.\n\n`),
      [/LF/, /mbox line/, /several messages/, /empty line/],
    ],
    [
      'a byte order mark before an mbox line',
      latin1(`\xef\xbb\xbf${mboxLine}${withLf}`),
      [/byte order mark/, /LF/, /mbox line/],
    ],
  ])('%s', (_what, file, remarks) => {
    const saved = savedMessage(file)
    expect(saved.octets.toString('latin1')).toBe(sent)
    expect(saved.remarks).toEqual(remarks.map(remark => expect.stringMatching(remark)))
  })
})

describe('is left alone', () => {
  test.each([
    [
      'a line of text that begins like an mbox line',
      'Subject: x\r\n\r\nFrom a@b Sat Nov 28 12:00:00 2026\r\n',
    ],
    ['quoted lines', 'Subject: x\r\n\r\n>From here\r\n\r\n'],
    ['empty lines at the end', 'Subject: x\r\n\r\nHello.\r\n\r\n\r\n'],
    ['octets beyond ASCII', 'Subject: \xfcx\r\n\r\n\xef\xbb\xbf\xff\xfe\r\n'],
    ['a NUL', 'Subject: x\r\n\r\na\x00b\r\n'],
    ['nothing', ''],
  ])('%s', (_what, text) => {
    expect(savedMessage(latin1(text))).toEqual({ octets: latin1(text), remarks: [] })
  })
})
