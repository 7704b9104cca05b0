import { describe, expect, test } from 'vitest'
import { SigningError } from '../../../src/dkim2/errors.ts'
import type { Recipe } from '../../../src/dkim2/model.ts'
import {
  type HopParameters,
  type PrepareOptions,
  prepareHop,
  type SignedHop,
  signHop,
} from '../../../src/dkim2/sign.ts'
import { fieldValue, type Message, newField } from '../../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  message,
  origin,
  pass,
  passRevised,
  plain,
  recipeBetween,
  replaceField,
  signer,
  startSeconds,
  tamper,
  threeHops,
  twoHops,
  withField,
} from '../../support/dkim2-parties.ts'

const options: PrepareOptions = { profile: 'mailversion', alwaysVersion: true }

const parameters: HopParameters = {
  domain: 'origin.example',
  reversePath: 'a@origin.example',
  forwardPaths: ['team@list.example'],
  timestampSeconds: startSeconds,
  signers: [signer('origin.example')],
}

const parametersOfList: HopParameters = {
  ...parameters,
  domain: 'list.example',
  reversePath: 'bounce@list.example',
  forwardPaths: ['friend@alias.example'],
  signers: [signer('list.example')],
}

async function obstacle(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (error instanceof SigningError) return error.obstacle
    throw error
  }
}

async function hop(
  of: Message,
  changed: Partial<HopParameters> = {},
  prepare: Partial<PrepareOptions> = {},
): Promise<SignedHop> {
  return signHop(await prepareHop(of, { ...options, ...prepare }), { ...parameters, ...changed })
}

function one(): Promise<Message> {
  return pass(message(plain), origin)
}

describe('the first hop', () => {
  test('is i=1 over v=1, its signature above its version', async () => {
    const signed = await hop(message(plain))
    expect(signed).toMatchObject({
      sequence: 1,
      version: 1,
      profile: 'mailversion',
      domain: 'origin.example',
      selectors: ['ed'],
      timestampSeconds: startSeconds,
    })
    expect(signed.fields.map(field => field.name)).toEqual(['DKIM2-Signature', 'MailVersion'])
  })

  test('writes v=1 even if versions are only wanted for changes', async () => {
    expect((await hop(message(plain), {}, { alwaysVersion: false })).fields).toHaveLength(2)
  })

  test('is written in full as the specification says', async () => {
    const [signature, version] = (await hop(message('A: x\n\n'))).fields.map(field =>
      fieldValue(field).replace(/ /g, ''),
    )
    const empty = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    expect(version).toBe(`v=1;bh=${empty};bin.1=${empty};`)
    expect(signature).toMatch(
      /^i=1;mv=1;t=2025-11-13T02:13:20;mf=a@origin\.example;rt=team@list\.example;d=origin\.example;s1=ed;a1=ed25519-sha256;bh1=[^;]{44};b1=[^;]{88};$/,
    )
  })
})

