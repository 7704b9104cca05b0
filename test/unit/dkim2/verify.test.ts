import { describe, expect, test } from 'vitest'
import { MessageVersion } from '../../../src/dkim2/message-version.ts'
import { addHop, prepareHop, signHop } from '../../../src/dkim2/sign.ts'
import { type TxtLookup, verdictText, verifyChain, verifyIn } from '../../../src/dkim2/verify.ts'
import { type Message, newField, prependFields } from '../../../src/message/message.ts'
import {
  alias,
  asList,
  check,
  laterSeconds,
  list,
  lookup,
  message,
  origin,
  pass,
  passForged,
  passRevised,
  plain,
  replaceField,
  signer,
  startSeconds,
  tamper,
  threeHops,
  twoHops,
  withField,
} from '../../support/dkim2-parties.ts'

async function text(of: Message | Promise<Message>, passage = alias): Promise<string> {
  return verdictText(await check(await of, passage))
}

function one(): Promise<Message> {
  return pass(message(plain), origin)
}

describe('a verdict', () => {
  test('of a chain that holds says so for every hop', async () => {
    const verdict = await check(await threeHops(), alias)
    expect(verdict).toMatchObject({
      state: 'pass',
      profile: 'mailversion',
      hops: [
        {
          sequence: 1,
          domain: 'origin.example',
          reversePath: 'a@origin.example',
          forwardPaths: ['team@list.example'],
          timestampSeconds: startSeconds,
          selectors: ['ed'],
          algorithms: ['ed25519-sha256'],
          state: 'pass',
        },
        { sequence: 2, domain: 'list.example', flags: ['modifiedbody', 'modifiedheader'], state: 'pass' },
        { sequence: 3, domain: 'alias.example', state: 'pass' },
      ],
    })
    expect(verdict).not.toHaveProperty('error')
    expect(verdict).not.toHaveProperty('failedAt')
    expect(verdict).not.toHaveProperty('responsible')
  })

  test('of a message without DKIM2 is none', async () => {
    expect(await check(message(plain), origin)).toEqual({ state: 'none', hops: [] })
  })

  test('of a message of a profile that is not implemented is none and names the profile', async () => {
    const other = withField(message(plain), 'DKIM2-Signature', 'i=1; m=1; t=1; d=a; s=x:y:z')
    const verdict = await verifyIn(other, { lookup, nowSeconds: laterSeconds }, () => undefined)
    expect(verdict).toEqual({ state: 'none', profile: 'message-instance', hops: [] })
  })

  test('of a message of both profiles is permerror', async () => {
    const mixed = withField(await one(), 'Message-Instance', 'm=1; h=sha256:AA:AA')
    expect(await check(mixed, origin)).toEqual({
      state: 'permerror',
      error: 'mixed DKIM2 profiles',
      originator: 'origin.example',
      hops: [],
    })
  })

  test('needs no envelope', async () => {
    expect(await verifyChain(await threeHops(), { lookup, nowSeconds: laterSeconds })).toMatchObject({
      state: 'pass',
    })
  })

  test('of an envelope without recipients checks the reverse-path', async () => {
    expect(await check(await threeHops(), { ...alias, to: [] })).toMatchObject({ state: 'pass' })
    expect(await check(await threeHops(), { ...alias, from: '', to: [] })).toMatchObject({
      state: 'permerror',
    })
  })

  test('attributes a failure to its hop and keeps the others apart', async () => {
    const verdict = await check(tamper(await threeHops(), '[team] Plans', '[team] plans'), alias)
    expect(verdict).toMatchObject({ state: 'fail', failedAt: 3 })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['pass', 'fail', 'fail'])
    expect(verdict.hops[1]?.error).toBe('DKIM2-Signature i=2 ed incorrect signature')
  })

  test('that stops before the signatures leaves the hops unjudged', async () => {
    const verdict = await check(await threeHops(), { ...alias, from: 'x@alias.example' })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['none', 'none', 'permerror'])
  })

  test('has no hops where the fields cannot be read as a chain', async () => {
    const verdict = await check(tamper(await one(), 'i=1;', 'i=1; i=1;'), origin)
    expect(verdict).toEqual({
      state: 'permerror',
      error: 'DKIM2-Signature i=1 syntax error',
      failedAt: 1,
      profile: 'mailversion',
      hops: [],
    })
  })
})

