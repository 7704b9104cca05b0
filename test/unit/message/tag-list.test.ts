import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTagList, tagNames } from '../../../src/message/tag-list.ts'

function tags(text: string): [string, string][] | string {
  const list = parseTagList(text)
  return list.kind === 'tags' ? list.tags.map(({ name, value }) => [name, value]) : list.reason
}

describe('a tag list', () => {
  test.each([
    ['a=1', [['a', '1']]],
    ['a=1;', [['a', '1']]],
    ['a=1; ', [['a', '1']]],
    [
      'a=1;b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      ' a \t=\t 1 ; b = 2 ; ',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1;\r\n b=2;\r\n',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a=1\r\n\t2;', [['a', '1\t2']]],
    ['a=', [['a', '']]],
    ['a=b=c==', [['a', 'b=c==']]],
    ['a=two words', [['a', 'two words']]],
    [
      'bin.2.1=x; h.List-Id=d:*',
      [
        ['bin.2.1', 'x'],
        ['h.List-Id', 'd:*'],
      ],
    ],
    ['a=\xfc', [['a', '\xfc']]],
    ['', []],
    [' ', []],
  ])('%j is %j', (text, expected) => {
    expect(tags(text)).toEqual(expected)
  })

  test.each([
    ['a=1;a=2', 'duplicate tag a'],
    ['a=1;A=2', 'duplicate tag a'],
    ['h.Subject=; h.SUBJECT=', 'duplicate tag h.subject'],
    ['a=1;;b=2', 'tag without a value'],
    [';', 'tag without a value'],
    [';a=1', 'tag without a value'],
    ['a', 'tag without a value'],
    ['a=1;b', 'tag without a value'],
    ['=1', 'bad tag name'],
    ['1a=1', 'bad tag name'],
    ['a b=1', 'bad tag name'],
    ['\xe4=1', 'bad tag name'],
    ['a=\0', 'control character'],
    ['a=1\nb=2', 'control character'],
    ['a=1\r\nb=2', 'control character'],
    ['a=\x7f', 'control character'],
  ])('%j is malformed as a whole: %s', (text, reason) => {
    expect(tags(text)).toBe(reason)
  })

  test('gives values whatever the case of the name', () => {
    const list = parseTagList('Mf=a@b')
    expect(list.kind === 'tags' && list.get('mF')).toBe('a@b')
    expect(list.kind === 'tags' && list.get('x')).toBeUndefined()
  })

  test('is not confused by names of object members', () => {
    const list = parseTagList('constructor=1; hasOwnProperty=2')
    expect(list.kind === 'tags' && list.get('constructor')).toBe('1')
    expect(list.kind === 'tags' && list.get('toString')).toBeUndefined()
  })

  test('that is written is read again', () => {
    const name = fc.stringMatching(/^[a-z][a-zA-Z0-9.-]{0,8}$/)
    const value = fc.stringMatching(/^[!-:<-~](?:[ -:<-~]{0,20}[!-:<-~])?$/)
    const pairs = fc.uniqueArray(fc.tuple(name, value), { selector: ([tag]) => tag.toLowerCase() })
    fc.assert(
      fc.property(pairs, fc.constantFrom('; ', ';', ';\r\n ', ' ;\t'), (list, separator) => {
        const text = list.map(([tag, content]) => `${tag}=${content}`).join(separator)
        expect(tags(text)).toEqual(list)
      }),
    )
  })

  test('of a megabyte is read in linear time', () => {
    expect(parseTagList(`a=${' '.repeat(1_000_000)}x`).kind).toBe('tags')
    expect(parseTagList(';'.repeat(1_000_000)).kind).toBe('malformed')
    const many = Array.from({ length: 100_000 }, (_, index) => `a${index}=1`).join(';')
    expect(parseTagList(many).kind).toBe('tags')
  })
})

describe('a tag list read by other rules', () => {
  test('tells names apart by their case', () => {
    const list = parseTagList('a=1; A=2', { foldsNames: false, skipsEmpty: false, names: 'paths' })
    expect(list.kind === 'tags' && [list.get('a'), list.get('A')]).toEqual(['1', '2'])
    expect(parseTagList('a=1; a=2', { foldsNames: false, skipsEmpty: false, names: 'paths' }).kind).toBe(
      'malformed',
    )
  })

  test('passes over nothing between semicolons', () => {
    const list = parseTagList(';a=1;; ;b=2;;', { foldsNames: true, skipsEmpty: true, names: 'paths' })
    expect(list.kind === 'tags' && list.tags.map(tag => tag.name)).toEqual(['a', 'b'])
    expect(parseTagList('a=1;;b=2').kind).toBe('malformed')
  })
})

describe('the names in a list that may be malformed', () => {
  test('are lower-cased and each there once', () => {
    expect([...tagNames('I=1; i=2; mv = 3;; x; =y; s1=')]).toEqual(['i', 'mv', 's1'])
  })

  test('are found through folds', () => {
    expect(tagNames('i=1;\r\n mv=2').has('mv')).toBe(true)
  })
})
