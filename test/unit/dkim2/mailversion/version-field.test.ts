import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultBounds } from '../../../../src/dkim2/bounds.ts'
import type { Recipe, Version } from '../../../../src/dkim2/model.ts'
import { readVersion, writeVersion } from '../../../../src/dkim2/profiles/mailversion/version-field.ts'
import { fieldCounter } from '../../../../src/dkim2/recipe.ts'
import { fieldValue, type HeaderField, newField } from '../../../../src/message/message.ts'
import { message } from '../../../support/dkim2-parties.ts'

const hash = Buffer.alloc(32, 7)
const bh = hash.toString('base64')

function read(value: string) {
  return readVersion(newField('MailVersion', value), defaultBounds)
}

function error(value: string): string {
  const version = read(value)
  return 'state' in version ? `${version.state} ${version.error}` : 'no error'
}

function wellFormed(field: HeaderField): Version {
  const version = readVersion(field, defaultBounds)
  if ('state' in version) throw new Error(version.error)
  return version
}

describe('a MailVersion', () => {
  test('says its number, its hashes and its changes', () => {
    expect(
      read(`v=2; bh=${bh}; bin.1=${bh}; bin.2.1=${bh}; b=c:1-5; h.Subject=d:*,t:x; h.List-Id=d:*;`),
    ).toMatchObject({
      number: 2,
      hashes: [{ algorithm: 'sha256', body: hash }],
      parts: [
        { number: '1', value: hash },
        { number: '2.1', value: hash },
      ],
      changes: {
        body: true,
        headers: ['Subject', 'List-Id'],
        headersReplaced: ['Subject'],
        unrecoverable: false,
      },
    })
  })

  test('without recipes says that nothing changed', () => {
    expect(read(`v=1; bh=${bh}`)).toMatchObject({
      changes: { body: false, headers: [], headersReplaced: [], unrecoverable: false },
      parts: [],
    })
  })

  test.each([`v=1; bh=${bh}; b=z`, `v=1; bh=${bh}; h.Subject=z`])(
    'declares the past lost with z: %s',
    value => {
      expect(read(value)).toMatchObject({ changes: { unrecoverable: true } })
    },
  )

  test('may be folded, spelled otherwise, and hold unknown tags', () => {
    expect(read(`V = 3 ;\r\n BH=${bh.slice(0, 20)}\r\n ${bh.slice(20)}; x=y`)).toMatchObject({
      number: 3,
      hashes: [{ body: hash }],
    })
  })

  test('gives its recipe for the fields that a message has', () => {
    const version = wellFormed(newField('MailVersion', `v=2; bh=${bh}; h.Comments=d:1; b=`))
    const count = fieldCounter(message('Comments: a\nComments: b\n\n').fields)
    expect(version.recipe(count)).toEqual({
      headers: [{ name: 'Comments', change: [{ kind: 'copy', from: 1, to: 1 }] }],
      body: [],
    })
    expect(version.recipe(() => 0)).toBeUndefined()
  })

  test.each([
    [`bh=${bh}`, 'MailVersion v=? tag=v missing'],
    ['v=3', 'MailVersion v=3 tag=bh missing'],
    [`v=0; bh=${bh}`, 'MailVersion v=? syntax error'],
    [`v=101; bh=${bh}`, 'MailVersion v=101 syntax error'],
    [`v=-1; bh=${bh}`, 'MailVersion v=? syntax error'],
    [`v=1.5; bh=${bh}`, 'MailVersion v=? syntax error'],
    [`v=99999999999; bh=${bh}`, 'MailVersion v=? syntax error'],
    [`v=4; v=4; bh=${bh}`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh};;`, 'MailVersion v=4 syntax error'],
    ['v=4; bh=', 'MailVersion v=4 syntax error'],
    ['v=4; bh=!', 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; b=x`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; h.A=x`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; h.A:B=d:*`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; h.A=d:*; h.a=d:*`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; h.DKIM2-Signature=d:*`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; h.mailversion=d:1`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; bin.x=${bh}`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; bin.1=`, 'MailVersion v=4 syntax error'],
    [`v=4; bh=${bh}; bin.1=${bh}; BIN.1=${bh}`, 'MailVersion v=4 syntax error'],
    [
      `v=4; bh=${bh}; h.A=${'d:1,'.repeat(1_000)}d:1`,
      'MailVersion v=4 recipe is beyond the limits of this verifier',
    ],
  ])('%j: %s', (value, expected) => {
    expect(error(value)).toBe(`permerror ${expected}`)
  })
})

describe('writing a MailVersion', () => {
  const subject = message('Subject: new\nA: 1\nA: 2\n\nbody\n')

  function write(recipe: Recipe | undefined): HeaderField {
    return writeVersion({ number: 2, bodyHash: hash, parts: [{ number: '1', value: hash }], recipe }, subject)
  }

  test('puts number, hashes, parts, body and header recipes in this order', () => {
    const field = write({
      headers: [{ name: 'Subject', change: [{ kind: 'data', items: [Buffer.from('old')] }] }],
      body: [{ kind: 'copy', from: 1, to: 1 }],
    })
    expect(fieldValue(field).replaceAll(', ', ',')).toBe(
      `v=2; bh=${bh}; bin.1=${bh}; b=c:1-1; h.Subject=d:*,t:old;`,
    )
  })

  test('says that the body was empty with an empty tag', () => {
    expect(fieldValue(write({ headers: [], body: [] }))).toContain('; b=;')
  })

  test.each([
    ['a DKIM2 field', 'dkim2-signature'],
    ['a name with an equals sign', 'a=b'],
    ['a name with a semicolon', 'a;b'],
    ['no name', ''],
  ])('refuses a recipe for %s', (_what, name) => {
    expect(() => write({ headers: [{ name, change: [] }] })).toThrow(RangeError)
  })

  test('refuses two recipes for one name', () => {
    expect(() =>
      write({
        headers: [
          { name: 'A', change: [] },
          { name: 'a', change: [] },
        ],
      }),
    ).toThrow(RangeError)
  })

  test('keeps lines short, whatever the recipe', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\xff', ';'), maxLength: 2_000 })
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), texts => {
        const items = texts.map(line => Buffer.from(line, 'latin1'))
        const field = write({ headers: [{ name: 'A', change: [{ kind: 'data', items }] }] })
        const lengths = field.octets
          .toString('latin1')
          .split('\r\n')
          .map(line => line.length)
        expect(Math.max(...lengths)).toBeLessThan(260)
      }),
    )
  })

  test('gives what is read again', () => {
    const line = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '\xff', '=', '\t'), maxLength: 90 })
    const items = fc
      .array(line, { minLength: 1, maxLength: 4 })
      .map(texts => texts.map(text => Buffer.from(text, 'latin1')))
    fc.assert(
      fc.property(items, items, fc.boolean(), (lines, values, keep) => {
        const recipe: Recipe = {
          headers: [
            {
              name: 'A',
              change: [
                ...(keep ? [{ kind: 'copy', from: 1, to: 2 } as const] : []),
                { kind: 'data', items: values },
              ],
            },
          ],
          body: [{ kind: 'data', items: lines }],
        }
        expect(wellFormed(write(recipe)).recipe(fieldCounter(subject.fields))).toEqual(recipe)
      }),
    )
  })
})
