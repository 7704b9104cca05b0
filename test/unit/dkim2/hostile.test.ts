import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaultBounds } from '../../../src/dkim2/bounds.ts'
import { explain, explanationText } from '../../../src/dkim2/explain.ts'
import { undo } from '../../../src/dkim2/undo.ts'
import type { Verdict } from '../../../src/dkim2/verify.ts'
import { verdictText } from '../../../src/dkim2/verify.ts'
import { type HeaderField, type Message, newField, readMessage } from '../../../src/message/message.ts'
import {
  check,
  laterSeconds,
  list,
  message,
  octets,
  origin,
  pass,
  passForged,
  passRevised,
  plain,
  replaceField,
  threeHops,
  withField,
} from '../../support/dkim2-parties.ts'

const hash = Buffer.alloc(32, 1).toString('base64')

function signature(i: number | string, mv: number | string = 0): HeaderField {
  const value = `i=${i}; mv=${mv}; t=2025-11-13T02:13:20; mf=a@a.example; rt=b@a.example; d=a.example; s1=s; a1=ed25519-sha256; bh1=${hash}; b1=AAAA`
  return newField('DKIM2-Signature', value)
}

function version(v: number | string, recipe = ''): HeaderField {
  return newField('MailVersion', `v=${v}; bh=${hash};${recipe}`)
}

function withFields(fields: readonly HeaderField[], text = plain): Message {
  const base = message(text)
  return { ...base, fields: [...fields, ...base.fields] }
}

