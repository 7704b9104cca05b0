import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DmarcPolicy } from '../../../src/dmarc/policy-record.ts'
import { listedMailboxes } from '../../../src/message/address-list.ts'
import { type FromRewriteSettings, fromRewrite } from '../../../src/revise/from-rewrite.ts'
import { proveRevision } from '../../../src/revise/prove.ts'
import { isRevised, revise } from '../../../src/revise/revision.ts'
import { message, octets, received, value, values } from './support.ts'

const settings: FromRewriteSettings = {
  mode: 'when-policy',
  listAddress: 'team@list.example',
  listName: 'Team',
}

/** From and Reply-To after the rewriting of a header. */
function rewritten(header: string, changed: Partial<FromRewriteSettings> = {}): (string | undefined)[] {
  const before = message(`${header}\n\nbody\n`)
  const revision = revise(before, [fromRewrite({ ...settings, ...changed }, 'reject')])
  expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
  const after = received(revision.message)
  return [value(after, 'From'), value(after, 'Reply-To')]
}

describe('From is rewritten', () => {
  const isRewritten = (
    mode: FromRewriteSettings['mode'],
    policy: DmarcPolicy | undefined,
    from = 'a@origin.example',
  ) => isRevised(revise(message(`From: ${from}\n\nbody\n`), [fromRewrite({ ...settings, mode }, policy)]))

  test('never, where that is the setting', () => {
    expect(isRewritten('never', 'reject')).toBe(false)
  })

  test('when the policy of the author demands it', () => {
    expect(isRewritten('when-policy', 'reject')).toBe(true)
    expect(isRewritten('when-policy', 'quarantine')).toBe(true)
    expect(isRewritten('when-policy', 'none')).toBe(false)
    expect(isRewritten('when-policy', undefined)).toBe(false)
    expect(isRewritten('when-policy', 'reject', 'x@LIST.example')).toBe(false)
  })

  test('always, but for the address of the list', () => {
    expect(isRewritten('always', undefined)).toBe(true)
    expect(isRewritten('always', undefined, 'x@list.example')).toBe(true)
    expect(isRewritten('always', 'reject', 'Team <team@List.example>')).toBe(false)
  })

  test('not where no author can be found', () => {
    expect(isRewritten('always', 'reject', 'nobody')).toBe(false)
    expect(isRewritten('always', 'reject', '')).toBe(false)
    expect(isRewritten('always', 'reject', '<"a@b.example>')).toBe(false)
  })
})

describe('the author stays visible', () => {
  test.each([
    [
      'From: Jane Doe <jane@origin.example>',
      '"Jane Doe via Team" <team@list.example>',
      '"Jane Doe" <jane@origin.example>',
    ],
    [
      'From: "Doe, Jane" <jane@origin.example>',
      '"Doe, Jane via Team" <team@list.example>',
      '"Doe, Jane" <jane@origin.example>',
    ],
    [
      'From: "a \\"b\\" c" <jane@origin.example>',
      '"a \\"b\\" c via Team" <team@list.example>',
      '"a \\"b\\" c" <jane@origin.example>',
    ],
    ['From: jane@origin.example', '"jane via Team" <team@list.example>', '<jane@origin.example>'],
    ['From: <jane@origin.example>', '"jane via Team" <team@list.example>', '<jane@origin.example>'],
    [
      'From: jane@origin.example (Jane Doe)',
      '"Jane Doe via Team" <team@list.example>',
      '"Jane Doe" <jane@origin.example>',
    ],
    [
      'From: "jane@origin.example" <jane@origin.example>',
      '"jane via Team" <team@list.example>',
      '<jane@origin.example>',
    ],
    [
      'From: =?utf-8?q?J=C3=B6rg?= <joerg@origin.example>',
      '=?utf-8?q?J=C3=B6rg?= via Team <team@list.example>',
      '=?utf-8?q?J=C3=B6rg?= <joerg@origin.example>',
    ],
    [
      'From: "=?utf-8?q?J=C3=B6rg?=" <joerg@origin.example>',
      '=?utf-8?q?J=C3=B6rg?= via Team <team@list.example>',
      '=?utf-8?q?J=C3=B6rg?= <joerg@origin.example>',
    ],
    [
      'From: =?utf-8?q?J=C3=B6rg?=\n Doe <joerg@origin.example>',
      '=?utf-8?q?J=C3=B6rg?= Doe via Team <team@list.example>',
      '=?utf-8?q?J=C3=B6rg?= Doe <joerg@origin.example>',
    ],
    [
      'From: J\xc3\xb6rg \xc3\xa0 <joerg@origin.example>',
      '"J\xc3\xb6rg \xc3\xa0 via Team" <team@list.example>',
      '"J\xc3\xb6rg \xc3\xa0" <joerg@origin.example>',
    ],
  ])('%s', (header, from, replyTo) => expect(rewritten(header)).toEqual([from, replyTo]))

  test('with a list name beyond ASCII', () => {
    expect(rewritten('From: Jane <jane@origin.example>', { listName: 'Büro' })).toEqual([
      '"Jane" via =?utf-8?q?B=C3=BCro?= <team@list.example>',
      '"Jane" <jane@origin.example>',
    ])
  })

  test('all authors of a message', () => {
    const header = 'From: Jane <jane@origin.example>, joe@origin.example\nFrom: third@origin.example'
    expect(rewritten(header)).toEqual([
      '"Jane via Team" <team@list.example>',
      '"Jane" <jane@origin.example>, <joe@origin.example>, <third@origin.example>',
    ])
  })
})

