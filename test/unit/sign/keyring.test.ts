import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { verifyAsync } from '@noble/ed25519'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { parseKeyRecord, profiles } from '../../../src/dkim2/index.ts'
import type { Algorithm, ProfileId } from '../../../src/dkim2/model.ts'
import { ensureBounceKey, ensureListTokenKeys } from '../../../src/sign/bounce-key.ts'
import { rawEd25519 } from '../../../src/sign/cross-check.ts'
import { ensureKeys, generateKey } from '../../../src/sign/generate.ts'
import { KeyError } from '../../../src/sign/key-file.ts'
import { loadKeyring } from '../../../src/sign/keyring.ts'

const root = mkdtempSync(join(tmpdir(), 'keys-'))
afterAll(() => rmSync(root, { recursive: true }))

let folder: string
let number = 0
beforeEach(() => {
  number += 1
  folder = join(root, String(number))
})

const alias = 'alias.example'
const mailversion = {
  id: 'mailversion' as const,
  algorithms: new Set<Algorithm>(['rsa-sha256', 'ed25519-sha256']),
  maxSignatures: 2,
  groups: { alternatives: false, unknownAlgorithms: 'ignored', precedence: ['permerror'] } as const,
}

async function failureOf(work: Promise<unknown>): Promise<KeyError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(KeyError)
  return failure as KeyError
}

describe('making keys', () => {
  test('a key file has mode 0600 in a folder of mode 0700', async () => {
    const key = await generateKey(folder, 'ed25519', { selector: 'ed', domain: 'Alias.Example' })
    expect(key.file).toBe(join(folder, 'ed._domainkey.alias.example.pem'))
    expect(statSync(key.file).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readFileSync(key.file, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----\n/)
  })

  test('a key is never overwritten', async () => {
    const first = await generateKey(folder, 'ed25519', { selector: 'ed', domain: alias })
    const before = readFileSync(first.file)
    const failure = await failureOf(generateKey(folder, 'ed25519', { selector: 'ed', domain: alias }))
    expect(failure.message).toContain('never overwritten')
    expect(readFileSync(first.file)).toEqual(before)
  })

  test.each([
    ['../ed', alias],
    ['ed', '../../etc'],
    ['', alias],
    ['ed', 'a..b'],
    ['e d', alias],
    ['ed/x', alias],
  ])('selector %j with domain %j is refused', async (selector, domain) => {
    await failureOf(generateKey(folder, 'ed25519', { selector, domain }))
    expect(existsSync(folder)).toBe(false)
  })

  test('a domain without any key gets one of each kind, one with a key gets none', async () => {
    await generateKey(folder, 'ed25519', { selector: 'mine', domain: 'b.example' })
    const { keyring, generated } = await ensureKeys(folder, [alias, 'b.example'])
    expect(generated.map(key => key.recordName)).toEqual([
      'ed._domainkey.alias.example',
      'rsa._domainkey.alias.example',
    ])
    expect(keyring.keys.map(key => `${key.selector} ${key.domain}`)).toEqual([
      'ed alias.example',
      'rsa alias.example',
      'mine b.example',
    ])
    expect((await ensureKeys(folder, [alias, 'b.example'])).generated).toEqual([])
  })
})

describe('reading the keys folder', () => {
  test('a folder that is not there holds no keys', async () => {
    expect((await loadKeyring(folder)).keys).toEqual([])
  })

  test('files that are no signing keys are passed over', async () => {
    mkdirSync(folder)
    for (const name of ['bounce-address.key', 'tls-key.pem', 'README', '._domainkey.x.pem'])
      writeFileSync(join(folder, name), 'x')
    expect((await loadKeyring(folder)).keys).toEqual([])
  })

  test.each([0o644, 0o640, 0o604, 0o620, 0o601])(
    'mode %o is refused with the command that mends it',
    async mode => {
      const { file } = await generateKey(folder, 'ed25519', { selector: 'ed', domain: alias })
      chmodSync(file, mode)
      const failure = await failureOf(loadKeyring(folder))
      expect(failure.message).toContain(`mode 0${mode.toString(8)}, expected 0600`)
      expect(failure.message).toContain(`chmod 600 '${file}'`)
    },
  )

  test('mode 0400 is as good as 0600', async () => {
    const { file } = await generateKey(folder, 'ed25519', { selector: 'ed', domain: alias })
    chmodSync(file, 0o400)
    expect((await loadKeyring(folder)).keys).toHaveLength(1)
  })

  test('what is no key is refused without a word of what stands in it', async () => {
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'ed._domainkey.alias.example.pem'),
      '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
      { mode: 0o600 },
    )
    const failure = await failureOf(loadKeyring(folder))
    expect(failure.message).toContain('ed._domainkey.alias.example.pem: holds no private key in PEM')
    expect(failure.message).not.toContain('c2VjcmV0')
    expect(failure.cause).toBeUndefined()
  })

  test.each([
    ['a curve of TLS', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    [
      'RSA of 1024 bits, which is verified but never signed with',
      () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
    ],
  ])('%s cannot sign', async (_kind, make) => {
    mkdirSync(folder)
    const pem = make().export({ type: 'pkcs8', format: 'pem' })
    writeFileSync(join(folder, 'x._domainkey.alias.example.pem'), pem, { mode: 0o600 })
    expect((await failureOf(loadKeyring(folder))).message).toContain(
      'expected Ed25519, ML-DSA-44, or RSA of 2048 bits or more',
    )
  })
})

