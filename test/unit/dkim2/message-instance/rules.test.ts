/** One test for each rule that changed between the revisions: what 06 says, and what 09 says. */

import { describe, expect, test } from 'vitest'
import { compareRevisions, differenceText } from '../../../../src/dkim2/compare-revisions.ts'
import type { Flag, Recipe } from '../../../../src/dkim2/model.ts'
import { profileSource } from '../../../../src/dkim2/profiles/index.ts'
import { ruleChanges, ruleSets } from '../../../../src/dkim2/profiles/message-instance/rules.ts'
import { prepareHop } from '../../../../src/dkim2/sign.ts'
import { isUnsigned, isUnsignedSince08 } from '../../../../src/dkim2/unsigned-fields.ts'
import { mayExtend } from '../../../../src/dkim2/verify.ts'
import { fieldValue, type Message, newField } from '../../../../src/message/message.ts'
import { laterSeconds, list, message, origin, type Passage, pass, threeHops, withField } from '../support.ts'
import {
  firstTags,
  hashSet,
  lookupWithMore,
  oneHop,
  revisedHop,
  secondEnvelope,
  text,
  verdict,
  verdictOf,
  withInstance,
  withSignature,
} from './forge.ts'

const old = { revision: '06' } as const
const way06 = { profile: 'message-instance', revision: '06' } as const
const way09 = { profile: 'message-instance', revision: '09' } as const
const json = 'PERMERROR Message-Instance m=2 contains invalid JSON'

/** A message of which 06 leaves Auto-Submitted out. */
const simple = text.replace('Auto-Submitted: no\n', '')

/** A rule, a message, what 06 and what 09 says of it, in the first or the second envelope. */
const cases: readonly [
  string,
  keyof (typeof ruleSets)['06'],
  () => Promise<Message>,
  string,
  string,
  1 | 2,
][] = [
  ['u steps', 'octetSteps', () => revised('{"b":[{"u":["bGluZSBvbmU="]},{"c":[2,3]}]}'), json, 'PASS', 2],
  ['keys of recipes in upper case', 'foldsRecipeKeys', () => revised('{"B":[{"C":[1,3]}]}'), json, 'PASS', 2],
  [
    'a range past the end',
    'misfit',
    () => revised('{"b":[{"c":[1,9]}]}'),
    'PERMERROR Message-Instance m=2 syntax error',
    json,
    2,
  ],
  [
    'donotmodify',
    'requests',
    () => requested('donotmodify'),
    'FAIL Message has been modified despite a donotmodify request',
    'PASS',
    2,
  ],
  [
    'donotexplode',
    'requests',
    () => requested('donotexplode'),
    'FAIL Message has been exploded despite a donotexplode request',
    'PASS',
    2,
  ],
  [
    'a gap in i',
    'unsigned',
    () => oneHop({ text: simple, tags: firstTags.replace('i=1', 'i=2') }),
    'NONE DKIM2-Signature i=1 missing',
    'PERMERROR DKIM2-Signature i=1 missing',
    1,
  ],
  [
    'versions without a signature',
    'unsigned',
    async () => withInstance(message(simple), 'm=1; h=sha256:AA==:AA=='),
    'NONE DKIM2-Signature i=1 missing',
    'PERMERROR Message-Instance m=1 is not signed',
    1,
  ],
  [
    'a timestamp in the future',
    'checksFuture',
    () => oneHop({ text: simple, tags: firstTags.replace('t=1763', 't=1863') }),
    'PASS',
    'FAIL DKIM2-Signature i=1 signature is from the future',
    1,
  ],
  [
    'tag names in upper case',
    'tagLists',
    () => oneHop({ text: simple, tags: firstTags.replace('mf=', 'MF=') }),
    'PASS',
    'PERMERROR DKIM2-Signature i=1 tag=mf missing',
    1,
  ],
  [
    'a tag twice in another case',
    'tagLists',
    () => oneHop({ text: simple, tags: `${firstTags}; D=x` }),
    'PERMERROR DKIM2-Signature i=1 syntax error',
    'PASS',
    1,
  ],
  [
    'nothing between semicolons',
    'tagLists',
    () => oneHop({ text: simple, tags: `${firstTags};` }),
    'PERMERROR DKIM2-Signature i=1 syntax error',
    'PASS',
    1,
  ],
  [
    'groups in s',
    'groups',
    () => oneHop({ text: simple, groups: [[{}], [{ selector: 'rsa', spoilt: true }]] }),
    'PERMERROR DKIM2-Signature i=1 syntax error',
    'PASS',
    1,
  ],
  [
    'groups in h',
    'groups',
    () => hashed(`${hashSet(message(simple))}|${hashSet(message('A: x\n'), 'sha512')}`),
    'PERMERROR Message-Instance m=1 syntax error',
    'PASS',
    1,
  ],
  [
    'an unknown algorithm beside another',
    'groups',
    () => oneHop({ text: simple, groups: [[{}, { selector: 'new', algorithm: 'new' }]] }),
    'PASS',
    'PERMERROR DKIM2-Signature i=1 selector new algorithm unknown',
    1,
  ],
  [
    'an unknown hash beside another',
    'groups',
    () => hashed(`new:AAAA:AAAA,${hashSet(message(simple))}`),
    'PASS',
    'PERMERROR Message-Instance m=1 algorithm new unknown',
    1,
  ],
  [
    'a wrong signature beside a missing key',
    'groups',
    () => oneHop({ text: simple, groups: [[{ spoilt: true }, { selector: 'nokey' }]] }),
    'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
    'FAIL DKIM2-Signature i=1 ed incorrect signature',
    1,
  ],
  [
    'mldsa44',
    'algorithms',
    () => oneHop({ text: simple, groups: [[{ selector: 'ml' }]] }),
    'PERMERROR DKIM2-Signature i=1 public key ml algorithm mismatch',
    'PASS',
    1,
  ],
  [
    'Auto-Submitted',
    'isUnsigned',
    () => oneHop({}),
    'FAIL Message Instance m=1 header hash sha256 mismatch',
    'PASS',
    1,
  ],
  [
    'a signature that expired',
    'pathFailures',
    () => oneHop({ text: simple, tags: firstTags.replace('t=1763', 't=1663') }),
    'PERMERROR DKIM2-Signature i=1 signature expired',
    'FAIL DKIM2-Signature i=1 signature expired',
    1,
  ],
  [
    'three signatures of one algorithm',
    'maxPerAlgorithm',
    () => oneHop({ text: simple, groups: [[{}, { selector: 'nokey' }, { selector: 'nokey2' }]] }),
    'PERMERROR DKIM2-Signature i=1 has more selectors than allowed',
    'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
    1,
  ],
  [
    'a From that is not authentic',
    'fromPolicy',
    () => oneHop({ text: simple.replace('a@origin', 'a@evil') }),
    'PASS',
    'FAIL From header field is not Authentic for d=origin.example',
    1,
  ],
  ['a body recipe of null', 'nullBody', () => revised('{"b":null}'), 'PASS', json, 2],
]