describe('an existing Reply-To', () => {
  const from = 'From: Jane <jane@origin.example>'
  test.each([
    ['Reply-To: list@x.example', 'list@x.example, "Jane" <jane@origin.example>'],
    ['Reply-To: jane@Origin.example', 'jane@Origin.example'],
    [
      'Reply-To: group: a@b.example,\n c@d.example;',
      'group: a@b.example, c@d.example;, "Jane" <jane@origin.example>',
    ],
    ['Reply-To: "open <a@b.example>', '"Jane" <jane@origin.example>'],
    ['Reply-To: a@b.example, (open', '<a@b.example>, "Jane" <jane@origin.example>'],
    ['Reply-To:', '"Jane" <jane@origin.example>'],
  ])('%j keeps its addresses', (field, expected) => expect(rewritten(`${from}\n${field}`)[1]).toBe(expected))
})

describe('whatever stands in From', () => {
  test('ends in one From of the list and fields that are whole', () => {
    const alphabet = fc.constantFrom(
      ...'ab@.<>(),;:"\\ \t=?q\xfc\x00\x1b\n'.split(''),
      '\n ',
      '=?utf-8?q?x?=',
      'a@b.example',
    )
    fc.assert(
      fc.property(
        fc.array(alphabet, { maxLength: 40 }),
        fc.array(alphabet, { maxLength: 40 }),
        (from, replyTo) => {
          const unfolded = (pieces: string[]) => pieces.join('').replace(/\n(?![ \t])/g, '')
          const before = message(
            `From: ${unfolded(from)}\nReply-To: ${unfolded(replyTo)}\nSubject: x\n\nbody\n`,
          )
          const revision = revise(before, [fromRewrite({ ...settings, mode: 'always' }, 'reject')])
          if (!isRevised(revision)) return
          const after = received(revision.message)
          expect(octets(after).equals(octets(revision.message))).toBe(true)
          expect(after.fields.every(({ name }) => ['From', 'Reply-To', 'Subject'].includes(name))).toBe(true)
          expect(values(after, 'From')).toHaveLength(1)
          expect(listedMailboxes(values(after, 'From')[0] ?? '', 9).map(({ address }) => address)).toEqual([
            'team@list.example',
          ])
          const authors = listedMailboxes(values(before, 'From')[0] ?? '', 20).map(({ address }) => address)
          const answers = values(after, 'Reply-To')
            .flatMap(text => listedMailboxes(text.replace(/[\x00\x1b]/g, ' '), 100))
            .map(({ address }) => address.toLowerCase())
          for (const author of authors) expect(answers).toContain(author.toLowerCase())
          expect(proveRevision(before, revision)).toEqual({ kind: 'proved' })
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('cannot bring a CR or LF of its own into the new fields', () => {
    const before = message('From: "a\rBcc: x@y.example" <jane@origin.example>\n\nbody\n')
    const after = revise(before, [fromRewrite({ ...settings, mode: 'always' }, undefined)]).message
    expect(octets(after).toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  })
})

describe('a list that cannot stand in From is refused', () => {
  const evil = ['', 'x\r\nBcc: y@z.example', 'x\0', 'x\u2028']
  test.each([...evil, 'a@b, c@d', '<a@b.example>', 'ä@b.example', 'a@b.example\n'])(
    'address %j',
    listAddress => {
      expect(() => fromRewrite({ ...settings, listAddress }, 'none')).toThrow(RangeError)
    },
  )

  test.each(evil)('name %j', listName => {
    expect(() => fromRewrite({ ...settings, listName }, 'none')).toThrow(RangeError)
  })

  test('a name cannot end the quotes that it stands in', () => {
    expect(rewritten('From: a@b.example', { listName: 'x" <c@d.example>' })[0]).toBe(
      '"a via x\\" <c@d.example>" <team@list.example>',
    )
  })
})
