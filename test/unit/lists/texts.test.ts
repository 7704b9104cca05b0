/** The words of lists in every language: none is missing, each keeps its placeholders, and mail carries them unharmed. */
import { describe, expect, test } from 'vitest'
import { donePage, questionPage } from '../../../src/http/list-pages.ts'
import { pageText } from '../../../src/http/page.ts'
import { composeNotice } from '../../../src/lists/compose-notice.ts'
import * as notices from '../../../src/lists/notices.ts'
import { en } from '../../../src/lists/texts/en.ts'
import { dateIn, languageTags, textsOf } from '../../../src/lists/texts/languages.ts'
import type { TextName } from '../../../src/lists/texts/texts.ts'
import { filled, piecesOf } from '../../../src/lists/texts/texts.ts'
import { readMessage } from '../../../src/message/message.ts'
import { shownOf } from '../../../src/service/lists/shown-fields.ts'
import { newList } from './support.ts'

const names = Object.keys(en) as TextName[]
const placeholders = (text: string) => new Set(text.match(/\{\w+\}/g))

describe.each(languageTags)('in %s', language => {
  const texts = textsOf(language)

  test('no text is missing, none is empty, and there is none besides', () => {
    expect(Object.keys(texts).sort()).toEqual([...names].sort())
    expect(names.filter(name => texts[name].trim() === '')).toEqual([])
  })

  test.each(names.filter(name => name !== 'date'))('%s has the placeholders of its English form', name => {
    expect(placeholders(texts[name])).toEqual(placeholders(en[name]))
  })

  test('every notice is one whole mail: fields of ASCII, at most 998 octets a line, its words unharmed', async () => {
    const list = newList(1, 'news@lists.example', {
      language,
      title: '日本語を学ぶ人のためのとても長い名前のメーリングリスト・東京支部',
      subscription: 'approval',
      archiveUrl: 'https://lists.example/news/',
    })
    const occasion = { list, to: 'reader@destination.example' }
    const answers = {
      address: 'news-confirm+x@lists.example',
      url: 'https://x.example/c',
      untilMilliseconds: 0,
    }
    const all = [
      notices.confirmationNotice(occasion, 'subscribe', answers),
      notices.confirmationNotice(occasion, 'unsubscribe', answers),
      notices.welcomeNotice(occasion),
      notices.goodbyeNotice(occasion),
      notices.alreadySubscribedNotice(occasion),
      notices.notSubscribedNotice(occasion),
      notices.deniedNotice(occasion),
      notices.helpNotice(occasion),
      notices.probeNotice(occasion, { reason: '550 gone', suspendedAt: 0 }),
    ]
    for (const notice of all) {
      expect(`${notice.subject}\n${notice.text}`).not.toMatch(/\{\w+\}/)
      const frame = { composedAtMilliseconds: 0, messageId: '1@lists.example', boundary: 'b' }
      const message = readMessage(await composeNotice(notice, frame))
      const header = message.fields.map(({ octets }) => octets.toString('latin1')).join('')
      expect(header).toMatch(/^[\x20-\x7e\r\n\t]*$/)
      // RFC 2047 section 2: a line with an encoded-word has at most 76 characters.
      expect(header.split('\r\n').filter(line => line.includes('=?') && line.length > 76)).toEqual([])
      expect(shownOf(message).subject).toBe(notice.subject)
      expect(bodyOf(header, message.body)).toBe(`${notice.text.trimEnd().replaceAll('\n', '\r\n')}\r\n`)
    }
  })

  test('pages say their language, and escape what people have chosen', () => {
    const subject = {
      language,
      listTitle: '<b>News',
      listAddress: 'news@lists.example',
      address: '"<i>x"@destination.example',
      waitsForOwner: false,
    } as const
    for (const what of ['subscribe', 'unsubscribe'] as const) {
      for (const page of [questionPage({ ...subject, what }), donePage({ ...subject, what })]) {
        const text = pageText(page)
        expect(text).toContain(`<html lang="${language}">`)
        expect(text).not.toMatch(/<b>|<i>|\{\w+\}/)
        expect(text).toContain('&lt;b&gt;News')
      }
    }
  })
})

/** The body, by what its header says of its encoding. */
function bodyOf(header: string, body: Uint8Array): string {
  const text = Buffer.from(body)
  const encoding = /^Content-Transfer-Encoding: (\S+)/im.exec(header)?.[1]?.toLowerCase() ?? '7bit'
  expect(header).toMatch(/^Content-Type: text\/plain; charset=utf-8/im)
  if (encoding === 'base64') return Buffer.from(text.toString('latin1'), 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return text.toString('utf8')
  const octets = text
    .toString('latin1')
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return Buffer.from(octets, 'latin1').toString('utf8')
}

test('what is put into a text is no placeholder itself', () => {
  expect(filled('a {title} b', { title: '{list}', list: 'x' })).toBe('a {list} b')
  expect(piecesOf('a {title} b')).toEqual([{ words: 'a ' }, { placeholder: 'title' }, { words: ' b' }])
})

test('a day is written as people of the language write it', () => {
  const at = Date.UTC(2025, 10, 13, 2, 13)
  expect(dateIn('en', at)).toBe('Thu, 13 Nov 2025 02:13 UTC')
  expect(dateIn('ja', at)).toBe('2025年11月13日(木) 02:13 UTC')
})

test('Japanese lines have at most 76 columns, and none begins with what closes a sentence', () => {
  const list = newList(1, 'news@lists.example', { language: 'ja' })
  const { text } = notices.notSubscribedNotice({ list, to: 'reader@destination.example' })
  const columns = (line: string) => [...line].reduce((sum, one) => sum + (one > '\u2e80' ? 2 : 1), 0)
  const lines = text.split('\n')
  expect(lines.length).toBeGreaterThan(6)
  expect(lines.filter(line => columns(line) > 78)).toEqual([])
  expect(lines.filter(line => /^[、。」）]/.test(line))).toEqual([])
})
