import { describe, expect, test } from 'vitest'
import { evaluateDmarc, type Identifiers } from '../../../src/dmarc/evaluate.ts'
import { type DmarcLookUps, dmarcLookUps } from '../../../src/dmarc/look-ups.ts'
import { type Zone, zoneResolver } from '../../../src/dns/zone-resolver.ts'

const nobody: Identifiers = { dkim: [], unknown: { dkim: [] } }

function zoneOf(records: Readonly<Record<string, string>>): Zone {
  return Object.fromEntries(
    Object.entries(records).map(([domain, text]) => [domain, { _dmarc: [['txt', text] as const] }]),
  )
}

function judge(
  authors: string | readonly string[],
  records: Readonly<Record<string, string>>,
  identifiers: Partial<Identifiers>,
) {
  const domains = typeof authors === 'string' ? [authors] : authors
  const lookUps = dmarcLookUps(zoneResolver(zoneOf(records)))
  return evaluateDmarc(domains, Promise.resolve({ ...nobody, ...identifiers }), lookUps)
}

describe('alignment (RFC 9989 section 4.4)', () => {
  const shop = { 'shop.example': 'v=DMARC1; p=reject' }
  test.each<[string, string, Readonly<Record<string, string>>, Partial<Identifiers>, string]>([
    ['the same domain by DKIM', 'shop.example', shop, { dkim: ['shop.example'] }, 'pass'],
    ['the same domain by SPF', 'shop.example', shop, { spf: 'shop.example' }, 'pass'],
    ['a name below by SPF', 'shop.example', shop, { spf: 'bounce.mail.shop.example' }, 'pass'],
    ['the domain above by DKIM', 'news.shop.example', shop, { dkim: ['shop.example'] }, 'pass'],
    ['a sibling', 'news.shop.example', shop, { dkim: ['mail.shop.example'] }, 'pass'],
    ['one of several signers', 'shop.example', shop, { dkim: ['other.example', 'shop.example'] }, 'pass'],
    ['another domain', 'shop.example', shop, { spf: 'other.example', dkim: ['list.example'] }, 'fail'],
    ['a domain that ends in the same letters', 'shop.example', shop, { dkim: ['myshop.example'] }, 'fail'],
    ['nobody', 'shop.example', shop, {}, 'fail'],
    // A public suffix as d= speaks for nobody below it.
    ['the suffix', 'shop.example', shop, { dkim: ['example'], spf: 'example' }, 'fail'],
    [
      'strict DKIM, a name below',
      'shop.example',
      { 'shop.example': 'v=DMARC1; p=reject; adkim=s' },
      { dkim: ['a.shop.example'] },
      'fail',
    ],
    [
      'strict DKIM, the same',
      'shop.example',
      { 'shop.example': 'v=DMARC1; p=reject; adkim=s' },
      { dkim: ['shop.example'] },
      'pass',
    ],
    [
      'strict DKIM says nothing of SPF',
      'shop.example',
      { 'shop.example': 'v=DMARC1; p=reject; adkim=s' },
      { spf: 'a.shop.example' },
      'pass',
    ],
    [
      'strict SPF',
      'shop.example',
      { 'shop.example': 'v=DMARC1; p=reject; aspf=s' },
      { spf: 'a.shop.example' },
      'fail',
    ],
    // An identifier with an organization of its own within the name of the author's.
    [
      'an identifier with psd=n',
      'shop.example',
      { ...shop, 'own.shop.example': 'v=DMARC1; psd=n; p=none' },
      { dkim: ['own.shop.example'] },
      'fail',
    ],
  ])('%s: From %s', async (_, author, records, identifiers, result) => {
    expect(await judge(author, records, identifiers)).toMatchObject({ result, domain: author })
  })

  test('below a public suffix domain shops are strangers to each other (RFC 9989 section B.4.3)', async () => {
    const records = {
      'shops.example': 'v=DMARC1; p=reject; psd=y',
      'big.shops.example': 'v=DMARC1; p=quarantine',
    }
    const author = 'big.shops.example'
    expect(await judge(author, records, { dkim: ['mail.huge.shops.example'] })).toMatchObject({
      result: 'fail',
      policy: 'quarantine',
    })
    expect(await judge(author, records, { spf: 'mail.big.shops.example' })).toMatchObject({ result: 'pass' })
    expect(await judge(author, records, { dkim: ['shops.example'] })).toMatchObject({ result: 'fail' })
    expect(await judge('huge.shops.example', records, { dkim: ['huge.shops.example'] })).toMatchObject({
      result: 'pass',
      policyDomain: 'shops.example',
      organizationalDomain: 'huge.shops.example',
    })
  })

  test('tells what aligned and which record was used', async () => {
    const found = await judge(
      'news.shop.example',
      { 'shop.example': 'v=DMARC1; p=reject; sp=quarantine; t=y' },
      { spf: 'a.shop.example' },
    )
    expect(found).toMatchObject({
      result: 'pass',
      policy: 'none',
      published: 'quarantine',
      tag: 'sp',
      record: 'v=DMARC1; p=reject; sp=quarantine; t=y',
      aligned: { spf: 'a.shop.example' },
      steps: [
        { name: '_dmarc.news.shop.example', found: 'absent' },
        { name: '_dmarc.shop.example', found: 'record' },
        { name: '_dmarc.example', found: 'absent' },
      ],
    })
  })
})

