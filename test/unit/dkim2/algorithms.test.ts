import {
  createPrivateKey,
  createPublicKey,
  sign as cryptoSign,
  generateKeyPairSync,
  hash,
  verify,
} from 'node:crypto'
import { verifyAsync } from '@noble/ed25519'
import { describe, expect, test } from 'vitest'
import { isKnownAlgorithm, signInput, signInputAtOnce, verifyInput } from '../../../src/dkim2/algorithms.ts'
import type { Algorithm } from '../../../src/dkim2/model.ts'
import { privateKey } from '../../support/dkim2-parties.ts'

const input = Buffer.from('subject:x\r\nmailversion:v=1;\r\n')
const ed = privateKey('origin.example', 'ed')
const rsa = privateKey('origin.example', 'rsa')

describe('ed25519-sha256 (RFC 8463 section 3)', () => {
  test('signs the SHA-256 digest of the input, so that another implementation agrees', async () => {
    const value = await signInput('ed25519-sha256', ed, input)
    const raw = createPublicKey(ed).export({ type: 'spki', format: 'der' }).subarray(-32)
    const digest = hash('sha256', input, 'buffer')
    expect(await verifyAsync(Uint8Array.from(value), Uint8Array.from(digest), Uint8Array.from(raw))).toBe(
      true,
    )
  })

  test('gives at once what it gives later', async () => {
    expect(signInputAtOnce('ed25519-sha256', ed, input)).toEqual(await signInput('ed25519-sha256', ed, input))
    expect(signInputAtOnce('rsa-sha256', rsa, input)).toEqual(await signInput('rsa-sha256', rsa, input))
    expect(() => signInputAtOnce('rsa-sha1' as Algorithm, rsa, input)).toThrow(RangeError)
  })

  test('is deterministic: the key of RFC 8032 section 7.1 gives what a direct call gives', async () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
    const prefix = '302e020100300506032b657004220420'
    const key = createPrivateKey({ key: Buffer.from(prefix + seed, 'hex'), format: 'der', type: 'pkcs8' })
    const value = await signInput('ed25519-sha256', key, input)
    expect(value).toEqual(cryptoSign(null, hash('sha256', input, 'buffer'), key))
  })
})

describe('rsa-sha256 (RFC 6376 section 3.3.1)', () => {
  test('is PKCS#1 v1.5 over the input', async () => {
    expect(await signInput('rsa-sha256', rsa, input)).toEqual(cryptoSign('RSA-SHA256', input, rsa))
  })
})

describe('a signature', () => {
  test.each([
    ['ed25519-sha256', ed],
    ['rsa-sha256', rsa],
  ] as const)('of %s holds for what was signed and for nothing else', async (algorithm, key) => {
    const value = await signInput(algorithm, key, input)
    const publicKey = createPublicKey(key)
    expect(await verifyInput(algorithm, publicKey, input, value)).toBe(true)
    expect(await verifyInput(algorithm, publicKey, Buffer.concat([input, Buffer.from('x')]), value)).toBe(
      false,
    )
    const damaged = Buffer.from(value)
    damaged.writeUInt8(damaged.readUInt8(0) ^ 1, 0)
    expect(await verifyInput(algorithm, publicKey, input, damaged)).toBe(false)
  })

  test.each([0, 1, 63, 65, 10_000])('of %d octets does not hold and does no harm', async length => {
    for (const [algorithm, key] of [
      ['ed25519-sha256', ed],
      ['rsa-sha256', rsa],
    ] as const) {
      expect(await verifyInput(algorithm, createPublicKey(key), input, Buffer.alloc(length, 7))).toBe(false)
    }
  })

  test('of a key of another kind does not hold', async () => {
    const value = await signInput('ed25519-sha256', ed, input)
    expect(await verifyInput('ed25519-sha256', createPublicKey(rsa), input, value)).toBe(false)
    expect(await verifyInput('rsa-sha256', createPublicKey(ed), input, value)).toBe(false)
  })
})

describe('an algorithm', () => {
  test('that is not known signs nothing and holds nothing', async () => {
    await expect(signInput('rsa-sha1' as Algorithm, ed, input)).rejects.toThrow(RangeError)
    expect(await verifyInput('rsa-sha1' as Algorithm, createPublicKey(ed), input, Buffer.alloc(64))).toBe(
      false,
    )
  })

  test('mldsa44 is ML-DSA-44 over the input itself with the context string DKIM2', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ml-dsa-44')
    const value = await signInput('mldsa44', privateKey, input)
    expect(value).toHaveLength(2_420)
    expect(await verifyInput('mldsa44', publicKey, input, value)).toBe(true)
    const withContext = { key: publicKey, context: Buffer.from('DKIM2') }
    expect(verify(null, input, withContext, value)).toBe(true)
    expect(verify(null, input, publicKey, value)).toBe(false)
    expect(await verifyInput('mldsa44', publicKey, Buffer.from('other'), value)).toBe(false)
  })

  test.each([
    ['rsa-sha256', true],
    ['ed25519-sha256', true],
    ['rsa-sha1', false],
    ['', false],
    ['toString', false],
  ])('%s is known: %s', (name, expected) => {
    expect(isKnownAlgorithm(name)).toBe(expected)
  })

  test('refuses a key that cannot sign with it', async () => {
    await expect(signInput('rsa-sha256', createPublicKey(rsa), input)).rejects.toThrow()
  })
})