describe('the signers of a domain', () => {
  test('without a choice all keys of the domain sign, Ed25519 first', async () => {
    const { keyring } = await ensureKeys(folder, [alias, 'b.example'])
    expect(keyring.signers('ALIAS.example').map(key => key.selector)).toEqual(['ed', 'rsa'])
    expect(keyring.signers('c.example')).toEqual([])
  })

  test('a choice is kept in its order', async () => {
    const { keyring } = await ensureKeys(folder, [alias])
    const selectors = ['rsa', 'ed']
    expect(keyring.signers(alias, { selectors }).map(key => key.selector)).toEqual(selectors)
    expect(keyring.signers(alias, { selectors: ['rsa'] }).map(key => key.algorithm)).toEqual(['rsa-sha256'])
  })

  test('a selector without a key is named, with those that there are', async () => {
    const { keyring } = await ensureKeys(folder, [alias])
    expect(() => keyring.signers(alias, { selectors: ['x'] })).toThrow(
      'alias.example has no key with the selector x: it has ed, rsa',
    )
    expect(() => keyring.signers('c.example', { selectors: ['x'] })).toThrow('it has none')
  })

  test('a profile takes the keys of its algorithms only, and a domain that has none of them cannot sign', async () => {
    const { keyring } = await ensureKeys(folder, [alias])
    const profile = { ...mailversion, algorithms: new Set<Algorithm>(['rsa-sha256']) }
    expect(keyring.signers(alias, { profile }).map(key => key.selector)).toEqual(['rsa'])
    expect(() => keyring.signers(alias, { profile, selectors: ['ed'] })).toThrow(
      'alias.example has no key that signs in profile mailversion (rsa-sha256)',
    )
    expect(keyring.signers('c.example', { profile })).toEqual([])
  })

  test('ML-DSA stands in a group of its own, so that who does not know it goes by the others', async () => {
    await ensureKeys(folder, [alias])
    await generateKey(folder, 'mldsa44', { selector: 'mldsa', domain: alias })
    const ring = await loadKeyring(folder)
    const groupsIn = (id: ProfileId) => {
      const profile = profiles.get(id)
      const signers = ring.signers(alias, profile === undefined ? {} : { profile })
      return signers.map(key => [key.selector, key.group ?? 0])
    }
    expect(groupsIn('message-instance')).toEqual([
      ['ed', 0],
      ['rsa', 0],
      ['mldsa', 1],
    ])
    expect(groupsIn('mailversion')).toEqual([
      ['ed', 0],
      ['rsa', 0],
    ])
  })

  test('three keys and no choice are refused: a signature has room for two', async () => {
    await ensureKeys(folder, [alias])
    await generateKey(folder, 'ed25519', { selector: 'third', domain: alias })
    const keyring = await loadKeyring(folder)
    expect(() => keyring.signers(alias, { profile: mailversion })).toThrow(
      /3 keys \(ed, third, rsa\).*domains\["alias\.example"\]\.signing\.selectors/,
    )
  })
})

