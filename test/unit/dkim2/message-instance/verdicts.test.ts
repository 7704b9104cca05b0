/** Every string of the table, under revision 09. Most messages are forged: their signatures hold, whatever stands in them. */

import { describe, expect, test } from 'vitest'
import { fieldValue, type Message, newField } from '../../../../src/message/message.ts'
import { message } from '../../../support/dkim2-parties.ts'
import {
  b64,
  firstTags,
  hashSet,
  mf,
  oneHop,
  revisedHop,
  rt,
  secondEnvelope,
  text,
  verdict,
  verdictOf,
  withInstance,
  withSignature,
} from './forge.ts'

const plain = message(text)

function without(tag: string): string {
  return firstTags
    .split('; ')
    .filter(part => !part.startsWith(`${tag}=`))
    .join('; ')
}

function signed(h: string, r = ''): Promise<Message> {
  return withSignature(withInstance(plain, `m=1; h=${h};${r}`), firstTags)
}

function drop(of: Message, pattern: RegExp): Message {
  return { ...of, fields: of.fields.filter(field => !pattern.test(field.octets.toString('latin1'))) }
}

describe('a message whose chain holds', () => {
  test('passes, and is Fully Verified in the envelope that it came in', async () => {
    expect(await verdict(oneHop())).toMatchObject({
      state: 'pass',
      fullyVerified: true,
      profile: 'message-instance',
      revision: '09',
    })
  })

  test('is not Fully Verified where no envelope was there to check', async () => {
    const found = await verdict(oneHop(), { envelope: undefined as never })
    expect(found.state).toBe('pass')
    expect(found).not.toHaveProperty('fullyVerified')
  })

  test('passes with its fields in any order, refolded, and in any case of their names', async () => {
    const sent = await oneHop()
    const fields = sent.fields.map(field =>
      newField(field.name.toUpperCase(), fieldValue(field).replaceAll('; ', ';\r\n\t ')),
    )
    expect(await verdictOf({ ...sent, fields: fields.toReversed() })).toBe('PASS')
  })
})

describe('Message-Instance', () => {
  test.each<[string, () => Promise<Message>, string]>([
    ['is missing', () => withSignature(plain, firstTags), 'PERMERROR Message-Instance m=1 missing'],
    [
      'that a signature names is missing',
      () => oneHop({ tags: firstTags.replace('m=1', 'm=2') }),
      'PERMERROR Message-Instance m=2 missing',
    ],
    [
      'has a tag twice',
      () => withSignature(withInstance(plain, `m=1; h=${hashSet(plain)}; x=1; x=2`), firstTags),
      'PERMERROR Message-Instance m=1 syntax error',
    ],
    ['has hashes of two parts', () => signed('sha256:AAAA'), 'PERMERROR Message-Instance m=1 syntax error'],
    [
      'has hashes of four parts',
      () => signed('sha256:AAAA:AAAA:AAAA'),
      'PERMERROR Message-Instance m=1 syntax error',
    ],
    ['has an empty hash', () => signed('sha256::AAAA'), 'PERMERROR Message-Instance m=1 syntax error'],
    ['has a final comma', () => signed(`${hashSet(plain)},`), 'PERMERROR Message-Instance m=1 syntax error'],
    ['has a final bar', () => signed(`${hashSet(plain)}|`), 'PERMERROR Message-Instance m=1 syntax error'],
    [
      'has a number that is none',
      () => withSignature(withInstance(plain, `m=one; h=${hashSet(plain)}`), firstTags),
      'PERMERROR Message-Instance m=? syntax error',
    ],
    [
      'lacks h',
      () => withSignature(withInstance(plain, 'm=1'), firstTags),
      'PERMERROR Message-Instance m=1 tag=h missing',
    ],
    [
      'lacks m',
      () => withSignature(withInstance(plain, `h=${hashSet(plain)}`), firstTags),
      'PERMERROR Message-Instance m=? tag=m missing',
    ],
    [
      'is there twice',
      () =>
        withSignature(
          withInstance(withInstance(plain, `m=1; h=${hashSet(plain)}`), `m=1; h=${hashSet(plain)}`),
          firstTags,
        ),
      'PERMERROR Message-Instance m=1 tag=m was unexpected',
    ],
    [
      'is above every signature',
      async () => withInstance(await oneHop(), `m=2; h=${hashSet(plain)}`),
      'PERMERROR Message-Instance m=2 is not signed',
    ],
    [
      'has a hash algorithm twice',
      () => signed(`${hashSet(plain)},${hashSet(plain)}`),
      'PERMERROR Message-Instance m=1 has a duplicate hash algorithm',
    ],
    [
      'has a hash algorithm twice, in two groups',
      () => signed(`${hashSet(plain)}|${hashSet(plain)}`),
      'PERMERROR Message-Instance m=1 has a duplicate hash algorithm',
    ],
    [
      'has a recipe that is no JSON',
      () => oneHop({ r: '{' }),
      'PERMERROR Message-Instance m=1 contains invalid JSON',
    ],
    [
      'has a recipe that is empty',
      () => signed(hashSet(plain), ' r=;'),
      'PERMERROR Message-Instance m=1 syntax error',
    ],
    [
      'has a recipe that is no base64',
      () => signed(hashSet(plain), ' r=*;'),
      'PERMERROR Message-Instance m=1 syntax error',
    ],
    [
      'has an unknown hash algorithm alone',
      () => signed('sha999:AAAA:AAAA'),
      'PERMERROR Message-Instance m=1 algorithm sha999 unknown',
    ],
    [
      'has a header hash that does not match',
      () => signed(hashSet(message(text.replace('Plans', 'Other')))),
      'FAIL Message-Instance m=1 header hash sha256 mismatch',
    ],
    [
      'has a body hash that does not match',
      () => signed(hashSet(message(text.replace('two', 'TWO')), 'sha512')),
      'FAIL Message-Instance m=1 body hash sha512 mismatch',
    ],
  ])('that %s', async (_what, make, expected) => {
    expect(await verdictOf(make())).toBe(expected)
  })
})