describe('what does not matter', () => {
  test.each([
    [
      'unsigned fields added on top',
      (m: Message) => withField(m, 'Authentication-Results', 'mx; dkim2=pass'),
    ],
    ['a Received field', (m: Message) => withField(m, 'Received', 'from x by y')],
    ['folds', (m: Message) => tamper(m, 'Subject: [team] Plans', 'Subject:\r\n [team]\r\n\t Plans')],
    ['white space in a DKIM2 field', (m: Message) => tamper(m, 'i=3; mv=3;', 'i = 3 ;\r\n\tmv =3;')],
    ['the case of a field name', (m: Message) => tamper(m, 'Subject: [team]', 'SUBJECT: [team]')],
    ['white space at line ends of the body', (m: Message) => tamper(m, 'Bye\r\n', 'Bye \t\r\n')],
    [
      'empty lines at the end',
      (m: Message) => ({ ...m, body: Buffer.concat([m.body, Buffer.from('\r\n\r\n')]) }),
    ],
  ])('%s', async (_what, change) => {
    const body = 'one part of which only the whole is hashed\n--b\n\nHello\nBye\n--b--\n'
    const text = `${plain.slice(0, plain.indexOf('\n\n'))}\nContent-Type: multipart/mixed; boundary=x\n\n${body}`
    expect(await check(change(await threeHops(text)), alias)).toMatchObject({ state: 'pass' })
  })

  test('the order of the DKIM2 fields', async () => {
    const sent = await threeHops()
    const isOurs = (name: string) => /^(dkim2-signature|mailversion)$/i.test(name)
    const ours = sent.fields.filter(field => isOurs(field.name))
    const others = sent.fields.filter(field => !isOurs(field.name))
    expect(await text({ ...sent, fields: [...others, ...ours.toReversed()] })).toBe('PASS')
    expect(await text({ ...sent, fields: [...ours.toReversed(), ...others] })).toBe('PASS')
  })

  test('the order of fields with different names', async () => {
    const sent = await threeHops()
    const sorted = sent.fields.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    expect(await text({ ...sent, fields: sorted })).toBe('PASS')
  })
})