/** As `revisedHop`, of a message that both revisions hash alike. */
async function revised(recipe: string): Promise<Message> {
  return revisedHop(recipe, simple)
}

function hashed(h: string): Promise<Message> {
  return withSignature(withInstance(message(simple), `m=1; h=${h}`), firstTags)
}

/** A first hop that asks for something under 06, and a second one that does it. */
async function requested(flag: Flag): Promise<Message> {
  const passage: Passage = { ...origin, ...way06 }
  const asked = await pass(message(simple), { ...passage, flags: [flag] })
  const after = { ...asked, body: Buffer.from('line one\r\n') }
  const recipe: Recipe = {
    headers: [],
    body: [
      { kind: 'copy', from: 1, to: 1 },
      { kind: 'data', items: [Buffer.from('line two'), Buffer.from('line three')] },
    ],
  }
  const flags: Flag[] = flag === 'donotexplode' ? ['exploded'] : []
  return flag === 'donotexplode'
    ? pass(asked, { ...list, ...way06, flags })
    : pass(after, { ...list, ...way06, flags, recipe })
}

describe.each(cases)('%s', (_what, rule, make, was, is, hop) => {
  const envelope = hop === 2 ? { envelope: secondEnvelope } : {}

  test('under 06 and under 09', async () => {
    const of = await make()
    expect(await verdictOf(of, { ...envelope, ...old })).toBe(was)
    expect(await verdictOf(of, envelope)).toBe(is)
  })

  test('make the verdicts differ, and a comparison names the rule', async () => {
    const of = await make()
    const comparison = await compareRevisions(of, {
      lookup: lookupWithMore,
      nowSeconds: laterSeconds,
      ...(hop === 2 ? envelope : { envelope: { reversePath: origin.from, forwardPaths: origin.to } }),
    })
    expect(comparison.rule?.rule).toBe(rule)
    expect(differenceText(comparison)).toBe(
      `06: ${was}; 09: ${is}; since ${comparison.rule?.since}: ${comparison.rule?.text}`,
    )
  })
})

