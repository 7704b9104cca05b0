/** What this profile adds to preparing and signing a hop. */

import { describe, expect, test } from 'vitest'
import { SigningError } from '../../../../src/dkim2/errors.ts'
import type { Recipe } from '../../../../src/dkim2/model.ts'
import { messageIdentity } from '../../../../src/dkim2/replay.ts'
import {
  addHop,
  type HopParameters,
  type PrepareOptions,
  prepareHop,
  signHop,
} from '../../../../src/dkim2/sign.ts'
import { undo } from '../../../../src/dkim2/undo.ts'
import type { Message } from '../../../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  list,
  message,
  octets,
  origin,
  type Passage,
  pass,
  passRevised,
  plain,
  recipeBetween,
  replaceField,
  signer,
  startSeconds,
  threeHops,
  twoHops,
  withField,
} from '../../../support/dkim2-parties.ts'

const way = { profile: 'message-instance' } as const
const first: Passage = { ...origin, ...way }
const options: PrepareOptions = { ...way, alwaysVersion: true }
const parameters: HopParameters = {
  domain: 'origin.example',
  reversePath: 'a@origin.example',
  forwardPaths: ['team@list.example'],
  timestampSeconds: startSeconds,
  signers: [signer('origin.example')],
}

async function obstacle(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => 'none',
    (reason: unknown) => reason,
  )
  return error instanceof SigningError ? error.obstacle : String(error)
}

function names(of: Message): string[] {
  return of.fields.slice(0, 4).map(field => field.name)
}

describe('a version', () => {
  test('is added by the first hop', async () => {
    expect(names(await pass(message(plain), first)).slice(0, 2)).toEqual([
      'DKIM2-Signature',
      'Message-Instance',
    ])
  })

  test('is not added by a hop that changed nothing, even if asked for', async () => {
    const sent = await pass(await pass(message(plain), first), { ...list, alwaysVersion: true })
    expect(names(sent).slice(0, 3)).toEqual(['DKIM2-Signature', 'DKIM2-Signature', 'Message-Instance'])
  })

  test('is not added for what is not signed, recipe or not', async () => {
    const before = await pass(message(plain), first)
    const after = withField(before, 'X-Spam', 'no')
    const prepared = await prepareHop(after, {
      ...options,
      recipe: { headers: [{ name: 'X-Spam', change: [] }] },
    })
    expect(prepared.version).toBeUndefined()
  })

  test('is not added for folds and white space alone', async () => {
    const before = await pass(message(plain), first)
    const after = replaceField(before, 'Subject', 'Plans  for\r\n the\tweek')
    const prepared = await prepareHop(after, { ...options, recipe: recipeBetween(before, after) })
    expect(prepared.version).toBeUndefined()
  })

  test('is demanded where the message differs from what its chain says', async () => {
    const changed = replaceField(await pass(message(plain), first), 'Subject', 'x')
    expect(await obstacle(prepareHop(changed, options))).toBe('recipe missing')
  })

  test('is refused where its recipe does not lead back to what the chain says', async () => {
    const before = await pass(message(plain), first)
    const changed = replaceField(replaceField(before, 'Subject', 'x'), 'To', 'y')
    const half: Recipe = { headers: recipeBetween(before, replaceField(before, 'Subject', 'x')).headers }
    expect(await obstacle(prepareHop(changed, { ...options, recipe: half }))).toBe('recipe disproved')
  })

  test('of a first hop leads back to what that hop received', async () => {
    const sent = await passRevised(message(plain), of => replaceField(of, 'Subject', 'x'), first)
    const back = undo(sent, 0)
    expect(back.kind === 'undone' && octets(back.message).toString()).toContain('Subject: Plans for the week')
  })

  test('has the hashes that are asked for', async () => {
    const sent = await pass(message(plain), { ...first, hashes: ['sha512', 'sha256'] })
    expect(await check(sent, first)).toMatchObject({ state: 'pass' })
    expect(octets(sent).toString()).toMatch(/h=sha512:[\s\S]*,\s*sha256:/)
  })
})

describe('From', () => {
  const foreign = message(plain.replace('a@origin', 'a@elsewhere'))

  test('of another domain keeps the first hop from signing', async () => {
    expect(await obstacle(pass(foreign, first))).toBe('From not authentic')
    expect(await obstacle(pass(foreign, { ...first, revision: '06' }))).toBe('none')
  })

  test('that a hop wrote must be one that it may sign for', async () => {
    const before = await pass(message(plain), first)
    const edit = (value: string) => (of: Message) => replaceField(of, 'From', value)
    expect(await obstacle(passRevised(before, edit('x@evil.example'), list))).toBe('From not authentic')
    expect(await obstacle(passRevised(before, edit('Other Name <a@origin.example>'), list))).toBe(
      'From not authentic',
    )
    expect(await obstacle(passRevised(before, edit('team@list.example'), list))).toBe('none')
  })

  test('that a hop left alone is the affair of the hop before', async () => {
    const before = await pass(message(plain), first)
    expect(await obstacle(passRevised(before, asList, list))).toBe('none')
  })
})

