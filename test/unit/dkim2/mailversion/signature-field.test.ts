import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultBounds } from '../../../../src/dkim2/bounds.ts'
import { MessageVersion } from '../../../../src/dkim2/message-version.ts'
import type { HopDraft } from '../../../../src/dkim2/profile.ts'
import { withoutSignatures } from '../../../../src/dkim2/profiles/mailversion/hashes.ts'
import {
  isCarriable,
  readSignature,
  writeSignature,
} from '../../../../src/dkim2/profiles/mailversion/signature-field.ts'
import { type HeaderField, newField } from '../../../../src/message/message.ts'
import { message } from '../../../support/dkim2-parties.ts'

const bh = Buffer.alloc(32, 7).toString('base64')
const set = `s1=ed; a1=ed25519-sha256; bh1=${bh}; b1=AAAA`
const head = 'i=2; mv=1; t=2025-11-13T02:13:20; mf=a@b.example; rt=c@d.example; d=b.example'
const whole = `${head}; ${set}`

function read(value: string) {
  return readSignature(newField('DKIM2-Signature', value), defaultBounds)
}

function error(value: string): string {
  const hop = read(value)
  return 'state' in hop ? `${hop.state} ${hop.error}` : 'no error'
}

function without(tag: string): string {
  return whole
    .split('; ')
    .filter(part => !part.startsWith(`${tag}=`))
    .join('; ')
}

function withTag(tag: string, value: string): string {
  return `${without(tag)}; ${tag}=${value}`
}