describe('the next hop', () => {
  test('counts on from the chain', async () => {
    const signed = await hop(await twoHops(), {
      domain: 'alias.example',
      reversePath: alias.from,
      forwardPaths: alias.to,
      signers: [signer('alias.example')],
    })
    expect(signed).toMatchObject({ sequence: 3, version: 3 })
  })

  test('that changed nothing may do without a version', async () => {
    const signed = await hop(await one(), parametersOfList, { alwaysVersion: false })
    expect(signed.fields.map(field => field.name)).toEqual(['DKIM2-Signature'])
    expect(signed.version).toBe(1)
  })

  test('that changed something writes a version in any case', async () => {
    const before = await one()
    const after = asList(before)
    const signed = await hop(after, parametersOfList, {
      alwaysVersion: false,
      recipe: recipeBetween(before, after),
    })
    expect(signed.fields).toHaveLength(2)
    expect(fieldValue(signed.fields[1] ?? newField('X', ''))).toContain('h.Subject=d:*,')
  })

  test('lists the fields that it added, but no unsigned ones', async () => {
    const signed = await hop(await one(), parametersOfList, {
      addedFields: ['List-Id', 'Received', 'X-Mine', 'MailVersion', 'Comments'],
    })
    expect(fieldValue(signed.fields[0] ?? newField('X', ''))).toContain('h=List-Id:Comments;')
  })

  test('is signed once for each envelope from one preparation', async () => {
    const prepared = await prepareHop(await one(), options)
    const hops = await Promise.all(
      ['x@alias.example', 'y@alias.example'].map(path =>
        signHop(prepared, { ...parametersOfList, forwardPaths: [path] }),
      ),
    )
    expect(hops.map(signed => signed.sequence)).toEqual([2, 2])
    expect(fieldValue(hops[0]?.fields[0] ?? newField('X', ''))).toContain('rt=x@alias.example')
    expect(fieldValue(hops[1]?.fields[0] ?? newField('X', ''))).toContain('rt=y@alias.example')
    expect(hops[0]?.fields[1]).toBe(hops[1]?.fields[1])
  })

  test('gives its signers the whole input', async () => {
    const inputs: string[] = []
    const recording = {
      ...signer('origin.example'),
      sign: async (input: Buffer) => {
        inputs.push(input.toString('latin1'))
        return Buffer.alloc(64)
      },
    }
    await hop(message('Subject: x\n\n'), { signers: [recording] })
    expect(inputs).toEqual([
      expect.stringMatching(/^subject:x\r\nmailversion:v=1;[^\r]*\r\ndkim2-signature:i=1;[^\r]*;b1=;\r\n$/),
    ])
  })

  test('passes on what a signer rejects with', async () => {
    const broken = { ...signer('origin.example'), sign: () => Promise.reject(new Error('no key')) }
    await expect(hop(message(plain), { signers: [broken] })).rejects.toThrow('no key')
  })
})

describe('a message whose chain cannot be continued', () => {
  test.each([
    ['is malformed', async () => tamper(await one(), 'i=1;', 'i=1; i=1;'), 'chain unreadable'],
    ['has a gap', async () => tamper(await one(), 'i=1;', 'i=2;'), 'chain unreadable'],
    [
      'has fields of both profiles',
      async () => withField(await one(), 'Message-Instance', 'm=1'),
      'chain unreadable',
    ],
    [
      'is of a profile that is not implemented',
      async () => withField(message(plain), 'Message-Instance', 'm=1'),
      'chain unreadable',
    ],
    [
      'has a version that nobody signed',
      async () => withField(message(plain), 'MailVersion', 'v=1; bh=AAAA'),
      'chain unreadable',
    ],
  ])('as it %s is told so', async (_what, make, expected) => {
    expect(await obstacle(prepareHop(await make(), options))).toBe(expected)
  })

  test('as it is full is told so', async () => {
    const sent = await threeHops()
    expect(await obstacle(prepareHop(sent, { ...options, bounds: { maxHops: 3 } }))).toBe('chain full')
    expect(await obstacle(prepareHop(sent, { ...options, bounds: { maxVersions: 3 } }))).toBe('chain full')
    expect(
      await obstacle(prepareHop(sent, { ...options, alwaysVersion: false, bounds: { maxVersions: 3 } })),
    ).toBe('none')
  })

  test('as it has too many header fields is told so', async () => {
    const many = message(`${'A: x\n'.repeat(20)}\nbody\n`)
    expect(await obstacle(prepareHop(many, { ...options, bounds: { maxFields: 10 } }))).toBe(
      'chain unreadable',
    )
  })

  test('by a profile that is not implemented is told so', async () => {
    expect(await obstacle(prepareHop(message(plain), { ...options, profile: 'other' as never }))).toBe(
      'chain unreadable',
    )
  })
})