describe('what does matter', () => {
  test.each([
    [
      'a changed field',
      (m: Message) => replaceField(m, 'Date', 'Fri, 14 Nov 2025 02:13:20 +0000'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'an added field',
      (m: Message) => withField(m, 'Reply-To', 'x@evil.example'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'a removed field',
      (m: Message) => ({ ...m, fields: m.fields.filter(field => field.name !== 'To') }),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'equal names in another order',
      (m: Message) =>
        tamper(tamper(m, 'Comments: first', 'Comments: x'), 'Comments: second', 'Comments: first'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    ['the body', (m: Message) => tamper(m, 'Bye', 'Buy'), 'FAIL MailVersion v=3 body hash sha256 mismatch'],
    [
      'a line that is no field',
      (m: Message) => ({ ...m, fields: [{ name: '', octets: Buffer.from('odd\r\n') }, ...m.fields] }),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'an unknown tag in a DKIM2 field',
      (m: Message) => tamper(m, 'i=2; ', 'i=2; x=y; '),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'a flag',
      (m: Message) => tamper(m, 'f=modifiedbody', 'f=xodifiedbody'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'the timestamp',
      (m: Message) => tamper(m, 't=2025-11-13T02:13:40', 't=2025-11-13T02:13:41'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'an older timestamp',
      (m: Message) => tamper(m, 't=2025-11-13T02:13:20', 't=2025-11-13T02:13:21'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
    [
      'the recipe',
      (m: Message) => tamper(m, 't:Plans', 't:plans'),
      'FAIL DKIM2-Signature i=3 ed incorrect signature',
    ],
  ])('%s', async (_what, change, expected) => {
    expect(await text(change(await threeHops()))).toBe(expected)
  })
})

describe('structure', () => {
  test.each([
    ['a hop removed', 'DKIM2-Signature', 2, 'PERMERROR DKIM2-Signature i=1 missing'],
    ['the middle hop removed', 'DKIM2-Signature', 1, 'PERMERROR DKIM2-Signature i=2 missing'],
    ['a version removed', 'MailVersion', 2, 'PERMERROR MailVersion v=1 missing'],
    ['the highest version removed', 'MailVersion', 0, 'PERMERROR MailVersion v=3 missing'],
  ])('with %s is broken', async (_what, name, place, expected) => {
    const sent = await threeHops()
    const victim = sent.fields.filter(field => field.name === name)[place]
    expect(await text({ ...sent, fields: sent.fields.filter(field => field !== victim) })).toBe(expected)
  })

  test('with the highest hop removed has a version that nobody signed', async () => {
    const sent = await threeHops()
    expect(await text({ ...sent, fields: sent.fields.slice(1) }, list)).toBe(
      'PERMERROR MailVersion v=3 is not signed',
    )
  })

  test('with the highest hop and its version removed is the chain before, and its envelope no longer fits', async () => {
    const sent = await threeHops()
    const cut = { ...sent, fields: sent.fields.slice(2) }
    expect(await text(cut, list)).toBe('PASS')
    expect(await text(cut)).toBe('PERMERROR DKIM2-Signature i=2 MAIL FROM <b+1@alias.example> did not match')
  })

  test('with a field twice is broken', async () => {
    const sent = await threeHops()
    const [top] = sent.fields
    expect(await text(top ? prependFields(sent, [top]) : sent)).toBe(
      'PERMERROR DKIM2-Signature i=3 tag=i was unexpected',
    )
  })

  test('with a version on top that nobody signed is broken', async () => {
    const value = `v=4; bh=${Buffer.alloc(32).toString('base64')}`
    expect(await text(withField(await threeHops(), 'MailVersion', value))).toBe(
      'PERMERROR MailVersion v=4 is not signed',
    )
  })
})

describe('keys', () => {
  const temporary: TxtLookup = async name =>
    name.includes('origin') ? { kind: 'temporary', reason: 'timeout' } : lookup(name)

  test('that cannot be fetched now make the verdict temporary', async () => {
    const verdict = await check(await threeHops(), alias, { lookup: temporary })
    expect(verdict).toMatchObject({
      state: 'temperror',
      error: 'DKIM2-Signature i=1 public key ed could not be fetched',
      failedAt: 1,
    })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['temperror', 'pass', 'pass'])
  })

  test('that cannot be fetched do not hide a failure elsewhere', async () => {
    const verdict = await check(tamper(await threeHops(), 'Bye', 'Buy'), alias, { lookup: temporary })
    expect(verdict.state).toBe('fail')
  })

  test('that are absent outrank what cannot be fetched', async () => {
    const verdict = await check(await threeHops(), alias, {
      lookup: async name => (name.includes('list') ? { kind: 'absent' } : temporary(name)),
    })
    expect(verdict).toMatchObject({ state: 'permerror', failedAt: 2 })
  })

  test('are not asked for when the fields alone fail', async () => {
    let asked = 0
    const counting: TxtLookup = name => {
      asked++
      return lookup(name)
    }
    await check(await threeHops(), { ...alias, to: ['x@y.example'] }, { lookup: counting })
    expect(asked).toBe(0)
  })
})

describe('two signatures of one hop', () => {
  const both = { ...origin, selectors: ['ed', 'rsa'] as const }

  test('must both hold', async () => {
    const sent = await pass(message(plain), both)
    expect(await text(sent, origin)).toBe('PASS')
    const first = sent.fields[0]?.octets.toString('latin1') ?? ''
    const value = first.slice('DKIM2-Signature: '.length, -2).replace(/b2=..../, 'b2=AAAA')
    const damaged = { ...sent, fields: [newField('DKIM2-Signature', value), ...sent.fields.slice(1)] }
    expect(await text(damaged, origin)).toBe(
      'FAIL DKIM2-Signature i=1 ed signature passed, rsa signature failed',
    )
  })

  test('that both fail are named by the first', async () => {
    const sent = replaceField(await pass(message(plain), both), 'To', 'other')
    expect(await text(sent, origin)).toBe('FAIL DKIM2-Signature i=1 ed incorrect signature')
  })

  test('of which one has an unknown algorithm count by the other', async () => {
    const sent = await pass(message(plain), both)
    const verdict = await check(tamper(sent, 'a2=rsa-sha256', 'a2=rsa-sha3'), origin)
    expect(verdict.error).toBe('DKIM2-Signature i=1 ed incorrect signature')
  })
})

describe('a version that declares the past lost', () => {
  async function replaced(): Promise<Message> {
    const recipe = { headers: [], body: 'unrecoverable' as const }
    return pass({ ...(await one()), body: Buffer.from('replaced\r\n') }, { ...list, recipe })
  }

  test('makes older hops unverifiable and its own hop responsible', async () => {
    const verdict = await check(await replaced(), list)
    expect(verdict).toMatchObject({ state: 'pass', responsible: 2 })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['unverifiable', 'pass'])
  })

  test('keeps answering after more hops', async () => {
    const verdict = await check(await pass(await replaced(), alias), alias)
    expect(verdict).toMatchObject({ state: 'pass', responsible: 2 })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['unverifiable', 'pass', 'pass'])
  })

  test('needs no keys of the older hops', async () => {
    const names: string[] = []
    await check(await replaced(), list, {
      lookup: name => {
        names.push(name)
        return lookup(name)
      },
    })
    expect(names).toEqual(['ed._domainkey.list.example'])
  })

  test('does not excuse a broken custody below it', async () => {
    const sent = tamper(await replaced(), 'rt=team@list.example', 'rt=team@evil.example')
    expect(await text(sent, list)).toBe(
      'PERMERROR DKIM2-Signature i=2 MAIL FROM <bounce@list.example> did not match',
    )
  })

  test('does not excuse its own hop', async () => {
    expect(await text(tamper(await replaced(), 'replaced', 'Replaced'), list)).toBe(
      'FAIL MailVersion v=2 body hash sha256 mismatch',
    )
  })

  test('may do so for header fields', async () => {
    const recipe = { headers: [{ name: 'Subject', change: 'unrecoverable' as const }] }
    const sent = await pass(replaceField(await one(), 'Subject', 'x'), { ...list, recipe })
    expect(await check(sent, list)).toMatchObject({ state: 'pass', responsible: 2 })
  })

  test('in the first version concerns nobody', async () => {
    const recipe = { headers: [], body: 'unrecoverable' as const }
    const verdict = await check(await pass(message(plain), { ...origin, recipe }), origin)
    expect(verdict.state).toBe('pass')
    expect(verdict).not.toHaveProperty('responsible')
  })
})

describe('a version that lies, signed by the one who lies', () => {
  test('about the body before is found by the hash of the version before', async () => {
    const sent = await passForged(asList(await one()), list, value => `${value} b=c:1-4;`)
    expect(await text(sent, list)).toBe('FAIL DKIM2-Signature i=1 ed incorrect signature')
  })

  test('about a field before is found by the signature before', async () => {
    const after = replaceField(await one(), 'Subject', 'x')
    const sent = await passForged(after, list, value => `${value} h.Subject=d:*,t:not what it was;`)
    const verdict = await check(sent, list)
    expect(verdict).toMatchObject({ state: 'fail', failedAt: 1 })
    expect(verdict.hops.map(hop => hop.state)).toEqual(['fail', 'pass'])
  })

  test('about its own body is found', async () => {
    const hash = Buffer.alloc(32).toString('base64')
    const sent = await passForged(await one(), list, value => value.replace(/bh=[^;]*/, `bh=${hash}`))
    expect(await text(sent, list)).toBe('FAIL MailVersion v=2 body hash sha256 mismatch')
  })

  test.each([
    ['another hash of a part', `bin.1=${Buffer.alloc(32).toString('base64')}`],
    ['a part that is not there', `bin.7=${Buffer.alloc(32).toString('base64')}`],
  ])('with %s is found', async (_what, bin) => {
    const sent = await passForged(await one(), list, value => value.replace(/bin\.1=[^;]*/, bin))
    expect(await text(sent, list)).toMatch(/^FAIL MailVersion v=2 part [17] hash sha256 mismatch$/)
  })

  test.each(['b=c:1-99;', 'b=c:2-2,c:1-1;', 'h.Subject=d:2;', 'h.List-Id=d:1;'])(
    'with the recipe %s, which does not fit, is a syntax error of that version',
    async recipe => {
      const sent = await passForged(await one(), list, value => `${value} ${recipe}`)
      const verdict = await check(sent, list)
      expect(verdict).toMatchObject({
        state: 'permerror',
        error: 'MailVersion v=2 syntax error',
        failedAt: 2,
      })
      expect(verdict.hops.map(hop => hop.state)).toEqual(['none', 'permerror'])
    },
  )

  test('by a recipe that does not fit in the first version concerns nobody', async () => {
    const sent = await passForged(message(plain), origin, value => `${value} b=c:1-99;`)
    expect(await text(sent, origin)).toBe('PASS')
  })
})

describe('versions and hops that do not pair', () => {
  test('a hop may sign the version before', async () => {
    const sent = await pass(await twoHops(), { ...alias, alwaysVersion: false })
    const verdict = await check(sent, alias)
    expect(verdict.state).toBe('pass')
    expect(sent.fields.filter(field => field.name === 'MailVersion')).toHaveLength(2)
  })

  test('a later first version leads back to hops that signed none', async () => {
    const bare = await withoutVersion()
    const sent = await passRevised(bare, asList, list)
    expect(await check(sent, list)).toMatchObject({
      state: 'pass',
      hops: [{ state: 'pass' }, { state: 'pass' }],
    })
    expect(await text(tamper(sent, 't:Plans', 't:plans'), list)).toMatch(/^FAIL /)
  })

  test('a body hash in a signature of no version is checked too', async () => {
    const sent = await withoutVersion()
    expect(await text(tamper(sent, 'Bye', 'Buy'), origin)).toBe(
      'FAIL DKIM2-Signature i=1 body hash sha256 mismatch',
    )
  })
})

/** The first hop of another implementation: mv=0 and no MailVersion. */
async function withoutVersion(): Promise<Message> {
  const whole = message(plain)
  const prepared = await prepareHop(whole, { profile: 'mailversion', alwaysVersion: false })
  const state = new MessageVersion(0, whole)
  const prefix = prepared.profile.signingPrefix(state, { hops: [], versions: [] }, 1)
  const hop = await signHop(
    { ...prepared, version: undefined, state, prefix },
    {
      domain: 'origin.example',
      reversePath: origin.from,
      forwardPaths: origin.to,
      timestampSeconds: startSeconds,
      signers: [signer('origin.example')],
    },
  )
  return addHop(whole, hop)
}

describe('time', () => {
  test('limits are arguments', async () => {
    const sent = await one()
    const at = (options: object) => check(sent, origin, { nowSeconds: laterSeconds, ...options })
    expect((await at({ maxAgeSeconds: 99 })).error).toBe('DKIM2-Signature i=1 signature expired')
    expect((await at({ maxAgeSeconds: 100 })).state).toBe('pass')
    expect((await at({ nowSeconds: startSeconds - 5, maxFutureSeconds: 4 })).error).toBe(
      'DKIM2-Signature i=1 signature is from the future',
    )
  })
})