describe('several authors: the strictest that fails counts', () => {
  const records = {
    'a.example': 'v=DMARC1; p=none',
    'b.example': 'v=DMARC1; p=reject',
    'c.example': 'v=DMARC1; p=quarantine',
  }
  test.each<[readonly string[], Partial<Identifiers>, string, string]>([
    [['a.example', 'b.example', 'c.example'], {}, 'fail', 'b.example'],
    [['a.example', 'b.example'], { dkim: ['b.example'] }, 'fail', 'a.example'],
    [['a.example', 'b.example', 'c.example'], { dkim: ['b.example'] }, 'fail', 'c.example'],
    [['none.example', 'b.example'], { dkim: ['b.example'] }, 'pass', 'b.example'],
    [['none.example', 'nor.example'], {}, 'none', 'none.example'],
  ])('%j with %j: %s of %s', async (authors, identifiers, result, domain) => {
    expect(await judge(authors, records, identifiers)).toMatchObject({ result, domain })
  })

  test('more than are looked up cannot be judged, and nothing is asked', async () => {
    const many = ['a.example', 'b.example', 'c.example', 'd.example', 'e.example']
    expect(await judge(many, records, {})).toMatchObject({ result: 'permerror', steps: [] })
  })

  test('no author at all has no policy', async () => {
    expect(await judge([], records, {})).toMatchObject({ result: 'none', domain: '' })
  })
})

describe('what DNS does not tell is not a failure', () => {
  const failing = (name: string, record = 'v=DMARC1; p=reject'): DmarcLookUps => {
    const usual = dmarcLookUps(zoneResolver(zoneOf({ 'shop.example': record })))
    return {
      ...usual,
      txt: async asked => (asked === name ? { kind: 'temporary', reason: 'down' } : usual.txt(asked)),
    }
  }
  const evaluate = (lookUps: DmarcLookUps, identifiers: Partial<Identifiers>) =>
    evaluateDmarc(['shop.example'], Promise.resolve({ ...nobody, ...identifiers }), lookUps)

  test('the record of the author', async () => {
    const found = await evaluate(failing('_dmarc.shop.example'), {})
    expect(found).toMatchObject({ result: 'temperror', reason: 'down' })
    expect(found.policy).toBeUndefined()
  })

  test('the organization: only who could align is in doubt', async () => {
    const lookUps = failing('_dmarc.example')
    expect(await evaluate(lookUps, { dkim: ['a.shop.example'] })).toMatchObject({
      result: 'temperror',
      policy: 'reject',
    })
    expect(await evaluate(lookUps, { dkim: ['shop.example'] })).toMatchObject({ result: 'pass' })
    expect(await evaluate(lookUps, { dkim: ['a.shop.invalid'] })).toMatchObject({ result: 'fail' })
  })

  test('a key or an SPF record of somebody who could align', async () => {
    const lookUps = failing('nothing')
    expect(await evaluate(lookUps, { unknown: { dkim: ['shop.example'] } })).toMatchObject({
      result: 'temperror',
    })
    expect(await evaluate(lookUps, { unknown: { spf: 'a.shop.example', dkim: [] } })).toMatchObject({
      result: 'temperror',
    })
    expect(await evaluate(lookUps, { unknown: { spf: 'x.example', dkim: ['y.example'] } })).toMatchObject({
      result: 'fail',
    })
  })
})