describe('a recipe', () => {
  const misfit: Recipe = { headers: [], body: [{ kind: 'copy', from: 1, to: 99 }] }
  const wrong: Recipe = { headers: [], body: [{ kind: 'copy', from: 1, to: 1 }] }

  test('that does not fit the message is refused before it is signed', async () => {
    expect(await obstacle(prepareHop(message(plain), { ...options, recipe: misfit }))).toBe(
      'recipe disproved',
    )
  })

  test('that does not lead back to the body of the version before is refused', async () => {
    expect(await obstacle(prepareHop(await one(), { ...options, recipe: wrong }))).toBe('recipe disproved')
  })

  test('that does not lead back to the message received is refused', async () => {
    const before = await one()
    const after = replaceField(before, 'Subject', 'x')
    const recipe = recipeBetween(before, after)
    const other = replaceField(before, 'Subject', 'y')
    const otherBody = { ...before, body: Buffer.from('z\r\n') }
    expect(await obstacle(prepareHop(after, { ...options, recipe, received: before }))).toBe('none')
    expect(await obstacle(prepareHop(after, { ...options, recipe, received: other }))).toBe(
      'recipe disproved',
    )
    expect(await obstacle(prepareHop(after, { ...options, recipe, received: otherBody }))).toBe(
      'recipe disproved',
    )
  })

  test.each([
    ['data with a line end', { headers: [], body: [{ kind: 'data', items: [Buffer.from('a\r\nb')] }] }],
    ['a DKIM2 field', { headers: [{ name: 'MailVersion', change: [] }] }],
    ['a name that no tag can have', { headers: [{ name: 'A;B', change: [] }] }],
    [
      'instances that are not there',
      { headers: [{ name: 'Subject', change: [{ kind: 'copy', from: 1, to: 5 }] }] },
    ],
  ] as [string, Recipe][])('with %s cannot be expressed', async (_what, recipe) => {
    expect(await obstacle(prepareHop(message(plain), { ...options, recipe }))).toBe('recipe inexpressible')
  })

  test('of more steps than verifiers like this one read cannot be expressed', async () => {
    const items = Array.from({ length: 1_001 }, () => Buffer.from('x'))
    const recipe: Recipe = { headers: [{ name: 'A', change: [{ kind: 'data', items }] }] }
    expect(await obstacle(prepareHop(message(plain), { ...options, recipe }))).toBe('recipe inexpressible')
  })

  test('that declares the past lost needs no proof', async () => {
    const recipe: Recipe = { headers: [], body: 'unrecoverable' }
    expect(await obstacle(prepareHop(await one(), { ...options, recipe }))).toBe('none')
  })
})

describe('parameters of a hop that cannot be', () => {
  test.each([
    ['a reverse-path that cannot be carried', { reversePath: 'a;b@origin.example' }, 'uncarriable address'],
    [
      'a forward-path that cannot be carried',
      { forwardPaths: ['x@y.example', '"a b"@c.example'] },
      'uncarriable address',
    ],
    ['no forward-path', { forwardPaths: [] }, 'uncarriable address'],
    ['a null forward-path', { forwardPaths: [''] }, 'uncarriable address'],
    ['a domain that is not aligned', { domain: 'other.example' }, 'domain not aligned'],
    ['a domain below the reverse-path', { domain: 'sub.origin.example' }, 'domain not aligned'],
    ['a domain that is none', { domain: 'no domain' }, 'parameter invalid'],
    ['a domain in UTF-8', { domain: 'bücher.example' }, 'parameter invalid'],
    ['a nonce that is too long', { nonce: 'a'.repeat(65) }, 'parameter invalid'],
    ['an empty nonce', { nonce: '' }, 'parameter invalid'],
    ['a nonce outside base64', { nonce: 'a;b' }, 'parameter invalid'],
    ['a time that is none', { timestampSeconds: Number.NaN }, 'parameter invalid'],
    ['a time before all time', { timestampSeconds: -1 }, 'parameter invalid'],
    ['a time in milliseconds', { timestampSeconds: 1_763_000_000_000 }, 'parameter invalid'],
    ['no signer', { signers: [] }, 'signers unsuitable'],
    [
      'a selector twice',
      { signers: [signer('origin.example'), signer('origin.example')] },
      'signers unsuitable',
    ],
    [
      'a selector that is no name',
      { signers: [{ ...signer('origin.example'), selector: 'a b' }] },
      'signers unsuitable',
    ],
    [
      'an algorithm of another profile',
      { signers: [{ ...signer('origin.example'), algorithm: 'mldsa44' }] },
      'signers unsuitable',
    ],
    [
      'three signers',
      { signers: ['x', 'y', 'z'].map(selector => ({ ...signer('origin.example'), selector })) },
      'signers unsuitable',
    ],
  ] as [string, Partial<HopParameters>, string][])('such as %s', async (_what, changed, expected) => {
    expect(await obstacle(hop(message(plain), changed))).toBe(expected)
  })

  test('are told before anything is signed', async () => {
    let asked = 0
    const counting = {
      ...signer('origin.example'),
      sign: async () => {
        asked++
        return Buffer.alloc(64)
      },
    }
    await obstacle(hop(message(plain), { signers: [counting], reversePath: 'a b@origin.example' }))
    expect(asked).toBe(0)
  })

  test('name the address at fault', async () => {
    const error = await hop(message(plain), { forwardPaths: ['a;b@c.example'] }).catch(reason => reason)
    expect(error).toBeInstanceOf(SigningError)
    expect(error.address).toBe('a;b@c.example')
  })

  test('of an added field are told by the preparation', async () => {
    expect(await obstacle(prepareHop(message(plain), { ...options, addedFields: ['a b'] }))).toBe(
      'parameter invalid',
    )
    expect(await obstacle(prepareHop(message(plain), { ...options, addedFields: ['a;b'] }))).toBe(
      'parameter invalid',
    )
  })
})

