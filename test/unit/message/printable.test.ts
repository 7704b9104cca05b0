import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asciiLine,
  hasControls,
  masked,
  oneLine,
  printable,
  withoutControls,
  withoutDirectionMarks,
} from '../../../src/message/printable.ts'

/** By Unicode's own properties, not by the ranges of the module. */
const control = /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u
const deceptive =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}\p{Bidi_Control}\u00ad\u180e\u200b-\u200d\u2060-\u206f\ufeff]/u
const anyText = fc.string({ unit: 'binary' })
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('\0', '\x1b', '\x7f', '\x85', '\u2028', '\u2029', '\ud800', '\udfff', '\r\n', ' '),
      fc.constantFrom(
        '\u202e',
        '\u2066',
        '\u061c',
        '\u200e',
        '\u00ad',
        '\u200b',
        '\u2060',
        '\ufeff',
        'a',
        'ß',
        '世',
      ),
    ),
  )
  .map(parts => parts.join(''))
const texts = fc.oneof(anyText, nasty)
const harmless = 'Grüße, 世界 😀 <a@b.example> "x\\y"  two'

describe('no text on its way to people holds what breaks lines or deceives the eye', () => {
  test.each([
    ['printable', printable],
    ['masked', masked],
    ['oneLine', (text: string) => oneLine(text)],
  ])('%s', (_, made) => {
    fc.assert(fc.property(texts, text => !deceptive.test(made(text))))
  })

  test.each([
    ['withoutControls', withoutControls],
    ['asciiLine', asciiLine],
  ])('%s leaves no control', (_, made) => {
    fc.assert(fc.property(texts, text => !control.test(made(text)) && !hasControls(made(text))))
  })

  test('text without such characters is left alone', () => {
    for (const made of [printable, masked, withoutControls, withoutDirectionMarks]) {
      expect(made(harmless)).toBe(harmless)
    }
    expect(asciiLine('550 5.1.1 <a@b.example>')).toBe('550 5.1.1 <a@b.example>')
  })
})

test('printable: escapes say which characters stood there', () => {
  expect(printable('a\r\nb\x1b[0m\u2066\x85')).toBe('a\\x0d\\x0ab\\x1b[0m\\u2066\\x85')
  expect(printable('\u200b\ud83d.')).toBe('\\u200b\\ud83d.')
})

test('masked: one question mark for each character', () => {
  expect(masked('a\r\nb\u202e')).toBe('a??b?')
})

test('withoutControls: an address keeps every character that may be part of it', () => {
  expect(withoutControls('"a  b\u00ad"@x.example\r\n\x85')).toBe('"a  b\u00ad"@x.example')
})

test('hasControls: all controls, line ends of Unicode and halves of characters, and nothing else', () => {
  fc.assert(fc.property(anyText, text => hasControls(text) === control.test(text)))
})

test('withoutDirectionMarks: takes exactly the Bidi_Control characters', () => {
  fc.assert(
    fc.property(texts, text => withoutDirectionMarks(text) === text.replace(/\p{Bidi_Control}/gu, '')),
  )
})

describe('oneLine', () => {
  test('white space becomes one space, and none stands at the ends', () => {
    expect(oneLine('  a \t\r\n b\u00a0\u2028c\u200b ')).toBe('a b c')
  })

  test('is cut at whole characters, and says so', () => {
    expect(oneLine('😀😀😀', 2)).toBe('😀😀...')
    expect(oneLine('😀😀', 2)).toBe('😀😀')
  })
})
