import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Notice } from '../../../src/lists/compose-notice.ts'
import { composeNotice } from '../../../src/lists/compose-notice.ts'
import { singleMailboxDomain } from '../../../src/message/from-field.ts'
import { fieldValue } from '../../../src/message/header-field.ts'
import { readMessage } from '../../../src/message/message.ts'
import { decodeWords } from '../../../src/revise/encoded-word.ts'

const notice: Notice = {
  from: { name: 'Garden news', address: 'news-help@lists.example' },
  to: 'reader@destination.example',
  subject: 'Please confirm',
  text: 'Hello,\n\nplease answer this message.\n',
  autoSubmitted: 'auto-replied',
}
const frame = {
  composedAtMilliseconds: 1_763_000_000_000,
  messageId: 'x.notice@lists.example',
  boundary: 'abc',
}

async function compose(changes: Partial<Notice> = {}): Promise<{ names: string[]; text: string }> {
  const octets = await composeNotice({ ...notice, ...changes }, frame)
  return { names: readMessage(octets).fields.map(field => field.name), text: octets.toString('latin1') }
}

async function field(name: string, changes: Partial<Notice>): Promise<string | undefined> {
  const message = readMessage(await composeNotice({ ...notice, ...changes }, frame))
  const found = message.fields.find(one => one.name === name)
  return found && fieldValue(found)
}

const ordinaryNames = (await compose()).names

describe('a notice', () => {
  test('is a plain text with CRLF line ends that says that a program wrote it (RFC 3834)', async () => {
    const { names, text } = await compose()
    expect(names).toEqual(
      expect.arrayContaining(['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted']),
    )
    expect(text).toContain('\r\nAuto-Submitted: auto-replied\r\n')
    expect(text).toMatch(/\r\n\r\nHello,\r\n\r\nplease answer this message\.\r\n$/)
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })

  test('names the message that it answers, where that has an ordinary Message-ID', async () => {
    expect(await field('In-Reply-To', { inReplyTo: '<1@origin.example>' })).toBe('<1@origin.example>')
    for (const inReplyTo of ['<1@a>\r\nBcc: x@y.example', '1@origin.example', `<${'1'.repeat(999)}@a>`]) {
      expect(await field('In-Reply-To', { inReplyTo })).toBeUndefined()
    }
  })

  test('carries a message octet for octet, 8-bit octets included', async () => {
    const attached = Buffer.from('Subject: caf\xe9\r\n\r\n.dot\r\n--notice\r\nlast \xff\r\n', 'latin1')
    const { text } = await compose({ attached })
    expect(text).toContain(`Content-Transfer-Encoding: 8bit\r\n\r\n${attached.toString('latin1')}`)
  })
})

describe('no text can add a field or end one', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '\r\nBcc: victim@example.org',
          '\r',
          '\n',
          '\r\n\r\n',
          '\0',
          '=?utf-8?q?=0D=0ABcc:_x?=',
          '=?',
          '?=',
          '"',
          '\\',
          '<',
          '>',
          '@',
          ',',
          ';',
          '(',
          ')',
          '\u2028',
          '\u0085',
          'ä',
          '\ud83d',
          ' ',
          '.',
          ':',
          'word',
        ),
        { maxLength: 12 },
      )
      .map(parts => parts.join('')),
  )

  test.each(['subject', 'name', 'text'] as const)('%s', async what => {
    await fc.assert(
      fc.asyncProperty(nasty, async text => {
        const changes: Partial<Notice> =
          what === 'name' ? { from: { ...notice.from, name: text } } : { [what]: text }
        const { names, text: whole } = await compose(changes)
        expect(names.filter(name => name !== 'Content-Transfer-Encoding')).toEqual(
          ordinaryNames.filter(name => name !== 'Content-Transfer-Encoding'),
        )
        expect(whole.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
      }),
      { numRuns: 400 },
    )
  })

  test('what looks like an encoded-word in a subject is shown and not decoded', async () => {
    const subject = await field('Subject', { subject: 'Re: =?utf-8?q?=0D=0ABcc:_x@y?=' })
    expect(decodeWords(subject ?? '')).toBe('Re: = ?utf-8?q?=0D=0ABcc:_x@y?=')
  })

  test('a long subject is cut at a whole character', async () => {
    const shown = decodeWords((await field('Subject', { subject: '💐'.repeat(5_000) })) ?? '')
    expect(shown).toBe(`${'💐'.repeat(200)}...`)
  })

  test('the reader is one mailbox however odd the local part', async () => {
    for (const to of ['"a<b>c"@d.example', '"x\\"y"@d.example', 'ü@d.example', 'a%b@d.example']) {
      expect(singleMailboxDomain((await field('To', { to })) ?? '')).toBe('d.example')
    }
  })

  test('the author is one mailbox whatever the title of the list', async () => {
    for (const name of [
      'a, b@c.example',
      '<x@y.example>',
      '"',
      'Ünï',
      'a@b.example',
      '=?utf-8?q?a?= <b@c>',
    ]) {
      const from = await field('From', { from: { ...notice.from, name } })
      expect(from).toMatch(/^(?:"(?:[^"\\]|\\.)*"|[A-Za-z0-9 =?_\-.]+) <news-help@lists\.example>$/)
    }
  })
})