describe('the table of rules', () => {
  test('has every rule in which the two rule sets differ, and no other', () => {
    const names = Object.keys(ruleSets['06']) as (keyof (typeof ruleSets)['06'])[]
    const differing = names.filter(name => ruleSets['06'][name] !== ruleSets['09'][name])
    expect(ruleChanges.map(({ rule }) => rule).toSorted()).toEqual(differing.toSorted())
    expect(names.toSorted()).toEqual(differing.toSorted())
  })

  test('every rule that a verifier knows has a message on which it matters', () => {
    const ofSigners = ['flags', 'minRsaSigningBits', 'extendsOnlyFullyVerified', 'explodedFirst']
    const shown = new Set([...cases.map(([, rule]) => rule as string), ...ofSigners])
    expect(ruleChanges.map(({ rule }) => rule).filter(rule => !shown.has(rule))).toEqual([])
  })
})

describe('what only signers and relays know', () => {
  const first = (flags: readonly Flag[], way: typeof way06 | typeof way09) =>
    pass(message(simple), { ...origin, ...way, flags })
  const flagsOf = (of: Message) => / f=([^;]*)/.exec(fieldValue(of.fields[0] ?? newField('X', '')))?.[1]

  test('donotmodify and donotexplode are written under 06 only', async () => {
    const flags: Flag[] = ['donotmodify', 'donotexplode', 'feedback']
    expect(flagsOf(await first(flags, way06))).toBe('donotmodify,donotexplode,feedback')
    expect(flagsOf(await first(flags, way09))).toBe('feedback')
  })

  test('exploded is never written on i=1 under 09', async () => {
    expect(flagsOf(await first(['exploded'], way06))).toBe('exploded')
    const sent = await first(['exploded'], way09)
    expect(flagsOf(sent)).toBeUndefined()
    expect(flagsOf(await pass(sent, { ...list, ...way09, flags: ['exploded'] }))).toBe('exploded')
  })

  test('a message that is not Fully Verified may not be extended under 09', async () => {
    const sent = await oneHop({ text: simple })
    expect(mayExtend(await verdict(sent))).toBe(true)
    expect(mayExtend(await verdict(sent, { envelope: undefined as never }))).toBe(false)
    expect(mayExtend(await verdict(sent, { nowSeconds: 0 }))).toBe(false)
    expect(profileSource(way06)('message-instance')?.extendsOnlyFullyVerified).toBe(false)
  })

  test('a message without DKIM2 may get a first hop, one whose fields cannot be read may not', async () => {
    expect(mayExtend(await verdict(message(simple)))).toBe(true)
    expect(mayExtend(await verdict(withField(message(simple), 'DKIM2-Signature', 'i=1; m=1; s=x')))).toBe(
      false,
    )
    expect(mayExtend(await verdict(withField(await threeHops(), 'Message-Instance', 'm=1')))).toBe(false)
  })

  test('a body given up can be written under 06 only', async () => {
    const recipe: Recipe = { headers: [], body: 'unrecoverable' }
    const sent = { ...(await first([], way06)), body: Buffer.from('x\r\n') }
    const options = { profile: 'message-instance', alwaysVersion: false, recipe } as const
    expect((await prepareHop(sent, { ...options, ...way06 })).version?.changes.unrecoverable).toBe(true)
    await expect(prepareHop(sent, { ...options, ...way09 })).rejects.toMatchObject({
      obstacle: 'recipe inexpressible',
    })
  })

  test('the two lists of unsigned fields differ in two names', () => {
    const names = [
      'auto-submitted',
      'vbr-info',
      'received',
      'received-spf',
      'x-a',
      'message-instance',
      'subject',
    ]
    expect(names.filter(isUnsigned)).toEqual(names.slice(0, -1))
    expect(names.filter(isUnsignedSince08)).toEqual(names.slice(2, -1))
  })

  test('the two revisions go with their algorithms', () => {
    const known = (revision: '06' | '09') => [
      ...(profileSource({ revision })('message-instance')?.algorithms ?? []),
    ]
    expect(known('06')).toEqual(['rsa-sha256', 'ed25519-sha256'])
    expect(known('09')).toEqual(['rsa-sha256', 'ed25519-sha256', 'mldsa44'])
  })
})
