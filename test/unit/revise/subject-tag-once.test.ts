/** The tag of a list stands in a subject once, whatever programs of any language have put in front of it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeWords } from '../../../src/revise/encoded-word.ts'
import { isRevised, revise } from '../../../src/revise/revision.ts'
import { subjectTag } from '../../../src/revise/subject-tag.ts'
import { message, value } from './support.ts'

const base64 = (octets: Buffer) => `=?utf-8?B?${octets.toString('base64')}?=`
const encoded = (text: string) => (/[^\x00-\x7f]/.test(text) ? base64(Buffer.from(text)) : text)

function isTagged(subject: string, tag = '[news]'): boolean {
  return !isRevised(revise(message(`Subject: ${encoded(subject)}\n\nbody\n`), [subjectTag(tag)]))
}

describe('there already', () => {
  test.each([
    'Re: [news] Plans',
    '[EXTERNAL] Re: [news] Plans',
    'ΑΠ: [news] Plans',
    'رد: [news] Plans',
    'Trả lời: [news] Plans',
    'İLT: [news] Plans',
    'ATB: [news] Plans',
    'Antwort: [news] Plans',
    'Re*2: [news] Plans',
    'Réponse : [news] Plans',
    '答覆: [news] Plans',
    'EXTERNAL: Re: [news] Plans',
    '*****SPAM***** Re: [news] Plans',
    '***UNCHECKED*** Re: [news] Plans',
    '(fwd) Re: [news] Plans',
    // Other languages, programs and orders.
    'Re[4]: [news] Plans',
    'Re^3: Fwd(2): [news] Plans',
    'RE: FW: AW: WG: SV: VS: TR: [news] Plans',
    'YNT: [news] Plans',
    'השב: [news] Plans',
    'הועבר: [news] Plans',
    'إعادة توجيه: [news] Plans',
    'ตอบ: [news] Plans',
    '회신: [news] Plans',
    '返信：[news] Plans',
    'Továbbítás: [news] Plans',
    'Vidarebefordrat: [news] Plans',
    'Προωθημένο: [news] Plans',
    'Απάντηση : [news] Plans',
    'Ответ: [news] Plans',
    'На: Пересл: [news] Plans',
    'Automatic reply: [news] Plans',
    '{Spam?} [news] Plans',
    '{Disarmed} Re: [news] Plans',
    '[SPAM 7.3] [news] Plans',
    '[Suspected Spam]: [news] Plans',
    '***Possible spam*** [news] Plans',
    '##SPAM## Re: [news] Plans',
    'SPAM [news] Plans',
    'EXTERNAL Re: [news] Plans',
    'SPAM? - [news] Plans',
    '[EXT][other] Re: [news] Plans',
    '【外部】 [news] Plans',
    '\u200fرد: \u200e[news] Plans',
    'Re:\u00a0[news] Plans',
    'Re: ［news］ Plans',
    'Re: [NEWS] Plans',
    '>> [news] Plans',
  ])('%s', subject => expect(isTagged(subject)).toBe(true))

  test.each([
    ['Re: [Gr\u00fcn] Plans', '[Gr\u00fcn]'],
    ['Re: [Gru\u0308n] Plans', '[Gr\u00fcn]'],
    ['Re: [Gr\u00fcn] Plans', '[Gru\u0308n]'],
    ['Re: [GR\u00dcN] Plans', '[Gr\u00fcn]'],
    ['Re: news Plans', 'news'],
    ['Re: [Garden  news] Plans', '[Garden news]'],
  ])('%s with the tag %s', (subject, tag) => expect(isTagged(subject, tag)).toBe(true))

  test('where an encoder cut it, at any octet and in any number of words', () => {
    const octets = Buffer.from('Re: [Gr\u00fcn] Plans')
    for (let at = 1; at < octets.length; at++) {
      const words = [octets.subarray(0, at), octets.subarray(at)].map(base64).join(' ')
      expect(
        isRevised(revise(message(`Subject: ${words}\n\nbody\n`), [subjectTag('[Gr\u00fcn]')])),
        words,
      ).toBe(false)
    }
    const single = Array.from(octets, octet => base64(Buffer.from([octet]))).join('\n ')
    expect(isRevised(revise(message(`Subject: ${single}\n\nbody\n`), [subjectTag('[Gr\u00fcn]')]))).toBe(
      false,
    )
  })
})

describe('not there yet', () => {
  test.each([
    'Plans',
    'Re: Plans',
    'About the tag [newspaper]',
    'Re: [newspaper] Plans',
    'a question about [news]',
    'Re: what the people say of [news]',
    'Meeting at 10:30 about [news]',
    '[other] Plans',
    '*****SPAM***** Plans [news]',
    'news',
  ])('%s', subject => expect(isTagged(subject)).toBe(false))

  test('a tag without brackets in a longer word', () => expect(isTagged('Re: newspaper', 'news')).toBe(false))
})

const mark = fc.oneof(
  fc.stringMatching(/^[A-Za-z]{1,12}$/).map(word => `${word}: `),
  fc
    .stringMatching(/^[\u0391-\u03a1\u0410-\u042f\u4e00-\u4e30\u05d0-\u05ea]{1,10}$/)
    .map(word => `${word} : `),
  fc.stringMatching(/^[A-Z]{2,10}$/).map(word => `${word} `),
  fc.stringMatching(/^[A-Za-z0-9 ?.]{1,20}$/).map(word => `[${word}] `),
  fc.stringMatching(/^[A-Za-z0-9 ?]{1,20}$/).map(word => `(${word}) `),
  fc.stringMatching(/^[A-Z]{2,20}$/).map(word => `***${word}*** `),
  fc.integer({ min: 1, max: 99 }).map(count => `Re[${count}]: `),
)

test('it never grows with the thread: twice is once, behind any marks and for any subject', () => {
  const rule = subjectTag('[Gr\u00fcn]')
  const subject = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 20 }))
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 5 }), subject, (prefix, text) => {
      const clean = text.replace(/[\x00-\x1f\x7f]/g, ' ')
      const once = revise(message(`Subject: ${encoded(clean)}\n\nbody\n`), [rule]).message
      expect(isRevised(revise(once, [rule]))).toBe(false)
      const reply = `${prefix.join('')}${decodeWords(value(once, 'Subject') ?? '')}`
      expect(isRevised(revise(message(`Subject: ${encoded(reply)}\n\nbody\n`), [rule])), reply).toBe(false)
    }),
    { numRuns: 500 },
  )
})
