/** What a peer can put into the fields costs time and memory linear in its length, and never an exception. */

import { describe, expect, test } from 'vitest'
import { defaultBounds } from '../../../../src/dkim2/bounds.ts'
import { readChain } from '../../../../src/dkim2/read-chain.ts'
import { newField } from '../../../../src/message/message.ts'
import { message } from '../../../support/dkim2-parties.ts'
import {
  firstTags,
  hashSet,
  oneHop,
  revisedHop,
  secondEnvelope,
  text,
  verdictOf,
  withInstance,
  withSignature,
} from './forge.ts'

const plain = message(text)

/** Nested beyond what the reader of JSON takes. */
const deep = new Set([
  `{"b":${'['.repeat(500_000)}${']'.repeat(500_000)}}`,
  `{"b":[],"x":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}}`,
])
const [lists = '', members = ''] = deep

describe('a recipe', () => {
  test.each([
    ['of a range of a billion lines', '{"b":[{"c":[1,1000000000]}]}'],
    ['of the largest range that can be written', '{"b":[{"c":[1,999999999999999]}]}'],
    ['of lists in lists', lists],
    ['of unknown members in each other', members],
    ['of a huge number', `{"b":[{"c":[1,${'9'.repeat(1_000_000)}]}]}`],
    ['of an exponent', '{"b":[{"c":[1,1e999999999]}]}'],
  ])('%s is invalid at once', async (_what, recipe) => {
    expect(await verdictOf(revisedHop(recipe), { envelope: secondEnvelope })).toBe(
      deep.has(recipe)
        ? 'PERMERROR Message-Instance m=2 contains invalid JSON'
        : `PERMERROR Message-Instance m=2 Recipe ${recipe.slice(0, 64)} is invalid`,
    )
  })

  test('of a hundred thousand steps is applied in linear time', async () => {
    const steps = Array.from({ length: 100_000 }, () => '{"d":[""]}').join(',')
    expect(await verdictOf(revisedHop(`{"b":[${steps},{"c":[1,3]}]}`), { envelope: secondEnvelope })).toBe(
      'FAIL Message-Instance m=1 body hash sha256 mismatch',
    )
  })

  test('of a hundred thousand names is read in linear time', async () => {
    const names = Array.from({ length: 100_000 }, (_, n) => `"n${n}":[]`).join(',')
    expect(
      await verdictOf(revisedHop(`{"b":[{"c":[1,3]}],"h":{${names}}}`), { envelope: secondEnvelope }),
    ).toBe('PASS')
  })

  test('that restores thousands of fields is beyond the limits', async () => {
    const many = `{"h":{"a":[{"d":[${'"",'.repeat(5_000)}""]}]}}`
    expect(await verdictOf(revisedHop(many), { envelope: secondEnvelope })).toBe(
      'PERMERROR Message-Instance m=2 recipe is beyond the limits of this verifier',
    )
  })
})

describe('a field', () => {
  test('with a hundred thousand signatures asks for no key', async () => {
    const asked: string[] = []
    const s = Array.from({ length: 100_000 }, (_, n) => `s${n}:ed25519-sha256:AAAA`).join('|')
    const instance = withInstance(plain, `m=1; h=${hashSet(plain)}`)
    const sent = {
      ...instance,
      fields: [newField('DKIM2-Signature', `${firstTags}; s=${s}`), ...instance.fields],
    }
    const lookup = async (name: string) => {
      asked.push(name)
      return { kind: 'absent' } as const
    }
    expect(await verdictOf(sent, { lookup })).toBe(
      'PERMERROR DKIM2-Signature i=1 has more selectors than allowed',
    )
    expect(asked).toEqual([])
  })

  test('with a hundred thousand hash sets is read in linear time', async () => {
    const h = Array.from({ length: 100_000 }, (_, n) => `x${n}:AAAA:AAAA`).join('|')
    const sent = withSignature(withInstance(plain, `m=1; h=${h}|${hashSet(plain)}`), firstTags)
    expect(await verdictOf(sent)).toBe('PASS')
  })

  test('with a million semicolons, bars or colons is read in linear time', async () => {
    for (const value of [';', '|', ':', ',', '= ', 's=;'].map(piece => piece.repeat(300_000))) {
      const sent = {
        ...plain,
        fields: [newField('DKIM2-Signature', `i=1; m=1; s=${value}`), ...plain.fields],
      }
      expect(await verdictOf(sent)).toMatch(/^PERMERROR/)
    }
  })

  test('with fifty thousand recipients is compared in linear time', async () => {
    const rt = Array.from({ length: 50_000 }, (_, n) =>
      Buffer.from(`<u${n}@list.example>`).toString('base64'),
    ).join(',')
    expect(await verdictOf(oneHop({ tags: firstTags.replace(/rt=[^;]*/, `rt=${rt}`) }))).toBe(
      'FAIL DKIM2-Signature i=1 RCPT TO <team@list.example> did not match',
    )
  })
})

describe('a message', () => {
  test('with thousands of versions and signatures is refused before anything is computed', () => {
    const many = Array.from({ length: 4_000 }, (_, n) =>
      newField('Message-Instance', `m=${n + 1}; h=sha256:AAAA:AAAA`),
    )
    const reading = readChain({ ...plain, fields: [...many, ...plain.fields] }, defaultBounds)
    expect(reading).toMatchObject({
      kind: 'malformed',
      failure: { error: 'Message-Instance m=101 syntax error' },
    })
  })

  test('with more fields than a verifier reads is refused', () => {
    const many = Array.from({ length: 10_001 }, () => newField('A', 'x'))
    const fields = [newField('Message-Instance', 'm=1'), ...many]
    expect(readChain({ ...plain, fields }, defaultBounds)).toMatchObject({ kind: 'malformed' })
  })
})
