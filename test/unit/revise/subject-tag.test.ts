import { describe, expect, test } from 'vitest'
import { proveRevision } from '../../../src/revise/prove.ts'
import { isRevised, revise } from '../../../src/revise/revision.ts'
import { subjectTag } from '../../../src/revise/subject-tag.ts'
import { message, octets } from './support.ts'

/** The Subject field after `[team]` was put in, with LF; `field` is the whole field before. */
function tagged(field: string, tag = '[team]'): string {
  const before = message(`From: a@origin.example\n${field}\n\nbody\n`)
  const revision = revise(before, [subjectTag(tag)])
  expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  const text = octets(revision.message).toString('latin1').replaceAll('\r\n', '\n')
  return /^subject[ \t]*:.*\n(?:[ \t].*\n)*/im.exec(text)?.[0].replace(/\n$/, '') ?? ''
}

/** True if a subject gets no tag. */
function isTaggedAlready(field: string): boolean {
  const before = message(`${field}\n\nbody\n`)
  return !isRevised(revise(before, [subjectTag('[team]')]))
}

describe('the tag goes in front of the subject', () => {
  test.each([
    ['Subject: Plans', 'Subject: [team] Plans'],
    ['SUBJECT:Plans', 'SUBJECT: [team] Plans'],
    ['Subject:   Plans  ', 'Subject: [team] Plans'],
    ['Subject : Plans', 'Subject: [team] Plans'],
    ['Subject: Re: Plans', 'Subject: [team] Re: Plans'],
    ['Subject: [other] Plans', 'Subject: [team] [other] Plans'],
    ['Subject: [team2] Plans', 'Subject: [team] [team2] Plans'],
    ['Subject: a [team] of three', 'Subject: [team] a [team] of three'],
  ])('%s', (field, expected) => expect(tagged(field)).toBe(expected))

  test('a missing or empty subject is made up', () => {
    expect(tagged('To: x@y.example')).toBe('Subject: [team] (no subject)')
    expect(tagged('Subject:')).toBe('Subject: [team] (no subject)')
    expect(tagged('Subject: \t ')).toBe('Subject: [team] (no subject)')
  })

  test('encoded-words stay as they are', () => {
    expect(tagged('Subject: =?iso-8859-1?Q?Gr=FC=DFe?= an alle')).toBe(
      'Subject: [team] =?iso-8859-1?Q?Gr=FC=DFe?= an alle',
    )
    expect(tagged('Subject: =?ISO-2022-JP?B?GyRCJDMkcxsoQg==?=')).toBe(
      'Subject: [team] =?ISO-2022-JP?B?GyRCJDMkcxsoQg==?=',
    )
  })

  test('octets above U+007F stay as they are, also those that latin1 calls white space', () => {
    expect(tagged('Subject: Gr\xc3\xbc\xc3\x9fe \xc3\xa0')).toBe(
      'Subject: [team] Gr\xc3\xbc\xc3\x9fe \xc3\xa0',
    )
  })

  test('folds stay, and a long line gets one after the tag', () => {
    expect(tagged('Subject: one\n two\n\tthree')).toBe('Subject: [team] one\n two\n\tthree')
    const long = 'x'.repeat(65)
    expect(tagged(`Subject: ${long}`)).toBe(`Subject: [team]\n ${long}`)
    expect(tagged('Subject:\n folded at once')).toBe('Subject: [team] folded at once')
  })

  test('only the topmost of several subjects gets it', () => {
    expect(tagged('Subject: one\nSubject: two')).toBe('Subject: [team] one')
  })
})

describe('a subject that has the tag is left alone', () => {
  test.each([
    'Subject: [team] Plans',
    'Subject: [Team] Plans',
    'Subject: [team]',
    'Subject: Re: [team] Plans',
    'Subject: RE: FWD: Re[2]: [team] Plans',
    'Subject: AW: WG: SV: VS: Antw: [team] Plans',
    'Subject: Re : [team] Plans',
    'Subject: [other] Re: [team] Plans',
    'Subject: =?utf-8?q?=5Bteam=5D_Gr=C3=BC=C3=9Fe?=',
    'Subject: =?UTF-8?B?UmU6IFt0ZWFtXSBHcsO8w59l?=',
    'Subject: =?utf-8?q?Re=3A_?= =?utf-8?q?=5Bte?= =?utf-8?q?am=5D_x?=',
    'Subject: Re: =?ISO-2022-JP?B?W3RlYW1dIBskQiQzJHMbKEI=?=',
    'Subject: Re:\n [team] Plans',
    'Subject: Re\xef\xbc\x9a[team] Plans',
  ])('%s', field => expect(isTaggedAlready(field)).toBe(true))

  test('a word in a charset that nobody knows counts as it stands', () => {
    expect(isTaggedAlready('Subject: =?x-klingon?q?=5Bteam=5D?=')).toBe(false)
  })
})

describe('a tag beyond ASCII', () => {
  test('is an encoded-word of its own', () => {
    expect(tagged('Subject: Plans', '[Büro]')).toBe('Subject: =?utf-8?q?=5BB=C3=BCro=5D?= Plans')
  })

  test('holds its space where an encoded-word follows', () => {
    expect(tagged('Subject: =?utf-8?q?x?=', '[Büro]')).toBe(
      'Subject: =?utf-8?q?=5BB=C3=BCro=5D_?= =?utf-8?q?x?=',
    )
  })

  test('is found again', () => {
    const rule = subjectTag('[Büro]')
    const once = revise(message('Subject: =?utf-8?q?x?=\n\nbody\n'), [rule]).message
    expect(isRevised(revise(once, [rule]))).toBe(false)
  })
})

describe('a tag that is no line of text is refused', () => {
  test.each([
    '',
    ' [team]',
    '[team]\r\nBcc: x@y.example',
    '[te\nam]',
    '[team\0]',
    `[${'x'.repeat(300)}]`,
    '[\u2028]',
    '[\ud800]',
  ])('%j', tag => expect(() => subjectTag(tag)).toThrow(RangeError))
})
