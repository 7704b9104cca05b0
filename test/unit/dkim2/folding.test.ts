import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Pieces, base64Tag, foldedField, listTag, plainTag } from '../../../src/dkim2/folding.ts'
import { fieldValue, type HeaderField } from '../../../src/message/message.ts'

function lengths(field: HeaderField): number[] {
  return field.octets
    .toString('latin1')
    .split('\r\n')
    .map(line => line.length)
}

describe('a folded field', () => {
  test('has a semicolon after every tag and a space or fold between them', () => {
    const field = foldedField('X', [plainTag('a', '1'), plainTag('b', ''), plainTag('c', '3')])
    expect(field.octets.toString()).toBe('X: a=1; b=; c=3;\r\n')
  })

  test('is folded before a tag that does not fit its line', () => {
    const field = foldedField('X', [plainTag('a', 'x'.repeat(40)), plainTag('b', 'y'.repeat(40))])
    expect(field.octets.toString()).toBe(`X: a=${'x'.repeat(40)};\r\n b=${'y'.repeat(40)};\r\n`)
  })

  test('does not begin with a fold, however long its first tag', () => {
    const field = foldedField('X', [plainTag('a', 'x'.repeat(100))])
    expect(field.octets.toString()).toBe(`X: a=${'x'.repeat(100)};\r\n`)
  })

  test('keeps within 78 octets where its pieces allow it', () => {
    const tags = fc.array(
      fc.uint8Array({ maxLength: 600 }).map(octets => base64Tag('tag', Buffer.from(octets))),
    )
    fc.assert(
      fc.property(tags, list => {
        expect(Math.max(...lengths(foldedField('DKIM2-Signature', list)))).toBeLessThanOrEqual(78)
      }),
    )
  })

  test('without its white space is the tags one after the other', () => {
    const octets = Buffer.alloc(500, 0xab)
    const field = foldedField('X', [
      plainTag('i', '1'),
      base64Tag('b', octets),
      listTag('l', ['x', 'y'], ','),
    ])
    expect(fieldValue(field).replace(/[ \t]/g, '')).toBe(`i=1;b=${octets.toString('base64')};l=x,y;`)
  })
})

describe('a list', () => {
  test('stays on one line while it is short', () => {
    expect(listTag('rt', ['a@b', 'c@d'], ',').pieces).toEqual(['a@b,c@d'])
  })

  test('is folded after its separators when it is long', () => {
    const items = Array.from({ length: 100 }, (_, index) => `someone${index}@destination.example`)
    const field = foldedField('X', [listTag('rt', items, ',')])
    expect(Math.max(...lengths(field))).toBeLessThan(120)
    expect(fieldValue(field).replace(/[ ]/g, '')).toBe(`rt=${items.join(',')};`)
  })
})

describe('base64 in pieces', () => {
  test('is its prefix and the base64', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), octets => {
        const value = Buffer.from(octets)
        expect(base64Pieces('b:', value).join('')).toBe(`b:${value.toString('base64')}`)
      }),
    )
  })
})