describe('custody', () => {
  test.each([
    ['the domain that the message was sent to', 'b@list.example', 'list.example', 'none'],
    ['a subdomain of it', 'b@bounces.list.example', 'list.example', 'none'],
    ['another domain', 'b@alias.example', 'alias.example', 'custody broken'],
    ['a null reverse-path, signed there', '', 'list.example', 'none'],
    ['a null reverse-path, signed elsewhere', '', 'alias.example', 'custody broken'],
  ] as const)('from %s: %s', async (_what, reversePath, domain, expected) => {
    const key = domain === 'alias.example' ? domain : 'list.example'
    const changed = { reversePath, domain, forwardPaths: ['x@y.example'], signers: [signer(key)] }
    expect(await obstacle(hop(await one(), changed))).toBe(expected)
  })
})

describe('what is signed verifies', () => {
  test('with the domain written in upper case', async () => {
    const signed = await hop(message(plain), { domain: 'Origin.Example' })
    expect(signed.domain).toBe('origin.example')
    const sent = { ...message(plain), fields: [...signed.fields, ...message(plain).fields] }
    expect(await check(sent, origin)).toMatchObject({ state: 'pass' })
  })

  test('with an edit by the first hop, which the first version records', async () => {
    const sent = await passRevised(message(plain), m => replaceField(m, 'Subject', 'cleaned'), origin)
    expect(await check(sent, origin)).toMatchObject({ state: 'pass', hops: [{ flags: ['modifiedheader'] }] })
  })

  test('with flags and a nonce', async () => {
    const sent = await pass(message(plain), { ...origin, flags: ['feedback', 'donotmodify'], nonce: 'q/1+=' })
    expect(await check(sent, origin)).toMatchObject({
      state: 'pass',
      hops: [{ flags: ['feedback', 'donotmodify'] }],
    })
  })

  test('with many recipients in one envelope', async () => {
    const to = Array.from({ length: 120 }, (_, index) => `member${index}@list.example`)
    const sent = await pass(message(plain), { ...origin, to })
    expect(await check(sent, { ...origin, to })).toMatchObject({ state: 'pass' })
    expect(await check(sent, { ...origin, to: to.slice(7, 9) })).toMatchObject({ state: 'pass' })
  })

  test('through a list whose copies go to different people', async () => {
    const before = await one()
    for (const path of ['x@alias.example', 'y@destination.example']) {
      const passage = { ...list, to: [path], from: `b+${path.length}@list.example` }
      expect(await check(await passRevised(before, asList, passage), passage)).toMatchObject({
        state: 'pass',
      })
    }
  })
})
