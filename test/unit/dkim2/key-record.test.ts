import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keyRecordName, keyRecordText, parseKeyRecord } from '../../../src/dkim2/key-record.ts'
import { privateKey } from '../../support/dkim2-parties.ts'

const ed = createPublicKey(privateKey('origin.example', 'ed'))
const rsa = createPublicKey(privateKey('origin.example', 'rsa'))

function p(key: KeyObject): string {
  return /p=(.*)$/.exec(keyRecordText(key))?.[1] ?? ''
}

function pkcs1(key: KeyObject): string {
  return key.export({ type: 'pkcs1', format: 'der' }).toString('base64')
}

function kind(text: string): string {
  const record = parseKeyRecord(text)
  return record.kind === 'key' ? record.algorithm : record.kind
}

function rsaKey(modulusLength: number, publicExponent = 65_537): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey
}

describe('a key record', () => {
  test('is published below _domainkey', () => {
    expect(keyRecordName('ed', 'a.example')).toBe('ed._domainkey.a.example')
  })

  test('that is written is read again', () => {
    for (const key of [ed, rsa]) {
      const record = parseKeyRecord(keyRecordText(key))
      expect(record.kind === 'key' && record.key.equals(key)).toBe(true)
    }
  })

  test.each([
    ['with k=rsa', `v=DKIM1; k=rsa; p=${p(rsa)}`, 'rsa-sha256'],
    ['without k, which is rsa', `p=${p(rsa)}`, 'rsa-sha256'],
    ['in PKCS#1', `k=rsa; p=${pkcs1(rsa)}`, 'rsa-sha256'],
    ['with k=ed25519', `v=DKIM1;k=ed25519;p=${p(ed)};`, 'ed25519-sha256'],
    ['without padding', `k=ed25519; p=${p(ed).replace(/=+$/, '')}`, 'ed25519-sha256'],
    ['with white space in p', `k=ed25519; p=${p(ed).replace(/(.{8})/g, '$1 ')}`, 'ed25519-sha256'],
    ['with h, which is ignored', `k=ed25519; h=sha1; p=${p(ed)}`, 'ed25519-sha256'],
    ['with unknown tags', `k=ed25519; s=email; n=note; q=9; p=${p(ed)}`, 'ed25519-sha256'],
  ])('%s is a key', (_what, text, expected) => {
    expect(kind(text)).toBe(expected)
  })

  test.each([
    ['an empty p', 'v=DKIM1; k=rsa; p=', 'revoked'],
    ['an unknown key type', `k=dsa; p=${p(ed)}`, 'unknown type'],
    ['no p', 'v=DKIM1; k=rsa', 'malformed'],
    ['no tag list', 'hello world', 'malformed'],
    ['nothing', '', 'malformed'],
    ['another v', `v=DKIM2; p=${p(rsa)}`, 'malformed'],
    ['v not first', `p=${p(rsa)}; v=DKIM1`, 'malformed'],
    ['a repeated tag', `p=${p(rsa)}; p=${p(rsa)}`, 'malformed'],
    ['p that is not base64', 'k=ed25519; p=!!!', 'malformed'],
    ['an RSA p that is no key', 'k=rsa; p=AAAA', 'malformed'],
    [
      'an Ed25519 key said to be RSA',
      `k=rsa; p=${ed.export({ type: 'spki', format: 'der' }).toString('base64')}`,
      'malformed',
    ],
    ['an Ed25519 key of 31 octets', `k=ed25519; p=${Buffer.alloc(31, 1).toString('base64')}`, 'malformed'],
    [
      'an Ed25519 key as SubjectPublicKeyInfo',
      `k=ed25519; p=${ed.export({ type: 'spki', format: 'der' }).toString('base64')}`,
      'malformed',
    ],
    ['an SPF record', 'v=spf1 -all', 'malformed'],
  ])('with %s is %s', (_what, text, expected) => {
    expect(kind(text)).toBe(expected)
  })

  test('says whether its owner is testing', () => {
    const record = parseKeyRecord(`k=ed25519; t=s:y; p=${p(ed)}`)
    expect(record.kind === 'key' && record.testing).toBe(true)
    const other = parseKeyRecord(keyRecordText(ed))
    expect(other.kind === 'key' && other.testing).toBe(false)
  })

  test('is parsed once: the same text gives the same key object', () => {
    const text = keyRecordText(rsa)
    expect(parseKeyRecord(text)).toBe(parseKeyRecord(text))
  })

  test('of a kind that has no record is not written', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(() => keyRecordText(publicKey)).toThrow(RangeError)
  })
})

describe('RSA keys', () => {
  test('below 1024 bits are unusable', () => {
    expect(parseKeyRecord(keyRecordText(rsaKey(768)))).toMatchObject({
      kind: 'malformed',
      reason: /768 bits/,
    })
    expect(kind(keyRecordText(rsaKey(1_024)))).toBe('rsa-sha256')
  })

  test('with another exponent than 65537 are unusable', () => {
    expect(kind(keyRecordText(rsaKey(1_024, 3)))).toBe('malformed')
  })
})

describe('Ed25519 keys that would let anyone sign', () => {
  /** The points of small order, and the encodings of them that are not canonical (y not below the prime). */
  test.each([
    ['the neutral element', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['order 4, other sign', '0000000000000000000000000000000000000000000000000000000000000080'],
    ['order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['order 8, other', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['not canonical: prime + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['not canonical: the prime', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['not on the curve', '0200000000000000000000000000000000000000000000000000000000000000'],
    ['all ones', 'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff'],
  ])('are refused: %s', (_what, hex) => {
    expect(kind(`k=ed25519; p=${Buffer.from(hex, 'hex').toString('base64')}`)).toBe('malformed')
  })
})