describe('an imaginary hop', () => {
  const imaginary = {
    ...parameters,
    domain: 'list.example',
    reversePath: '',
    forwardPaths: [],
    signers: [signer('list.example')],
  }

  test('is followed by the domain that it names, and by no other', async () => {
    const received = await pass(message(plain), first)
    const hop = await signHop(await prepareHop(received, options), {
      ...imaginary,
      nextDomain: 'alias.example',
    })
    const sent = addHop(received, hop)
    expect(
      await obstacle(pass(sent, { ...alias, domain: 'destination.example', from: 'b@destination.example' })),
    ).toBe('custody broken')
    const verdict = await check(await pass(sent, alias), alias)
    expect(verdict).toMatchObject({ state: 'pass', fullyVerified: true })
    expect(verdict.hops[1]).toMatchObject({ nextDomain: 'alias.example', forwardPaths: [] })
  })

  test('that is the last one passes only by arrangement, and is never Fully Verified', async () => {
    const received = await pass(message(plain), first)
    const hop = await signHop(await prepareHop(received, options), {
      ...imaginary,
      nextDomain: 'alias.example',
    })
    const sent = addHop(received, hop)
    expect(await check(sent, alias)).toMatchObject({
      state: 'fail',
      error: 'DKIM2-Signature i=2 tag=nd was unexpected',
    })
    const arranged = await check(sent, alias, { arranged: ['alias.example'] })
    expect(arranged.state).toBe('pass')
    expect(arranged).not.toHaveProperty('fullyVerified')
    expect((await check(sent, alias, { arranged: ['other.example'] })).state).toBe('fail')
  })

  test('must be made by a domain that the message was sent to', async () => {
    const prepared = await prepareHop(await pass(message(plain), first), options)
    const elsewhere = { ...imaginary, domain: 'alias.example', nextDomain: 'destination.example' }
    expect(await obstacle(signHop(prepared, elsewhere))).toBe('custody broken')
  })

  test.each([
    ['with a forward-path', { forwardPaths: ['x@y.example'] }],
    ['with a reverse-path', { reversePath: 'bounce@list.example' }],
    ['to what is no domain', { nextDomain: '-' }],
    ['to a domain that is not ASCII', { nextDomain: 'é.example' }],
  ])('%s is none', async (_what, wrong) => {
    const prepared = await prepareHop(await pass(message(plain), first), options)
    expect(await obstacle(signHop(prepared, { ...imaginary, nextDomain: 'alias.example', ...wrong }))).toBe(
      'parameter invalid',
    )
  })

  test('is unknown to the other profile', async () => {
    const received = await pass(message(plain), origin)
    const prepared = await prepareHop(received, { profile: 'mailversion', alwaysVersion: true })
    expect(await obstacle(signHop(prepared, { ...imaginary, nextDomain: 'alias.example' }))).toBe(
      'parameter invalid',
    )
  })
})

describe('signers', () => {
  const sign = async (signers: HopParameters['signers'], revision: '06' | '09' = '09') =>
    signHop(await prepareHop(message(plain), { ...options, revision }), { ...parameters, signers })
  const named = (selector: string, group = 0) => ({ ...signer('origin.example'), selector, group })

  test('may be up to eight, in groups', async () => {
    const eight = Array.from({ length: 8 }, (_, n) => named(`s${n}`, n % 3))
    expect(await obstacle(sign(eight))).toBe('none')
    expect(await obstacle(sign([...eight, named('s8')]))).toBe('signers unsuitable')
  })

  test('may be two of one algorithm under 06, in one group', async () => {
    expect(await obstacle(sign([named('a'), named('b')], '06'))).toBe('none')
    expect(await obstacle(sign([named('a'), named('b'), named('c')], '06'))).toBe('signers unsuitable')
    expect(await obstacle(sign([named('a'), named('b', 1)], '06'))).toBe('signers unsuitable')
  })

  test('with an RSA key of less than 2048 bits are refused under 09', async () => {
    const short = { selector: 'rsa', algorithm: 'rsa-sha256' as const, sign: async () => Buffer.alloc(128) }
    expect(await obstacle(sign([short]))).toBe('signers unsuitable')
    expect(await obstacle(sign([short], '06'))).toBe('none')
    expect(await obstacle(sign([{ ...short, sign: async () => Buffer.alloc(256) }]))).toBe('none')
  })
})

describe('the identity of a message', () => {
  test('is the same at every hop, and for every copy', async () => {
    const one = messageIdentity(await pass(message(plain), first))
    const three = messageIdentity(await threeHops(plain, way))
    expect(one).toMatchObject({ exploded: false })
    expect(three).toEqual(one)
    expect(one?.hashes).toMatch(/^[a-z.]+,sha256:[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/)
  })

  test('is another one for another message', async () => {
    const one = messageIdentity(await pass(message(plain), first))
    const other = messageIdentity(await pass(message(plain.replace('<1@', '<2@')), first))
    expect(other?.hashes).not.toBe(one?.hashes)
  })

  test('goes with whether a hop made copies', async () => {
    const sent = await pass(await pass(message(plain), first), { ...list, flags: ['exploded'] })
    expect(messageIdentity(sent)).toMatchObject({ exploded: true })
  })

  test('is unknown without a chain, and known without header hashes', async () => {
    expect(messageIdentity(message(plain))).toBeUndefined()
    expect(messageIdentity(withField(message(plain), 'Message-Instance', 'm=1'))).toBeUndefined()
    expect(messageIdentity(await twoHops())).toMatchObject({ exploded: false })
  })
})