async function verdictOf(of: Message): Promise<string> {
  return verdictText(await check(of, { ...origin, from: 'a@a.example', to: ['b@a.example'] }))
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

describe('too much of everything', () => {
  test('fifty hops are a chain', async () => {
    const fifty = withFields(range(50).map(i => signature(i)))
    expect(await verdictOf(fifty)).toBe('PERMERROR DKIM2-Signature i=1 public key s does not exist')
  })

  test('a hop 51 is a syntax error', async () => {
    expect(await verdictOf(withFields(range(51).map(i => signature(i))))).toBe(
      'PERMERROR DKIM2-Signature i=51 syntax error',
    )
  })

  test('a thousand copies of one hop are told apart from a chain', async () => {
    const copies = range(1_000).map(() => signature(1))
    expect(await verdictOf(withFields(copies))).toBe('PERMERROR DKIM2-Signature i=1 tag=i was unexpected')
  })

  test('a hundred versions are read, one more is a syntax error', async () => {
    const hundred = range(100).map(v => version(v))
    expect(await verdictOf(withFields([signature(1, 100), ...hundred]))).toBe(
      'PERMERROR DKIM2-Signature i=1 public key s does not exist',
    )
    expect(await verdictOf(withFields([signature(1, 100), ...hundred, version(101)]))).toBe(
      'PERMERROR MailVersion v=101 syntax error',
    )
  })

  test('more header fields than the bound are refused, with a chain only', async () => {
    const many = `${'A: x\n'.repeat(defaultBounds.maxFields + 1)}\nbody\n`
    expect(await verdictOf(withFields([signature(1)], many))).toBe(
      'PERMERROR Message has more header fields than this verifier reads',
    )
    expect(await verdictOf(message(many))).toBe('NONE')
  })

  test('numbers beyond all bounds are no numbers', async () => {
    expect(await verdictOf(withFields([signature('9'.repeat(400))]))).toBe(
      'PERMERROR DKIM2-Signature i=? syntax error',
    )
    expect(await verdictOf(withFields([signature(1, '9'.repeat(400))]))).toBe(
      'PERMERROR DKIM2-Signature i=1 syntax error',
    )
  })
})

describe('recipes made to grow', () => {
  test('a body grows by the recipe itself and no more, however many versions', async () => {
    let sent = await pass(message(plain), origin)
    for (let hop = 2; hop <= 6; hop++) {
      sent = await passForged(
        sent,
        hop % 2
          ? { ...list, to: ['x@list.example'] }
          : { ...list, from: 'b@list.example', to: ['x@list.example'] },
        value => `${value} b=${'b:,'.repeat(1_000)}c:1-5;`,
      )
    }
    const result = undo(sent, 1)
    expect(result.kind === 'undone' && result.message.body.length).toBeLessThan(octets(sent).length)
  })

  test('that rebuild a body again and again are stopped by the budget', async () => {
    const body = `From: a@origin.example\n\n${'line\n'.repeat(2_000)}`
    let sent = await pass(message(body), origin)
    for (let hop = 2; hop <= 8; hop++) {
      sent = await passForged(sent, { ...list, to: ['x@list.example'] }, value => `${value} b=c:1-2000;`)
    }
    const envelope = { ...list, to: ['x@list.example'] }
    expect(await check(sent, envelope)).toMatchObject({ state: 'pass' })
    expect(await check(sent, envelope, { bounds: { maxWorkBytes: 50_000 } })).toMatchObject({
      state: 'permerror',
      error: expect.stringMatching(/^MailVersion v=\d recipe is beyond the limits of this verifier$/),
    })
  })

  test('that edit header fields thousands of times are refused by their number', async () => {
    const many = version(1, ` h.Subject=${'t:x,d:1,'.repeat(600)}t:x;`)
    expect(await verdictOf(withFields([signature(1, 1), many]))).toBe(
      'PERMERROR MailVersion v=1 recipe is beyond the limits of this verifier',
    )
  })

  test('that name a thousand fields are applied', async () => {
    const fields = range(900)
      .map(index => `h.X-${index}=d:*;`)
      .join(' ')
    const sent = await passForged(await pass(message(plain), origin), list, value => `${value} ${fields}`)
    expect(await check(sent, list)).toMatchObject({ state: 'pass' })
  })

  test('that put back the DKIM2 fields themselves are refused', async () => {
    const sly = version(1, ' h.DKIM2-Signature=d:*;')
    expect(await verdictOf(withFields([signature(1, 1), sly]))).toBe('PERMERROR MailVersion v=1 syntax error')
  })

  test('that put a line end into a field are refused', async () => {
    const value = Buffer.from('x\r\nBcc: y').toString('base64')
    expect(await verdictOf(withFields([signature(1, 1), version(1, ` h.Subject=d:*,b:${value};`)]))).toBe(
      'PERMERROR MailVersion v=1 syntax error',
    )
  })

  test('that hold a megabyte are read and applied', async () => {
    const before = message(
      `From: a@origin.example\n\n${'old line of text; with a semicolon\n'.repeat(20_000)}`,
    )
    const sent = await passRevised(
      await pass(before, origin),
      m => ({ ...m, body: Buffer.from('new\r\n') }),
      list,
    )
    expect(await check(sent, list)).toMatchObject({
      state: 'pass',
      hops: [{ state: 'pass' }, { state: 'pass' }],
    })
  })
})

describe('odd messages', () => {
  test.each([
    ['nothing', ''],
    ['only a line end', '\r\n'],
    ['only a body', '\r\nbody'],
    ['only a field', 'A: x\r\n'],
    ['only a signature', 'DKIM2-Signature: i=1'],
    ['only a version', 'MailVersion: v=1\r\n'],
    ['a field without a colon', 'DKIM2-Signature\r\n\r\n'],
    ['NUL octets in a signature', 'DKIM2-Signature: i=1;\0 mv=1\r\n\r\n'],
    ['a signature that is cut off', 'DKIM2-Signature: i=1; mv=0; t=2025'],
    ['a signature in octets above 127', 'DKIM2-Signature: \xff\xfe=\xff\r\n\r\n'],
  ])('of %s have a verdict', async (_what, text) => {
    const verdict = await check(readMessage(Buffer.from(text, 'latin1')), origin)
    expect(['none', 'permerror']).toContain(verdict.state)
  })

  test('of a single line of a megabyte can be signed and verified', async () => {
    const sent = await pass(message(`From: a@origin.example\n\n${'x'.repeat(1_000_000)}`), origin)
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
  })

  test('of a header field of a megabyte can be signed and verified', async () => {
    const sent = await pass(
      message(`From: a@origin.example\nSubject: ${'x '.repeat(500_000)}\n\nbody\n`),
      origin,
    )
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
  })

  test('of a megabyte of white space can be signed and verified', async () => {
    const text = `From: a@origin.example\nSubject: x${' '.repeat(500_000)}x\n\n${' \n\t\n'.repeat(250_000)}`
    const sent = await pass(message(text), origin)
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
  })

  test('with NUL octets and malformed lines can be signed and verified', async () => {
    const text = 'From: a@origin.example\nno colon\n: empty\nA\0: x\n\nbody\0\n'
    const sent = await pass(message(text), origin)
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
    expect(await check(replaceField(sent, 'From', 'b@origin.example'), origin)).toMatchObject({
      state: 'fail',
    })
  })

  test('with hostile MIME and part hashes have a verdict', async () => {
    const text = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(2_000)}--b--\n`
    const sent = await pass(message(text), origin)
    expect(octets(sent).toString('latin1')).not.toContain('bin.')
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
    const lying = await passForged(message(text), origin, value => `${value} bin.1=${hash};`)
    expect(await check(lying, origin)).toMatchObject({
      state: 'fail',
      error: 'MailVersion v=1 part 1 hash sha256 mismatch',
    })
  })
})

describe('whatever a peer sends', () => {
  const piece = fc.constantFrom(
    'DKIM2-Signature: ',
    'MailVersion: ',
    'Message-Instance: ',
    'i=1;',
    'i=2;',
    'mv=0;',
    'mv=1;',
    'v=1;',
    'v=2;',
    't=2025-11-13T02:13:20;',
    'mf=a@a.example;',
    'mf=;',
    'rt=b@a.example;',
    'd=a.example;',
    's1=s;',
    'a1=ed25519-sha256;',
    `bh1=${hash};`,
    'b1=AAAA;',
    `bh=${hash};`,
    'b=c:1-1;',
    'b=z;',
    'b=;',
    'h.A=d:1;',
    'h.A=d:*,t:x;',
    `bin.1=${hash};`,
    '\r\n',
    '\r\n ',
    'A: x\r\n',
    '\r\n\r\n',
    '\0',
    '=',
    ';',
    ' ',
    'm=1;',
    's=x;',
    'n=!;',
    'f=donotmodify;',
  )

  function isSound(verdict: Verdict): boolean {
    const hasError = verdict.error !== undefined
    const isFailure = verdict.state !== 'pass' && verdict.state !== 'none'
    return hasError === isFailure && !/[\x00-\x1f]/.test(verdictText(verdict))
  }

  test('verification, explanation and undoing end without an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async pieces => {
        const of = readMessage(Buffer.from(pieces.join(''), 'latin1'))
        const verdict = await check(of, origin)
        expect(isSound(verdict)).toBe(true)
        expect(explanationText(explain(of, verdict))).toMatch(/\n$/)
        expect(undo(of, 1).kind).toMatch(/^(undone|unrecoverable|absent|malformed)$/)
      }),
      { numRuns: 500 },
    )
  })

  test('a chain with any octet changed is never a chain with an error of ours', async () => {
    const sent = octets(await threeHops())
    const change = fc.tuple(fc.nat(sent.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async changes => {
        const damaged = Buffer.from(sent)
        for (const [at, octet] of changes) damaged.writeUInt8(octet, at)
        expect(isSound(await check(readMessage(damaged), origin))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('a clock that is wrong gives a verdict', async () => {
    const sent = await pass(message(plain), origin)
    for (const nowSeconds of [0, -1, 1e15, laterSeconds + 0.5]) {
      expect(isSound(await check(sent, origin, { nowSeconds }))).toBe(true)
    }
  })

  test('an answer of a name server that is nonsense gives a verdict', async () => {
    const sent = await pass(message(plain), origin)
    const records = fc.array(
      fc.string({ unit: fc.constantFrom('p', '=', ';', 'k', 'v', ' ', 'DKIM1', 'AAAA', '\0') }),
      { maxLength: 2 },
    )
    await fc.assert(
      fc.asyncProperty(records, async texts => {
        const verdict = await check(sent, origin, {
          lookup: async () => ({ kind: 'records', records: texts }),
        })
        expect(verdict.state).toBe('permerror')
      }),
    )
  })

  test('a field of the other profile on top cannot hide a chain', async () => {
    const sent = withField(await threeHops(), 'Message-Instance', 'nonsense')
    expect(await verdictOf(sent)).toBe('PERMERROR mixed DKIM2 profiles')
  })
})