describe('DKIM2-Signature', () => {
  test.each<[string, string, string]>([
    ['lacks i', without('i'), 'PERMERROR DKIM2-Signature i=? tag=i missing'],
    ['lacks m', without('m'), 'PERMERROR DKIM2-Signature i=1 tag=m missing'],
    ['lacks t', without('t'), 'PERMERROR DKIM2-Signature i=1 tag=t missing'],
    ['lacks d', without('d'), 'PERMERROR DKIM2-Signature i=1 tag=d missing'],
    ['lacks mf', without('mf'), 'PERMERROR DKIM2-Signature i=1 tag=mf missing'],
    ['lacks rt', without('rt'), 'PERMERROR DKIM2-Signature i=1 tag=rt missing'],
    [
      'lacks mf and rt',
      without('mf').replace(/; rt=[^;]*/, ''),
      'PERMERROR DKIM2-Signature i=1 tag=mf missing',
    ],
    [
      'has nd and mf',
      `${without('rt')}; nd=list.example`,
      'PERMERROR DKIM2-Signature i=1 tag=nd was unexpected',
    ],
    [
      'has nd and rt',
      `${without('mf')}; nd=list.example`,
      'PERMERROR DKIM2-Signature i=1 tag=nd was unexpected',
    ],
    [
      'has a bad nd',
      `${without('mf').replace(/; rt=[^;]*/, '')}; nd=-`,
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    ['has a tag twice', `${firstTags}; d=origin.example`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has an unknown tag twice', `${firstTags}; x=; x=`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has 8-bit octets', `${firstTags}; x=\xe4`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has i=0', firstTags.replace('i=1', 'i=0'), 'PERMERROR DKIM2-Signature i=? syntax error'],
    ['has i=51', firstTags.replace('i=1', 'i=51'), 'PERMERROR DKIM2-Signature i=51 syntax error'],
    ['has i=+1', firstTags.replace('i=1', 'i=+1'), 'PERMERROR DKIM2-Signature i=? syntax error'],
    ['has only i=2', firstTags.replace('i=1', 'i=2'), 'PERMERROR DKIM2-Signature i=1 missing'],
    ['has m=0', firstTags.replace('m=1', 'm=0'), 'PERMERROR DKIM2-Signature i=1 syntax error'],
    [
      'has a time of day',
      firstTags.replace('t=1763000000', 't=2025-11-13T02:13:20'),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    [
      'has a time beyond all dates',
      firstTags.replace('t=1763000000', 't=8640000000001'),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    [
      'has a d with a final dot',
      firstTags.replace('d=origin.example', 'd=origin.example.'),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    [
      'has mf without brackets',
      firstTags.replace(mf, b64('a@origin.example')),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    ['has an empty mf', firstTags.replace(mf, ''), 'PERMERROR DKIM2-Signature i=1 syntax error'],
    [
      'has rt without brackets',
      firstTags.replace(rt, b64('team@list.example')),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    [
      'has an rt that ends with a comma',
      firstTags.replace(rt, `${rt},`),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    ['has a null rt', firstTags.replace(rt, b64('<>')), 'PERMERROR DKIM2-Signature i=1 syntax error'],
    [
      'has an rt with a line end',
      firstTags.replace(rt, b64('<a@b>\r\n<c@d>')),
      'PERMERROR DKIM2-Signature i=1 syntax error',
    ],
    ['has a nonce of 65', `${firstTags}; n=${'a'.repeat(65)}`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has an empty flag', `${firstTags}; f=feedback,`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has no flag', `${firstTags}; f=`, 'PERMERROR DKIM2-Signature i=1 syntax error'],
    ['has I for i', firstTags.replace('i=1', 'I=1'), 'PERMERROR DKIM2-Signature i=1 tag=i missing'],
    [
      'is too old',
      firstTags.replace('t=1763000000', 't=1761790499'),
      'FAIL DKIM2-Signature i=1 signature expired',
    ],
    [
      'is of the future',
      firstTags.replace('t=1763000000', 't=1763086501'),
      'FAIL DKIM2-Signature i=1 signature is from the future',
    ],
    [
      'has another mf',
      firstTags.replace(mf, b64('<b@origin.example>')),
      'FAIL DKIM2-Signature i=1 MAIL FROM <a@origin.example> did not match',
    ],
    [
      'has another rt',
      firstTags.replace(rt, b64('<other@list.example>')),
      'FAIL DKIM2-Signature i=1 RCPT TO <team@list.example> did not match',
    ],
    [
      'has a d that is not aligned',
      firstTags.replace('d=origin', 'd=list'),
      'FAIL DKIM2-Signature i=1 MAIL FROM and d= do not match',
    ],
    [
      'has nd though it is the last',
      `${without('mf').replace(/; rt=[^;]*/, '')}; nd=list.example`,
      'FAIL DKIM2-Signature i=1 tag=nd was unexpected',
    ],
  ])('that %s', async (_what, tags, expected) => {
    expect(await verdictOf(oneHop({ tags }))).toBe(expected)
  })

  test.each<[string, string]>([
    ['leading zeros', firstTags.replace('i=1; m=1', 'i=01; m=001')],
    ['an upper-case d', firstTags.replace('d=origin', 'd=ORIGIN')],
    ['a domain of another case in mf', firstTags.replace(mf, b64('<a@Origin.Example>'))],
    ['more recipients', firstTags.replace(rt, `${b64('<x@y.example>')}, ${rt}`)],
    ['an empty nonce', `${firstTags}; n=`],
    ['a nonce of 64', `${firstTags}; n=${'='.repeat(64)}`],
    ['flags that nobody knows', `${firstTags}; f= new-one , FEEDBACK`],
    ['unknown tags', `${firstTags}; x=; Y_1=a b c`],
    ['nothing between semicolons', `;${firstTags};;`],
  ])('with %s is fine', async (_what, tags) => {
    expect(await verdictOf(oneHop({ tags }))).toBe('PASS')
  })

  test('that is missing', async () => {
    expect(await verdictOf(drop(await oneHop(), /^DKIM2/))).toBe(
      'PERMERROR Message-Instance m=1 is not signed',
    )
    expect(
      await verdictOf(drop(await revisedHop('{"b":[{"c":[1,3]}]}'), / i=1;/), { envelope: secondEnvelope }),
    ).toBe('PERMERROR DKIM2-Signature i=1 missing')
  })

  test.each<[string, Parameters<typeof oneHop>[0] & object, string]>([
    [
      'a selector twice',
      { groups: [[{}, { selector: 'ED' }]] },
      'PERMERROR DKIM2-Signature i=1 has a duplicate selector',
    ],
    [
      'a selector in two groups',
      { groups: [[{}], [{}]] },
      'PERMERROR DKIM2-Signature i=1 has a duplicate selector',
    ],
    [
      'nine signatures',
      { groups: [Array.from({ length: 9 }, (_, n) => ({ selector: `s${n}` }))] },
      'PERMERROR DKIM2-Signature i=1 has more selectors than allowed',
    ],
    [
      'a wrong signature',
      { groups: [[{ spoilt: true }]] },
      'FAIL DKIM2-Signature i=1 selector ed incorrect signature',
    ],
    [
      'a wrong one beside a right one',
      { groups: [[{}, { selector: 'rsa', spoilt: true }]] },
      'FAIL DKIM2-Signature i=1 selector rsa incorrect signature',
    ],
    [
      'a key that is not there',
      { groups: [[{ selector: 'nokey' }]] },
      'PERMERROR DKIM2-Signature i=1 public key nokey does not exist',
    ],
    [
      'a key that cannot be fetched',
      { groups: [[{ selector: 'down' }]] },
      'TEMPERROR DKIM2-Signature i=1 public key down could not be fetched',
    ],
    [
      'a key of another kind',
      { groups: [[{ selector: 'rsa', algorithm: 'ed25519-sha256' }]] },
      'PERMERROR DKIM2-Signature i=1 public key rsa algorithm mismatch',
    ],
    [
      'an algorithm that nobody knows',
      { groups: [[{ algorithm: 'ED25519-SHA256' }]] },
      'PERMERROR DKIM2-Signature i=1 selector ed algorithm unknown',
    ],
  ])('with %s', async (_what, wanted, expected) => {
    expect(await verdictOf(oneHop(wanted))).toBe(expected)
  })
})

describe('From', () => {
  test.each([
    ['of a parent domain', 'From: a@example'],
    ['of another domain', 'From: a@evil.example'],
    ['that only ends alike', 'From: a@evilorigin.example'],
    ['with two addresses', 'From: a@origin.example, b@origin.example'],
    ['there twice', 'From: a@origin.example\nFrom: a@origin.example'],
    ['with a group', 'From: us: a@origin.example;'],
    ['with nothing in it', 'From:'],
    ['that is not there', 'Reply-To: a@origin.example'],
  ])('%s is not authentic', async (_what, from) => {
    const forged = text.replace('From: Sender <a@origin.example>', from)
    expect(await verdictOf(oneHop({ text: forged }))).toBe(
      'FAIL DKIM2-Signature i=1 matching From is not authentic',
    )
  })

  test.each([
    ['of a subdomain', 'From: a@mail.origin.example'],
    ['with a name in quotes', 'From: "x, <b@evil.example>" <a@origin.example>'],
    ['with a comment', 'From: a@origin.example (b@evil.example)'],
    ['in another case', 'FROM : A <a@ORIGIN.example>'],
  ])('%s is authentic', async (_what, from) => {
    const honest = text.replace('From: Sender <a@origin.example>', from)
    expect(await verdictOf(oneHop({ text: honest }))).toBe('PASS')
  })
})

describe('a recipe', () => {
  test.each([
    ['leads back', '{"b":[{"c":[1,3]}]}', 'PASS'],
    ['has its keys in upper case', '{"B":[{"C":[1,3]}]}', 'PASS'],
    ['gives text', '{"b":[{"c":[1,1]},{"d":["line two","line three"]}]}', 'PASS'],
    ['gives octets', '{"b":[{"c":[1,2]},{"u":["bGluZSB0aHJlZQ=="]}]}', 'PASS'],
    [
      'is for a field that is not signed too',
      '{"b":[{"c":[1,3]}],"h":{"x-y":[{"c":[1,9]}],"received":[]}}',
      'PASS',
    ],
    [
      'is for a DKIM2 field too',
      '{"b":[{"c":[1,3]}],"h":{"message-instance":[],"DKIM2-Signature":[]}}',
      'PASS',
    ],
    ['is for a field that is not there too', '{"b":[{"c":[1,3]}],"h":{"list-id":[]}}', 'PASS'],
    ['has members that nobody knows', '{"b":[{"c":[1,3]}],"z":{"a":[null,true,1e9]}}', 'PASS'],
    ['leads elsewhere', '{"b":[{"c":[1,2]}]}', 'FAIL Message-Instance m=1 body hash sha256 mismatch'],
    [
      'leads to another header',
      '{"b":[{"c":[1,3]}],"h":{"subject":[{"d":["x"]}]}}',
      'FAIL Message-Instance m=1 header hash sha256 mismatch',
    ],
    [
      'goes past the end',
      '{"b":[{"c":[1,5]}]}',
      'PERMERROR Message-Instance m=2 Recipe {"b":[{"c":[1,5]}]} is invalid',
    ],
    [
      'goes far past the end',
      '{"b":[{"c":[1,1000000000]}]}',
      'PERMERROR Message-Instance m=2 Recipe {"b":[{"c":[1,1000000000]}]} is invalid',
    ],
    [
      'names a field that is not there',
      '{"h":{"subject":[{"c":[2,2]}]}}',
      'PERMERROR Message-Instance m=2 Recipe {"h":{"subject":[{"c":[2,2]}]}} is invalid',
    ],
    [
      'gives the body up',
      '{"b":null}',
      'PERMERROR Message-Instance m=2 has a null Recipe, earlier body hashes cannot be checked',
    ],
  ])('that %s', async (_what, json, expected) => {
    expect(await verdictOf(revisedHop(json), { envelope: secondEnvelope })).toBe(expected)
  })
})
