import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonValue, readJson } from '../../../../src/dkim2/profiles/message-instance/json.ts'

function read(text: string, encoding: BufferEncoding = 'utf8'): JsonValue | undefined {
  return readJson(Buffer.from(text, encoding))
}

/** The value as the language has it, for comparison. */
function plain(value: JsonValue): unknown {
  switch (value.kind) {
    case 'object':
      return Object.fromEntries(value.members.map(({ name, value: of }) => [name, plain(of)]))
    case 'array':
      return value.items.map(plain)
    case 'string':
      return value.octets.toString('utf8')
    case 'number':
      return Number(value.text)
    default:
      return { true: true, false: false, null: null }[value.kind]
  }
}

function accepts(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('JSON', () => {
  test('is read as the reader of the language reads it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), text => {
        const value = read(text)
        expect(value && plain(value)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('is refused where the reader of the language refuses it', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'u00e9',
      '1',
      '-',
      '.',
      'e',
      '0',
      ' ',
      'null',
      'true',
      'a',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), pieces => {
        const text = pieces.join('')
        expect(read(text) !== undefined, text).toBe(accepts(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['a text after the value', '{} {}'],
    ['a comma at the end', '[1,]'],
    ['a comment', '[/* x */]'],
    ['a byte order mark', '\ufeff{}'],
    ['single quotes', "{'a':1}"],
    ['a leading zero', '[01]'],
    ['a plus', '[+1]'],
    ['a line end in a string', '["a\nb"]'],
    ['half of a surrogate pair', '["\\ud800"]'],
    ['the halves in the wrong order', '["\\udc00\\ud800"]'],
    ['the halves apart', '["\\ud800x\\udc00"]'],
    ['nothing', ''],
  ])('with %s is none', (_what, text) => {
    expect(read(text)).toBeUndefined()
  })

  test('that is not UTF-8 is none', () => {
    expect(read('["\xe9"]', 'latin1')).toBeUndefined()
    expect(read('["\xc0\x80"]', 'latin1')).toBeUndefined()
  })

  test('keeps strings as octets, whatever way they are escaped', () => {
    const value = read('["\\u00e9\\ud83d\\ude00é😀\\n\\"\\\\\\/"]')
    expect(value && plain(value)).toEqual(['é😀é😀\n"\\/'])
  })

  test('keeps members that occur twice, and names that objects know, as they are', () => {
    const value = read('{"__proto__":1,"a":1,"a":2,"constructor":{"__proto__":null}}')
    expect(value?.kind === 'object' && value.members.map(member => member.name)).toEqual([
      '__proto__',
      'a',
      'a',
      'constructor',
    ])
  })

  test('that nests too deep is none, without exhausting the stack', () => {
    expect(read('['.repeat(20) + ']'.repeat(20))).toBeDefined()
    expect(read('['.repeat(22) + ']'.repeat(22))).toBeUndefined()
    expect(read('['.repeat(2_000_000))).toBeUndefined()
    expect(read('{"a":'.repeat(1_000_000))).toBeUndefined()
  })

  test('of many values, or one huge string, is read in time linear in its length', () => {
    expect(read(`[${'1,'.repeat(500_000)}1]`)).toMatchObject({ kind: 'array' })
    expect(read(`["${'x'.repeat(5_000_000)}"]`)).toMatchObject({ kind: 'array' })
    expect(read(`["${'\\u00e9'.repeat(500_000)}"]`)).toMatchObject({ kind: 'array' })
    expect(read(`["${'\\u00e9x'.repeat(300_000)}"]`)).toMatchObject({ kind: 'array' })
    expect(read(`[${' '.repeat(3_000_000)}`)).toBeUndefined()
    expect(read(`[${'9'.repeat(3_000_000)}]`)).toMatchObject({ kind: 'array' })
  })
})