describe('a DKIM2-Signature', () => {
  test('says who sent the message from where to whom, and when', () => {
    expect(read(`${whole}; f=exploded, feedback; n=abc+/=; h=List-Id:Comments;`)).toMatchObject({
      sequence: 2,
      version: 1,
      timestampSeconds: 1_763_000_000,
      reversePath: 'a@b.example',
      forwardPaths: ['c@d.example'],
      domain: 'b.example',
      signatures: [
        {
          selector: 'ed',
          algorithm: 'ed25519-sha256',
          value: Buffer.alloc(3),
          bodyHash: Buffer.alloc(32, 7),
        },
      ],
      flags: ['exploded', 'feedback'],
      nonce: 'abc+/=',
      addedFields: ['List-Id', 'Comments'],
    })
  })

  test.each([
    ['mf absent', without('mf'), { reversePath: '' }],
    ['mf empty', withTag('mf', ''), { reversePath: '' }],
    [
      'several recipients',
      withTag('rt', 'a@x.example,b@y.example , c@z.example'),
      { forwardPaths: ['a@x.example', 'b@y.example', 'c@z.example'] },
    ],
    ['a local part with = and +', withTag('mf', 'b+x=1@b.example'), { reversePath: 'b+x=1@b.example' }],
    ['a quoted local part', withTag('mf', '"a@b"@b.example'), { reversePath: '"a@b"@b.example' }],
    ['a UTF-8 address', withTag('rt', 'b\xc3\xbccher@d.example'), { forwardPaths: ['bücher@d.example'] }],
    ['d in upper case', withTag('d', 'B.Example'), { domain: 'b.example' }],
    ['mv=0', withTag('mv', '0'), { version: 0 }],
    ['an unknown flag', `${whole}; f=exploded,other`, { flags: ['exploded', 'other'] }],
    ['no flags', `${whole}; f=`, { flags: [] }],
    ['an unknown algorithm', withTag('a1', 'rsa-sha3'), { signatures: [{ algorithm: 'rsa-sha3' }] }],
    [
      'an algorithm in upper case',
      withTag('a1', 'RSA-SHA256'),
      { signatures: [{ algorithm: 'rsa-sha256' }] },
    ],
    ['a folded signature', withTag('b1', 'AA\r\n AA'), { signatures: [{ value: Buffer.alloc(3) }] }],
    ['a third set, which is unknown tags', `${whole}; s3=x; a3=y`, { sequence: 2 }],
    ['an empty nonce', `${whole}; n=`, { nonce: '' }],
    ['a time with an offset', withTag('t', '2025-11-13T03:13:20+01:00'), { timestampSeconds: 1_763_000_000 }],
  ])('may have %s', (_what, value, expected) => {
    expect(read(value)).toMatchObject(expected)
  })

  test.each(['mv', 't', 'rt', 'd', 's1', 'a1', 'bh1', 'b1'])('must have %s', tag => {
    expect(error(without(tag))).toBe(`permerror DKIM2-Signature i=2 tag=${tag} missing`)
  })

  test.each(['s2', 'a2', 'bh2', 'b2'])('must have all of a second set: %s alone', tag => {
    const missing = tag === 's2' ? 'a2' : 's2'
    expect(error(`${whole}; ${tag}=x`)).toBe(`permerror DKIM2-Signature i=2 tag=${missing} missing`)
  })

  test('must have i', () => {
    expect(error(without('i'))).toBe('permerror DKIM2-Signature i=? tag=i missing')
  })

  test.each([
    ['i=0', withTag('i', '0'), '?'],
    ['i=51', withTag('i', '51'), '51'],
    ['i that is no number', withTag('i', 'one'), '?'],
    ['i twice', `${whole}; i=2`, '2'],
    ['an empty tag', `${head};; ${set}`, '2'],
    ['no tag list at all', 'hello', '?'],
    ['mv that is no number', withTag('mv', 'x'), '2'],
    ['mv above 100', withTag('mv', '101'), '2'],
    ['t in seconds', withTag('t', '1763000000'), '2'],
    ['rt empty', withTag('rt', ''), '2'],
    ['an empty recipient', withTag('rt', 'a@b.example,,c@d.example'), '2'],
    ['a space in mf', withTag('mf', 'a b@b.example'), '2'],
    ['mf in angle brackets', withTag('mf', '<a@b.example>'), '2'],
    ['an address that is not UTF-8', withTag('rt', 'b\xfccher@d.example'), '2'],
    ['an overlong UTF-8 address', withTag('rt', 'a\xc0\xafb@d.example'), '2'],
    ['d that is no domain', withTag('d', 'b..example'), '2'],
    ['d empty', withTag('d', ''), '2'],
    ['d with UTF-8', withTag('d', 'b\xc3\xbccher.example'), '2'],
    ['a selector that is no name', withTag('s1', 'a b'), '2'],
    ['a selector that leads elsewhere', withTag('s1', '../x'), '2'],
    ['a name too long to look up', withTag('s1', `${'a'.repeat(60)}.`.repeat(4).slice(0, -1)), '2'],
    ['an algorithm that is no name', withTag('a1', 'a b'), '2'],
    ['a signature that is not base64', withTag('b1', '!!'), '2'],
    ['an empty signature', withTag('b1', ''), '2'],
    ['an empty body hash', withTag('bh1', ''), '2'],
    ['a nonce of 65 characters', `${whole}; n=${'a'.repeat(65)}`, '2'],
    ['a nonce outside base64', `${whole}; n=a-b`, '2'],
    ['h with a space in a name', `${whole}; h=List Id`, '2'],
  ])('with %s is a syntax error', (_what, value, label) => {
    expect(error(value)).toBe(`permerror DKIM2-Signature i=${label} syntax error`)
  })

  test('with one selector for both sets is refused', () => {
    expect(error(`${whole}; s2=ED; a2=rsa-sha256; bh2=${bh}; b2=AAAA`)).toBe(
      'permerror DKIM2-Signature i=2 has a duplicate selector',
    )
  })

  test('with two sets gives both', () => {
    expect(read(`${whole}; s2=rsa; a2=rsa-sha256; bh2=${bh}; b2=BBBB`)).toMatchObject({
      signatures: [{ selector: 'ed' }, { selector: 'rsa', algorithm: 'rsa-sha256' }],
    })
  })
})

describe('what is signed of a signature field', () => {
  test.each([
    ['dkim2-signature:i=1;b1=AAAA;\r\n', 'dkim2-signature:i=1;b1=;\r\n'],
    ['dkim2-signature:b1=AA;b2=BB\r\n', 'dkim2-signature:b1=;b2=\r\n'],
    ['dkim2-signature:B1=AA;bh1=CC;\r\n', 'dkim2-signature:B1=;bh1=CC;\r\n'],
    ['dkim2-signature:bb1=AA;b11=BB;xb1=CC;\r\n', 'dkim2-signature:bb1=AA;b11=BB;xb1=CC;\r\n'],
    ['dkim2-signature:mf="x:b1=y"@a;b1=AA\r\n', 'dkim2-signature:mf="x:b1=y"@a;b1=\r\n'],
    ['dkim2-signature:rt=b1=x@y;b1=AA\r\n', 'dkim2-signature:rt=b1=x@y;b1=\r\n'],
  ])('%j becomes %j: only the values of b1 and b2 go', (form, expected) => {
    expect(withoutSignatures(form)).toBe(expected)
  })
})

