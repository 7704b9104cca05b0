/** What is malformed in every revision: base64, names of tags, empty tags, numbers that stand twice, JSON that the schema refuses. */

import { describe, expect, test } from 'vitest'
import { revisions } from '../../../../src/dkim2/profile.ts'
import type { Message } from '../../../../src/message/message.ts'
import { message } from '../../../support/dkim2-parties.ts'
import {
  b64,
  firstTags,
  hashSet,
  mf,
  oneHop,
  revisedHop,
  rt,
  secondEnvelope,
  text,
  verdictOf,
  withInstance,
  withSignature,
} from './forge.ts'

/** A message that every revision hashes alike. */
const simple = text.replace('Auto-Submitted: no\n', '')
const plain = message(simple)

/** Replaces text in the DKIM2-Signature that was made last. */
function inSignature(of: Message, change: (text: string) => string): Message {
  const [first, ...others] = of.fields
  if (!first) throw new Error('no field')
  const octets = Buffer.from(change(first.octets.toString('latin1')), 'latin1')
  return { ...of, fields: [{ ...first, octets }, ...others] }
}

/** The same value with a bit set that its last digit has over. */
function withOddBits(base64: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const digits = base64.replace(/=+$/, '')
  const last = alphabet[alphabet.indexOf(digits.at(-1) ?? '') + 1] ?? ''
  return digits.slice(0, -1) + last + base64.slice(digits.length)
}

const syntax = 'PERMERROR DKIM2-Signature i=1 syntax error'
const instanceSyntax = 'PERMERROR Message-Instance m=1 syntax error'

function withTags(tags: string): Promise<Message> {
  return oneHop({ text: simple, tags })
}

async function withInstanceTags(tags: string): Promise<Message> {
  return withSignature(withInstance(plain, tags), firstTags)
}

const padded = b64('<ab@origin.example>')
const paddedTags = firstTags.replace(mf, padded)
const h = hashSet(plain)
const json = b64('{"h":{"subject":[]}}x'.slice(0, -1))

const malformed: readonly [string, () => Promise<Message>, string][] = [
  ['mf without padding', () => withTags(paddedTags.replace(padded, padded.replace(/=+$/, ''))), syntax],
  ['mf with bits that are over', () => withTags(paddedTags.replace(padded, withOddBits(padded))), syntax],
  [
    'rt without padding',
    () => withTags(firstTags.replace(rt, b64('<t@list.example>').replace(/=+$/, ''))),
    syntax,
  ],
  [
    's without padding',
    async () => inSignature(await withTags(firstTags), field => field.replace(/=+;\s*$/, ';\r\n')),
    syntax,
  ],
  [
    'a header hash without padding',
    () => withInstanceTags(`m=1; h=${h.replace(/=+:/, ':')}`),
    instanceSyntax,
  ],
  ['a body hash without padding', () => withInstanceTags(`m=1; h=${h.replace(/=+$/, '')}`), instanceSyntax],
  ['r without padding', () => withInstanceTags(`m=1; h=${h}; r=${json.replace(/=+$/, '')}`), instanceSyntax],
  [
    'r with bits that are over',
    () => withInstanceTags(`m=1; h=${h}; r=${withOddBits(json)}`),
    instanceSyntax,
  ],
  ['an empty r', () => withInstanceTags(`m=1; h=${h}; r=`), instanceSyntax],
  ['an empty f', () => withTags(`${firstTags}; f=`), syntax],
  ['an unknown tag with a hyphen in a signature', () => withTags(`${firstTags}; x-y=1`), syntax],
  ['an unknown tag with a dot in a signature', () => withTags(`${firstTags}; x.y=1`), syntax],
  ['an unknown tag with a hyphen in a version', () => withInstanceTags(`m=1; h=${h}; x-y=1`), instanceSyntax],
]

describe.each(revisions)('under %s', revision => {
  test.each(malformed)('%s is a syntax error', async (_what, make, expected) => {
    expect(await verdictOf(make(), { revision })).toBe(expected)
  })

  test('padding, white space in base64, an empty nonce and unknown tags of letters, digits and _ are right', async () => {
    const folded = padded.replace(/^(.{5})/, '$1 \t')
    const tags = paddedTags.replace(padded, folded)
    const sent = await withTags(`${tags}; n=; x_1=; y=any-thing`)
    const envelope = { reversePath: 'ab@origin.example', forwardPaths: ['team@list.example'] }
    expect(await verdictOf(sent, { revision, envelope })).toBe('PASS')
  })

  test.each([
    ['an h of null', '{"h":null}'],
    ['an h of null beside b', '{"b":[{"c":[1,3]}],"h":null}'],
    ['an h without names', '{"h":{}}'],
    ['an h without names beside b', '{"b":[{"c":[1,3]}],"h":{}}'],
    ['an empty list of items', '{"b":[{"c":[1,3]},{"d":[]}]}'],
    ['a further key in a step', '{"b":[{"c":[1,3],"x":1}]}'],
    ['ranges out of order', '{"b":[{"c":[2,3]},{"c":[1,1]}]}'],
  ])('%s is PERMERROR', async (_what, recipe) => {
    const sent = revisedHop(recipe, simple)
    expect(await verdictOf(sent, { revision, envelope: secondEnvelope })).toMatch(
      /^PERMERROR Message-Instance m=2 /,
    )
  })

  test('two i=1 are PERMERROR, and a number that stands twice is no gap', async () => {
    const one = await withTags(firstTags)
    const twice = await withSignature(one, firstTags)
    const expected = 'PERMERROR DKIM2-Signature i=1 tag=i was unexpected'
    expect(await verdictOf(twice, { revision })).toBe(expected)
  })

  test('an nd that the next hop does not answer to is told with the word MAIL', async () => {
    const first = await withTags(firstTags.replace(/mf=[^;]*; rt=.*$/, 'nd=other.example'))
    const tags = `i=2; m=1; t=1763000010; d=list.example; mf=${b64('<b@list.example>')}; rt=${rt}`
    const sent = withSignature(first, tags, [[{}]], 'list.example')
    const envelope = { reversePath: 'b@list.example', forwardPaths: ['team@list.example'] }
    expect(await verdictOf(sent, { revision, envelope })).toMatch(
      /^(PERMERROR|FAIL) DKIM2-Signature i=2 MAIL nd= does not match$/,
    )
  })
})