describe('signing', () => {
  const input = Buffer.from('dkim2-signature:i=1;\r\n'.repeat(50))

  test('RSA is PKCS#1 v1.5 over the SHA-256 of the input', async () => {
    const key = await generateKey(folder, 'rsa', { selector: 'rsa', domain: alias })
    expect(key.algorithm).toBe('rsa-sha256')
    expect(verify('sha256', input, key.publicKey, await key.sign(input))).toBe(true)
  })

  test('ML-DSA-44 signs the input itself with the context DKIM2', async () => {
    const key = await generateKey(folder, 'mldsa44', { selector: 'mldsa', domain: alias })
    const signature = await key.sign(input)
    expect(key.algorithm).toBe('mldsa44')
    expect(signature).toHaveLength(2_420)
    const context = Buffer.from('DKIM2')
    expect(verify(null, input, { key: key.publicKey, context } as never, signature)).toBe(true)
    expect(Buffer.from(key.record.replace(/^.*p=/, ''), 'base64')).toHaveLength(1_312)
    expect(parseKeyRecord(key.record)).toMatchObject({ kind: 'key', algorithm: 'mldsa44' })
  })

  test('Ed25519 signs the SHA-256 digest of the input (RFC 8463 section 3), and both implementations agree', async () => {
    const key = await generateKey(folder, 'ed25519', { selector: 'ed', domain: alias })
    const digest = createHash('sha256').update(input).digest()
    const signature = await key.sign(input)
    expect(key.algorithm).toBe('ed25519-sha256')
    expect(verify(null, digest, key.publicKey, signature)).toBe(true)
    expect(await verifyAsync(signature, digest, rawEd25519(key.publicKey))).toBe(true)
  })

  test('keys made elsewhere sign as their published records say', async ({ skip }) => {
    const vectors = resolve('../shared/vectors/mailversion')
    if (!existsSync(vectors)) skip('the test messages of other implementations are not here')
    mkdirSync(folder)
    for (const name of readdirSync(join(vectors, 'keys'))) {
      copyFileSync(join(vectors, 'keys', name), join(folder, name))
      chmodSync(join(folder, name), 0o600)
    }
    const zone: Record<string, Record<string, [string, string][]>> = JSON.parse(
      readFileSync(join(vectors, 'dns.json'), 'utf8'),
    )
    for (const key of (await loadKeyring(folder)).keys) {
      expect(zone[key.domain]?.[`${key.selector}._domainkey`]).toEqual([['txt', key.record]])
    }
  })
})

describe('the key of the list tokens', () => {
  test('one that was put aside as the previous one stays good, and a new one is made', async () => {
    const [first] = await ensureListTokenKeys(folder, octets => Buffer.alloc(octets, 1))
    renameSync(join(folder, 'list-token.key'), join(folder, 'list-token.previous.key'))
    const keys = await ensureListTokenKeys(folder, octets => Buffer.alloc(octets, 2))
    expect(keys).toEqual([Buffer.alloc(32, 2), first])
    expect(statSync(join(folder, 'list-token.key')).mode & 0o777).toBe(0o600)
  })
})

describe('the key of the bounce addresses', () => {
  const random = (octets: number) => Buffer.alloc(octets, 7)

  test('it is made once and read afterwards', async () => {
    expect(await ensureBounceKey(folder, random)).toEqual(Buffer.alloc(32, 7))
    const kept = await ensureBounceKey(folder, () => {
      throw new Error('must not be made again')
    })
    expect(kept).toEqual(Buffer.alloc(32, 7))
    expect(statSync(join(folder, 'bounce-address.key')).mode & 0o777).toBe(0o600)
  })

  test('one of another length is not replaced: every address in flight would become a forgery', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'bounce-address.key'), 'short', { mode: 0o600 })
    expect((await failureOf(ensureBounceKey(folder, random))).message).toContain(
      'expected 32 octets, found 5',
    )
  })

  test('one that others may read is refused', async () => {
    await ensureBounceKey(folder, random)
    chmodSync(join(folder, 'bounce-address.key'), 0o644)
    expect((await failureOf(ensureBounceKey(folder, random))).message).toContain('chmod 600')
  })
})