describe('carriable addresses', () => {
  test.each([
    '',
    'a@b.example',
    'b+x=1@b.example',
    '"quoted"@b.example',
    'bücher@d.example',
    'a@[192.0.2.1]',
    'postmaster',
  ])('%j is one', address => {
    expect(isCarriable(address)).toBe(true)
  })

  test.each([
    'a;b@c.example',
    'a,b@c.example',
    '"a b"@c.example',
    'a\tb@c.example',
    'a\r\n@c.example',
    'a\0@c.example',
    'a\x7f@c.example',
    'a\u00a0@c.example',
    'a\u2003@c.example',
    'a\u2028@c.example',
    'a\u0085@c.example',
    'a\ufeff@c.example',
    'a\ud800@c.example',
    '<a@b.example>',
    '<>',
  ])('%j is none', address => {
    expect(isCarriable(address)).toBe(false)
  })
})

describe('writing a DKIM2-Signature', () => {
  const state = new MessageVersion(3, message('A: x\n\nbody\n'))
  const draft: HopDraft = {
    sequence: 2,
    state,
    timestampSeconds: 1_763_000_000,
    reversePath: 'b+x=1@alias.example',
    forwardPaths: ['box@destination.example'],
    domain: 'alias.example',
    flags: [],
    nonce: undefined,
    addedFields: [],
    signatures: [{ selector: 'ed', algorithm: 'ed25519-sha256', value: Buffer.alloc(64, 1) }],
  }

  function lines(field: HeaderField): string[] {
    return field.octets.toString('latin1').split('\r\n')
  }

  test('gives what is read again', () => {
    const address = fc.stringMatching(/^[a-z0-9+=.ü]{1,40}@[a-z]{1,20}\.example$/u)
    const paths = fc.array(address, { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(address, paths, fc.boolean(), (reversePath, forwardPaths, isNull) => {
        const sent = { ...draft, reversePath: isNull ? '' : reversePath, forwardPaths }
        expect(readSignature(writeSignature(sent), defaultBounds)).toMatchObject({
          sequence: 2,
          version: 3,
          timestampSeconds: 1_763_000_000,
          reversePath: sent.reversePath,
          forwardPaths,
          domain: 'alias.example',
        })
      }),
    )
  })

  test('leaves out what is not there', () => {
    const text = writeSignature({ ...draft, reversePath: '' }).octets.toString()
    expect(text).not.toMatch(/\b(mf|f|h|n|s2)=/)
  })

  test('writes flags, added fields and nonce', () => {
    const field = writeSignature({
      ...draft,
      flags: ['exploded', 'modifiedbody'],
      addedFields: ['List-Id'],
      nonce: 'abc',
    })
    expect(readSignature(field, defaultBounds)).toMatchObject({
      flags: ['exploded', 'modifiedbody'],
      addedFields: ['List-Id'],
      nonce: 'abc',
    })
  })

  test('folds at 78 octets and ends with a semicolon', () => {
    const text = lines(writeSignature(draft))
    expect(Math.max(...text.map(line => line.length))).toBeLessThanOrEqual(78)
    expect(text.at(-2)?.endsWith(';')).toBe(true)
  })

  test('never makes a line of 998 octets, however many recipients', () => {
    const forwardPaths = Array.from(
      { length: 500 },
      (_, index) => `${'x'.repeat(60)}${index}@destination.example`,
    )
    expect(
      Math.max(...lines(writeSignature({ ...draft, forwardPaths })).map(line => line.length)),
    ).toBeLessThan(998)
  })

  test('with empty values gives the field that is signed, whatever the signature will be', () => {
    const value = (octets: Buffer) =>
      writeSignature({ ...draft, signatures: draft.signatures.map(set => ({ ...set, value: octets })) })
    const form = (field: HeaderField) => withoutSignatures(field.octets.toString('latin1').replace(/\s/g, ''))
    expect(form(value(Buffer.alloc(0)))).toBe(form(value(Buffer.alloc(256, 9))))
  })
})
