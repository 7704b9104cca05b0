/** Writing and reading the two fields. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultBounds } from '../../../../src/dkim2/bounds.ts'
import { signingForm } from '../../../../src/dkim2/canonicalize.ts'
import { MessageVersion } from '../../../../src/dkim2/message-version.ts'
import type { Hop, Version } from '../../../../src/dkim2/model.ts'
import type { HopDraft } from '../../../../src/dkim2/profile.ts'
import { withoutSignatures } from '../../../../src/dkim2/profiles/message-instance/hashes.ts'
import { ruleSets } from '../../../../src/dkim2/profiles/message-instance/rules.ts'
import {
  isCarriable,
  readSignature,
  writeSignature,
} from '../../../../src/dkim2/profiles/message-instance/signature-field.ts'
import { readVersion, writeVersion } from '../../../../src/dkim2/profiles/message-instance/version-field.ts'
import { type HeaderField, newField } from '../../../../src/message/message.ts'
import { message, plain } from '../../../support/dkim2-parties.ts'

const rules = ruleSets['09']
const state = new MessageVersion(3, message(plain))

function readHop(field: HeaderField, under = rules, lenient = false): Hop {
  const hop = readSignature(field, defaultBounds, under, lenient)
  if ('state' in hop) throw new Error(hop.error)
  return hop
}

const draft: HopDraft = {
  sequence: 2,
  state,
  timestampSeconds: 1_763_000_000,
  reversePath: 'a@b.example',
  forwardPaths: ['c@d.example', 'ü;,"@e.example'],
  domain: 'b.example',
  flags: ['exploded', 'feedhere'],
  nonce: 'abc',
  addedFields: ['List-Id'],
  signatures: [
    { selector: 's1', algorithm: 'rsa-sha256', group: 0, value: Buffer.alloc(256, 1) },
    { selector: 's2', algorithm: 'mldsa44', group: 1, value: Buffer.alloc(2_420, 2) },
    { selector: 's3', algorithm: 'ed25519-sha256', group: 0, value: Buffer.alloc(64, 3) },
  ],
}

const path = fc
  .tuple(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom('b.example', 'é.example'),
  )
  .map(([local, domain]) => `${local}@${domain}`)
  .filter(isCarriable)

const drafts: fc.Arbitrary<HopDraft> = fc.record({
  sequence: fc.integer({ min: 2, max: 50 }),
  state: fc.constant(state),
  timestampSeconds: fc.integer({ min: 0, max: 8_640_000_000_000 }),
  reversePath: fc.oneof(fc.constant(''), path),
  forwardPaths: fc.array(path, { minLength: 1, maxLength: 40 }),
  domain: fc.constantFrom('b.example', 'x.y.z.example'),
  flags: fc.uniqueArray(fc.constantFrom('exploded', 'feedback', 'feedhere')),
  nonce: fc.option(fc.stringMatching(/^[!-:<-~]{0,64}$/), { nil: undefined }),
  addedFields: fc.constant([]),
  signatures: fc.uniqueArray(
    fc.record({
      selector: fc.constantFrom('a', 'b', 'c.d', 'E', 'f_g'),
      algorithm: fc.constantFrom('rsa-sha256', 'ed25519-sha256', 'mldsa44'),
      group: fc.integer({ min: 0, max: 2 }),
      value: fc.uint8Array({ minLength: 1, maxLength: 300 }).map(octets => Buffer.from(octets)),
    }),
    { selector: signature => signature.selector.toLowerCase(), minLength: 1 },
  ),
})

describe('a DKIM2-Signature', () => {
  test('that was written says what it was to say', () => {
    const hop = readHop(writeSignature(draft, rules))
    expect(hop).toMatchObject({
      sequence: 2,
      version: 3,
      timestampSeconds: draft.timestampSeconds,
      reversePath: draft.reversePath,
      forwardPaths: draft.forwardPaths,
      domain: draft.domain,
      flags: draft.flags,
      nonce: 'abc',
    })
    expect(hop.signatures.map(({ selector, group }) => [selector, group])).toEqual([
      ['s1', 0],
      ['s3', 0],
      ['s2', 1],
    ])
  })

  test('that was written is read again, whatever it says, and its lines are no longer than 998 octets', () => {
    fc.assert(
      fc.property(drafts, wanted => {
        const field = writeSignature(wanted, rules)
        const hop = readHop(field)
        const groups = [...new Set(wanted.signatures.map(({ group }) => group))]
        expect(hop).toMatchObject({
          sequence: wanted.sequence,
          timestampSeconds: wanted.timestampSeconds,
          reversePath: wanted.reversePath,
          forwardPaths: wanted.forwardPaths,
          flags: wanted.flags,
          signatures: groups.flatMap((wantedGroup, group) =>
            wanted.signatures
              .filter(signature => signature.group === wantedGroup)
              .map(({ selector, algorithm, value }) => ({ selector, algorithm, group, value })),
          ),
        })
        expect(hop.nonce).toBe(wanted.nonce)
        const lines = field.octets.toString('latin1').split('\r\n')
        expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(998)
      }),
    )
  })

  test('is signed with its signature values empty and nothing else missing', () => {
    fc.assert(
      fc.property(drafts, wanted => {
        const empty = {
          ...wanted,
          signatures: wanted.signatures.map(one => ({ ...one, value: Buffer.alloc(0) })),
        }
        const signed = withoutSignatures(signingForm(writeSignature(wanted, rules)), rules)
        expect(signed).toBe(signingForm(writeSignature(empty, rules)))
      }),
    )
  })

  test('covers an S tag as any other under 09, and empties it under 06', () => {
    const form = 'dkim2-signature:i=1;S=a:b:cc;s=d:e:ff,g:h:ii;x=s=a:b:c;\r\n'
    expect(withoutSignatures(form, rules)).toBe('dkim2-signature:i=1;S=a:b:cc;s=d:e:,g:h:;x=s=a:b:c;\r\n')
    const upper = 'dkim2-signature:i=1;S=a:b:cc;\r\n'
    expect(withoutSignatures(upper, ruleSets['06'])).toBe('dkim2-signature:i=1;S=a:b:;\r\n')
  })

  test('of an imaginary hop has nd, and neither mf nor rt', () => {
    const field = writeSignature(
      { ...draft, reversePath: '', forwardPaths: [], nextDomain: 'next.example' },
      rules,
    )
    expect(field.octets.toString('latin1')).not.toMatch(/mf=|rt=/)
    expect(readHop(field)).toMatchObject({ nextDomain: 'next.example', reversePath: '', forwardPaths: [] })
  })

  test('without angle brackets is read only leniently', () => {
    const bare = (text: string) => Buffer.from(text).toString('base64')
    const value = `i=1; m=1; t=1; d=b.example; mf=${bare('a@b.example')}; rt=${bare('<c@d.example>')}; s=a:b:AAAA`
    const field = newField('DKIM2-Signature', value)
    expect(() => readHop(field)).toThrow('syntax error')
    expect(readHop(field, rules, true)).toMatchObject({
      reversePath: 'a@b.example',
      forwardPaths: ['c@d.example'],
    })
    const nothing = newField('DKIM2-Signature', value.replace(/mf=[^;]*/, 'mf='))
    expect(readHop(nothing, rules, true)).toMatchObject({ reversePath: '' })
  })

  test.each([
    ['a@b.example', true],
    ['', true],
    ['"a; , b"@c.example', true],
    ['ü@é.example', true],
    ['a\r\nb@c.example', false],
    ['a\0@c.example', false],
    ['<a@b.example>', false],
    ['\ud800@c.example', false],
  ])('can carry the address %j: %s', (address, expected) => {
    expect(isCarriable(address)).toBe(expected)
  })

  test('whatever stands in it, reading it ends in a hop or a failure', () => {
    const piece = fc.constantFrom(
      'i=1',
      'm=1',
      ';',
      's=',
      'a:b:',
      'AAAA',
      ',',
      '|',
      ' ',
      '=',
      'mf=PD4=',
      'rt=PD4=',
      't=9',
      'd=a.b',
      'nd=',
      '\xe9',
      ':',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.boolean(), (pieces, lenient) => {
        const hop = readSignature(newField('DKIM2-Signature', pieces.join('')), defaultBounds, rules, lenient)
        expect('state' in hop || hop.sequence === 1).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a Message-Instance', () => {
  function version(field: HeaderField): Version {
    const found = readVersion(field, defaultBounds, rules)
    if ('state' in found) throw new Error(found.error)
    return found
  }

  test('that was written says what it was to say', () => {
    const recipe = {
      headers: [{ name: 'Subject', change: [] }],
      body: [{ kind: 'copy' as const, from: 1, to: 2 }],
    }
    const field = writeVersion(
      { number: 3, state, recipe, hashes: ['sha256', 'sha512'], bounds: defaultBounds },
      rules,
    )
    const read = version(field)
    expect(read).toMatchObject({
      number: 3,
      changes: { body: true, headers: ['subject'], headersReplaced: [], unrecoverable: false },
      hashes: [
        {
          algorithm: 'sha256',
          group: 0,
          header: state.headerHash(rules.isUnsigned, 'sha256'),
          body: state.bodyHash('simple', 'sha256'),
        },
        {
          algorithm: 'sha512',
          group: 0,
          header: state.headerHash(rules.isUnsigned, 'sha512'),
          body: state.bodyHash('simple', 'sha512'),
        },
      ],
    })
    expect(read.recipe(() => 0)).toMatchObject({
      headers: [{ name: 'subject', change: [] }],
      body: recipe.body,
    })
  })

  test('has hashes in groups', () => {
    const field = newField('Message-Instance', 'm=1; h= a:AAAA:AAAA , b : AAAA:AA AA|c:AAAA:AAAA')
    expect(version(field).hashes.map(({ algorithm, group }) => [algorithm, group])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 1],
    ])
  })

  test('that restores more fields than anyone needs is beyond the limits', () => {
    const json = JSON.stringify({ h: { a: [{ d: Array.from({ length: 1_001 }, () => 'x') }] } })
    const field = newField(
      'Message-Instance',
      `m=1; h=a:AAAA:AAAA; r=${Buffer.from(json).toString('base64')}`,
    )
    expect(readVersion(field, defaultBounds, rules)).toMatchObject({
      state: 'permerror',
      error: 'Message-Instance m=1 recipe is beyond the limits of this verifier',
    })
  })

  test('whatever stands in it, reading it ends in a version or a failure', () => {
    const piece = fc.constantFrom(
      'm=1',
      'h=',
      'sha256',
      ':',
      'AAAA',
      ',',
      '|',
      ';',
      'r=',
      'e30=',
      ' ',
      '=',
      '\xe9',
      'eyJiIjpbXX0=',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), pieces => {
        const found = readVersion(newField('Message-Instance', pieces.join('')), defaultBounds, rules)
        expect('state' in found || found.number === 1).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})
