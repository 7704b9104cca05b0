/** One test for each rule that changed between the revisions: what each of them says. */

import { describe, expect, test } from 'vitest'
import { compareRevisions, differenceText } from '../../../../src/dkim2/compare-revisions.ts'
import type { Flag, Recipe } from '../../../../src/dkim2/model.ts'
import { type Revision, revisions } from '../../../../src/dkim2/profile.ts'
import { profileSource } from '../../../../src/dkim2/profiles/index.ts'
import { ruleChanges, ruleSets } from '../../../../src/dkim2/profiles/message-instance/rules.ts'
import { prepareHop } from '../../../../src/dkim2/sign.ts'
import { isUnsigned, isUnsignedSince08 } from '../../../../src/dkim2/unsigned-fields.ts'
import { verdictText } from '../../../../src/dkim2/verdict.ts'
import { mayExtend } from '../../../../src/dkim2/verify.ts'
import { fieldValue, type Message, newField } from '../../../../src/message/message.ts'
import {
  laterSeconds,
  list,
  message,
  origin,
  type Passage,
  pass,
  threeHops,
  withField,
} from '../../../support/dkim2-parties.ts'
import {
  b64,
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

const way06 = { profile: 'message-instance', revision: '06' } as const
const way09 = { profile: 'message-instance', revision: '09' } as const
const json = 'PERMERROR Message-Instance m=2 contains invalid JSON'

/** A message of which 06 leaves Auto-Submitted out. */
const simple = text.replace('Auto-Submitted: no\n', '')

/** What the revisions say, each until the next one that is named. */
type Verdicts = Readonly<Partial<Record<Revision, string>>> & { readonly '06': string }

/** A rule, a message, what is said of it, in the envelope of the first or the second hop. */
const cases: readonly [string, keyof (typeof ruleSets)['06'], () => Promise<Message>, Verdicts, 1 | 2][] = [
  [
    'u steps',
    'octetSteps',
    () => revised('{"b":[{"u":["bGluZSBvbmU="]},{"c":[2,3]}]}'),
    { '06': json, '07': 'PASS' },
    2,
  ],
  [
    'keys of recipes in upper case',
    'foldsRecipeKeys',
    () => revised('{"B":[{"C":[1,3]}]}'),
    { '06': json, '07': 'PASS' },
    2,
  ],
  [
    'a range past the end',
    'misfit',
    () => revised('{"b":[{"c":[1,9]}]}'),
    {
      '06': 'PERMERROR Message-Instance m=2 syntax error',
      '07': json,
      '08': 'PERMERROR Message-Instance m=2 Recipe {"b":[{"c":[1,9]}]} is invalid',
    },
    2,
  ],
  [
    'JSON that is no recipe',
    'quotesRecipes',
    () => revised(`{"a":"\u00e9","b":${'[[]]'.padEnd(80)}}`),
    {
      '06': json,
      '08': `PERMERROR Message-Instance m=2 Recipe ${'{"a":"??","b":[[]]'.padEnd(64)} is invalid`,
    },
    2,
  ],
  ['what is no JSON', 'wording', () => revised('{"b":'), { '06': json }, 2],
  [
    'donotmodify',
    'requests',
    () => requested('donotmodify'),
    { '06': 'FAIL Message has been modified despite a donotmodify request', '07': 'PASS' },
    2,
  ],
  [
    'donotexplode',
    'requests',
    () => requested('donotexplode'),
    { '06': 'FAIL Message has been exploded despite a donotexplode request', '07': 'PASS' },
    2,
  ],
  [
    'a gap in i',
    'unsigned',
    () => oneHop({ text: simple, tags: firstTags.replace('i=1', 'i=2') }),
    { '06': 'NONE DKIM2-Signature i=1 missing', '07': 'PERMERROR DKIM2-Signature i=1 missing' },
    1,
  ],
  [
    'versions without a signature',
    'unsigned',
    async () => withInstance(message(simple), 'm=1; h=sha256:AA==:AA=='),
    { '06': 'NONE DKIM2-Signature i=1 missing', '07': 'PERMERROR Message-Instance m=1 is not signed' },
    1,
  ],
  [
    'a timestamp in the future',
    'checksFuture',
    () => oneHop({ text: simple, tags: firstTags.replace('t=1763', 't=1863') }),
    {
      '06': 'PASS',
      '07': 'PERMERROR DKIM2-Signature i=1 signature is from the future',
      '08': 'FAIL DKIM2-Signature i=1 signature is from the future',
    },
    1,
  ],
  [
    'tag names in upper case',
    'tagLists',
    () => oneHop({ text: simple, tags: firstTags.replace('mf=', 'MF=') }),
    { '06': 'PASS', '07': 'PERMERROR DKIM2-Signature i=1 tag=mf missing' },
    1,
  ],
  [
    'a tag twice in another case',
    'tagLists',
    () => oneHop({ text: simple, tags: `${firstTags}; D=x` }),
    { '06': 'PERMERROR DKIM2-Signature i=1 syntax error', '07': 'PASS' },
    1,
  ],
  [
    'nothing between semicolons',
    'tagLists',
    () => oneHop({ text: simple, tags: `${firstTags};` }),
    { '06': 'PERMERROR DKIM2-Signature i=1 syntax error', '07': 'PASS' },
    1,
  ],
  [
    'a From that is not authentic',
    'fromPolicy',
    () => oneHop({ text: simple.replace('a@origin', 'a@evil') }),
    {
      '06': 'PASS',
      '07': 'PERMERROR DKIM2-Signature i=1 matching From is not authentic',
      '08': 'FAIL DKIM2-Signature i=1 matching From is not authentic',
    },
    1,
  ],
  [
    'groups in s',
    'groups',
    () => oneHop({ text: simple, groups: [[{}], [{ selector: 'rsa', spoilt: true }]] }),
    { '06': 'PERMERROR DKIM2-Signature i=1 syntax error', '08': 'PASS' },
    1,
  ],
  [
    'groups in h',
    'groups',
    () => hashed(`${hashSet(message(simple))}|${hashSet(message('A: x\n'), 'sha512')}`),
    { '06': 'PERMERROR Message-Instance m=1 syntax error', '08': 'PASS' },
    1,
  ],
  [
    'an unknown algorithm beside another',
    'groups',
    () => oneHop({ text: simple, groups: [[{}, { selector: 'new', algorithm: 'new' }]] }),
    { '06': 'PASS', '08': 'PERMERROR DKIM2-Signature i=1 selector new algorithm unknown' },
    1,
  ],
  [
    'an unknown hash beside another',
    'groups',
    () => hashed(`new:AAAA:AAAA,${hashSet(message(simple))}`),
    { '06': 'PASS', '08': 'PERMERROR Message-Instance m=1 algorithm new unknown' },
    1,
  ],
  [
    'a wrong signature beside a missing key',
    'groups',
    () => oneHop({ text: simple, groups: [[{ spoilt: true }, { selector: 'nokey' }]] }),
    {
      '06': 'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
      '08': 'FAIL DKIM2-Signature i=1 selector ed incorrect signature',
    },
    1,
  ],
  [
    'mldsa44',
    'algorithms',
    () => oneHop({ text: simple, groups: [[{ selector: 'ml' }]] }),
    { '06': 'PERMERROR DKIM2-Signature i=1 public key ml algorithm mismatch', '08': 'PASS' },
    1,
  ],
  [
    'Auto-Submitted',
    'isUnsigned',
    () => oneHop({}),
    { '06': 'FAIL Message Instance m=1 header hash sha256 mismatch', '08': 'PASS' },
    1,
  ],
  [
    'a signature that expired',
    'pathFailures',
    () => oneHop({ text: simple, tags: firstTags.replace('t=1763', 't=1663') }),
    {
      '06': 'PERMERROR DKIM2-Signature i=1 signature expired',
      '08': 'FAIL DKIM2-Signature i=1 signature expired',
    },
    1,
  ],
  [
    'a wrong signature, and a recipe below it that does not fit',
    'precedence',
    () => spoiltAboveMisfit(),
    {
      '06': 'PERMERROR Message-Instance m=2 syntax error',
      '07': json,
      '08': 'FAIL DKIM2-Signature i=2 selector ed incorrect signature',
    },
    2,
  ],
  [
    'three signatures of one algorithm',
    'maxPerAlgorithm',
    () => oneHop({ text: simple, groups: [[{}, { selector: 'nokey' }, { selector: 'nokey2' }]] }),
    {
      '06': 'PERMERROR DKIM2-Signature i=1 has more selectors than allowed',
      '08': 'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
    },
    1,
  ],
  [
    'a wrong signature',
    'wording',
    () => oneHop({ text: simple, groups: [[{ spoilt: true }]] }),
    {
      '06': 'FAIL DKIM2-Signature i=1 ed incorrect signature',
      '08': 'FAIL DKIM2-Signature i=1 selector ed incorrect signature',
    },
    1,
  ],
  [
    'a wrong signature beside a right one',
    'wording',
    () => oneHop({ text: simple, groups: [[{}, { selector: 'rsa', spoilt: true }]] }),
    {
      '06': 'FAIL DKIM2-Signature i=1 ed signature passed, rsa signature failed',
      '08': 'FAIL DKIM2-Signature i=1 selector rsa incorrect signature',
    },
    1,
  ],
  [
    'a key that is too weak',
    'wording',
    () => oneHop({ text: simple, groups: [[{ selector: 'weak', algorithm: 'rsa-sha256' }]] }),
    {
      '06': 'PERMERROR DKIM2-Signature i=1 public key weak has a syntax error',
      '08': 'PERMERROR DKIM2-Signature i=1 public key weak is malformed',
    },
    1,
  ],
  [
    'a hash that does not match',
    'wording',
    async () => ({ ...(await oneHop({ text: simple })), body: Buffer.from('x\r\n') }),
    {
      '06': 'FAIL Message Instance m=1 body hash sha256 mismatch',
      '08': 'FAIL Message-Instance m=1 body hash sha256 mismatch',
    },
    1,
  ],
  [
    'a body recipe of null',
    'nullBody',
    () => revised('{"b":null}'),
    {
      '06': 'PASS',
      '08': 'FAIL Message-Instance m=2 has a null Recipe, earlier body hashes cannot be checked',
      '09': 'PERMERROR Message-Instance m=2 has a null Recipe, earlier body hashes cannot be checked',
    },
    2,
  ],
  [
    'a body recipe of null in the first version',
    'nullBody',
    () => oneHop({ text: simple, r: '{"b":null}' }),
    {
      '06': 'PASS',
      '09': 'PERMERROR Message-Instance m=1 has a null Recipe, earlier body hashes cannot be checked',
    },
    1,
  ],
  [
    'an nd on the highest hop',
    'pathFailures',
    () => oneHop({ text: simple, tags: firstTags.replace(/mf=.*$/, 'nd=list.example') }),
    {
      '06': 'PERMERROR DKIM2-Signature i=1 unexpected nd= tag',
      '08': 'FAIL DKIM2-Signature i=1 tag=nd was unexpected',
    },
    1,
  ],
  [
    'custody that is broken',
    'pathFailures',
    () => elsewhere('c@else.example', 'else.example'),
    {
      '06': 'PERMERROR DKIM2-Signature i=2 MAIL FROM <c@else.example> did not match',
      '08': 'FAIL DKIM2-Signature i=2 mf= does not match the rt= of i=1',
    },
    2,
  ],
  [
    'custody that is broken by a null reverse-path',
    'pathFailures',
    () => elsewhere('', 'else.example'),
    {
      '06': 'PERMERROR DKIM2-Signature i=2 MAIL FROM <> did not match',
      '08': 'FAIL DKIM2-Signature i=2 d= does not match the rt= of i=1',
    },
    2,
  ],
]

/** As `revisedHop`, of a message that both revisions hash alike. */
async function revised(recipe: string): Promise<Message> {
  return revisedHop(recipe, simple)
}

function hashed(h: string): Promise<Message> {
  return withSignature(withInstance(message(simple), `m=1; h=${h}`), firstTags)
}

/** A second hop of somebody to whom the first had not sent the message. */
async function elsewhere(path: string, domain: string): Promise<Message> {
  const tags = `i=2; m=1; t=1763000010; d=${domain}; mf=${b64(`<${path}>`)}; rt=${b64('<friend@alias.example>')}`
  return withSignature(await oneHop({ text: simple }), tags, [[{}]], 'list.example')
}

/** A second hop whose signature does not hold, and whose recipe does not fit. */
async function spoiltAboveMisfit(): Promise<Message> {
  const first = await oneHop({ text: simple })
  const instance = withInstance(first, `m=2; h=${hashSet(message(simple))}; r=${b64('{"b":[{"c":[1,9]}]}')}`)
  const tags = `i=2; m=2; t=1763000010; d=list.example; mf=${b64('<bounce@list.example>')}; rt=${b64('<friend@alias.example>')}`
  return withSignature(instance, tags, [[{ spoilt: true }]], 'list.example')
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

/** What a revision says: the text of the newest one named up to it. */
function saidUnder(verdicts: Verdicts, revision: Revision): string {
  return revisions
    .slice(0, revisions.indexOf(revision) + 1)
    .reduce((text, name) => verdicts[name] ?? text, verdicts['06'])
}

describe.each(cases)('%s', (_what, rule, make, verdicts, hop) => {
  const envelopeOf = (of: Message) => {
    const path = / mf=([^;]*)/.exec(fieldValue(of.fields[0] ?? newField('X', '')))?.[1]
    const reversePath = Buffer.from(path ?? '', 'base64')
      .toString()
      .slice(1, -1)
    return hop === 1
      ? { reversePath: origin.from, forwardPaths: origin.to }
      : { ...secondEnvelope, reversePath }
  }

  test.each(revisions)('under %s', async revision => {
    const of = await make()
    expect(await verdictOf(of, { envelope: envelopeOf(of), revision })).toBe(saidUnder(verdicts, revision))
  })

  test('is compared under all revisions, and each difference is given its rule', async () => {
    const of = await make()
    const comparison = await compareRevisions(of, {
      lookup: lookupWithMore,
      nowSeconds: laterSeconds,
      envelope: envelopeOf(of),
    })
    const told = comparison.revisions.map(one => [one.revision, verdictText(one.verdict)])
    expect(told).toEqual(revisions.map(revision => [revision, saidUnder(verdicts, revision)]))
    const changes = revisions.filter(revision => revision !== '06' && verdicts[revision] !== undefined)
    expect(comparison.differences.map(({ to }) => to)).toEqual(changes)
    for (const { to, rule: changed } of comparison.differences) expect(changed.since).toBe(to)
    const isNamed = comparison.differences.some(difference => difference.rule.rule === rule)
    expect(isNamed).toBe(changes.length > 0)
  })
})

test('a comparison as a line has every verdict and every rule with its section', async () => {
  const of = await revised('{"b":null}')
  const comparison = await compareRevisions(
    of,
    { lookup: lookupWithMore, nowSeconds: laterSeconds, envelope: secondEnvelope },
    ['06', '09'],
  )
  const text = 'Message-Instance m=2 has a null Recipe, earlier body hashes cannot be checked'
  expect(differenceText(comparison)).toBe(
    `06: PASS; 09: PERMERROR ${text}; since 08 (section 13): a body recipe of null is FAIL, as older body hashes cannot be checked`,
  )
})

describe('the table of rules', () => {
  test('makes rule sets that differ in the rules it has, and in no other', () => {
    const names = Object.keys(ruleSets['06']) as (keyof (typeof ruleSets)['06'])[]
    for (const [index, revision] of revisions.entries()) {
      const older = revisions[index - 1]
      if (older === undefined) continue
      const differing = names.filter(name => ruleSets[older][name] !== ruleSets[revision][name])
      const rows = ruleChanges.filter(({ since }) => since === revision).map(({ rule }) => rule)
      expect(rows.toSorted()).toEqual(differing.toSorted())
    }
  })

  test('stands in the order of the revisions, each row with a section', () => {
    const since = ruleChanges.map(row => row.since)
    expect(since).toEqual(since.toSorted())
    expect(ruleChanges.filter(({ section }) => !/^[0-9]+([.][0-9]+)?$/.test(section))).toEqual([])
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

  test('the revisions go with their algorithms', () => {
    const known = (revision: Revision) => [
      ...(profileSource({ revision })('message-instance')?.algorithms ?? []),
    ]
    expect(known('06')).toEqual(['rsa-sha256', 'ed25519-sha256'])
    expect(known('07')).toEqual(['rsa-sha256', 'ed25519-sha256'])
    expect(known('08')).toEqual(['rsa-sha256', 'ed25519-sha256', 'mldsa44'])
    expect(known('09')).toEqual(['rsa-sha256', 'ed25519-sha256', 'mldsa44'])
  })
})
