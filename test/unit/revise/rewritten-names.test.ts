/** In a From that names the list, no address stands as the name of the author, in whatever characters a reader sees. */
import { describe, expect, test } from 'vitest'
import { fromRewrite } from '../../../src/revise/from-rewrite.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { revise } from '../../../src/revise/revision.ts'
import { message, received, value } from './support.ts'

const rule = fromRewrite(
  { mode: 'always', listAddress: 'news@lists.example', listName: 'Garden news' },
  undefined,
)

function fromOf(from: string, more = ''): (string | undefined)[] {
  const before = message(`From: ${from}\n${more}\nbody\n`)
  const revision = revise(before, [rule])
  expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  const after = received(revision.message)
  return [value(after, 'From'), value(after, 'Reply-To')]
}

describe('a name that is an address goes, encoded or not', () => {
  test.each([
    '"boss@bank.example" <a@origin.example>',
    '=?utf-8?q?boss=40bank=2Eexample?= <a@origin.example>',
    '=?iso-8859-1?Q?boss=40bank.example?= <a@origin.example>',
    '=?utf-8?b?Ym9zc0BiYW5rLmV4YW1wbGU=?= <a@origin.example>',
    '"=?utf-8?q?boss=40bank.example?=" <a@origin.example>',
    'a@origin.example (=?utf-8?q?boss=40bank.example?=)',
    '=?utf-8?q?boss?= =?utf-8?q?=40bank.example?= <a@origin.example>',
    '=?utf-8?q?boss=EF=BC=A0bank.example?= <a@origin.example>',
    '=?utf-8?q?boss=EF=B9=ABbank.example?= <a@origin.example>',
    'boss\xef\xbc\xa0bank.example <a@origin.example>',
    '=?utf-7?q?boss+AEA-bank.example?= <a@origin.example>',
    '=?x-unknown?q?boss=40bank.example?= <a@origin.example>',
    '=?utf-8?q?=3D=3Futf-8=3Fq=3Fboss=3D40bank=3F=3D?= <a@origin.example>',
    '=?utf-16le?b?YgBvAHMAcwBAAGIAYQBuAGsA?= <a@origin.example>',
    'The =?utf-8?q?boss=40bank.example?= himself <a@origin.example>',
  ])('%s', from => {
    expect(fromOf(from)).toEqual(['"a via Garden news" <news@lists.example>', '<a@origin.example>'])
  })

  test.each(['"boss@bank.example"@origin.example', '=?utf-8?q?boss=40bank?=@origin.example'])(
    'so does a local part that reads as one: %s',
    from => expect(fromOf(from)[0]).toBe('"Garden news" <news@lists.example>'.replaceAll('"', '')),
  )
})

describe('a name stays', () => {
  test.each([
    ['Jane Doe <a@origin.example>', '"Jane Doe via Garden news" <news@lists.example>'],
    [
      '=?utf-8?q?J=C3=B6rg_Doe?= <a@origin.example>',
      '=?utf-8?q?J=C3=B6rg_Doe?= via Garden news <news@lists.example>',
    ],
    ['J\xc3\xb6rg <a@origin.example>', '"J\xc3\xb6rg via Garden news" <news@lists.example>'],
  ])('%s', (from, expected) => expect(fromOf(from)[0]).toBe(expected))
})

test("the author's own Reply-To stays first", () => {
  const [, replyTo] = fromOf('Jane <jane@origin.example>', 'Reply-To: Home <jane@home.example>\n')
  expect(replyTo).toBe('Home <jane@home.example>, "Jane" <jane@origin.example>')
})

test('a policy of one author is enough, whichever stands first, and the list itself is none', () => {
  const strict = fromRewrite(
    { mode: 'when-policy', listAddress: 'news@lists.example', listName: 'News' },
    'reject',
  )
  const isRewritten = (from: string) =>
    value(received(revise(message(`From: ${from}\n\nbody\n`), [strict]).message), 'From')?.endsWith(
      '<news@lists.example>',
    )
  expect(isRewritten('jim@lists.example, jane@strict.example')).toBe(true)
  expect(isRewritten('jane@strict.example, jim@lists.example')).toBe(true)
  expect(isRewritten('jim@lists.example')).toBe(false)
  expect(isRewritten('"news"@Lists.example')).toBe(false)
})
