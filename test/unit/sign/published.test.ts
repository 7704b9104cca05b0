import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { keyRecordText } from '../../../src/dkim2/key-record.ts'
import { keyFileName, parseKeyFileName } from '../../../src/sign/key-name.ts'
import { comparePublished, keyZone } from '../../../src/sign/published.ts'
import { keySigner } from '../../../src/sign/signer.ts'
import type { SigningKey } from '../../../src/sign/signing-key.ts'
import { zoneFileLine } from '../../../src/sign/zone-line.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key: SigningKey = {
  ...keySigner('ed', 'ed25519-sha256', privateKey),
  domain: 'alias.example',
  file: 'keys/ed._domainkey.alias.example.pem',
  recordName: 'ed._domainkey.alias.example',
  record: keyRecordText(publicKey),
  publicKey,
}
const raw = key.record.replace(/^.*p=/, '')

describe('the published record of a key', () => {
  test.each([
    ['as it was printed', key.record],
    [
      'in another order, with white space and a note',
      `k=ed25519; n=new;  p=${raw.slice(0, 9)} ${raw.slice(9)} ;`,
    ],
  ])('is ok %s', (_rule, record) => {
    expect(comparePublished(key, { kind: 'records', records: [record] })).toEqual({ key, state: 'ok' })
  })

  test.each([
    ['holds another key', keyRecordText(generateKeyPairSync('ed25519').publicKey)],
    ['says another kind', `v=DKIM1; k=rsa; p=${raw}`],
    ['is revoked', 'v=DKIM1; k=ed25519; p='],
    ['is something else', 'v=spf1 -all'],
  ])('is different when it %s', (_rule, record) => {
    const compared = comparePublished(key, { kind: 'records', records: [record] })
    expect(compared.state).toBe('different')
    expect(compared.found?.startsWith(record)).toBe(true)
  })

  test('is different when there are two of them', () => {
    const compared = comparePublished(key, { kind: 'records', records: [key.record, key.record] })
    expect(compared).toEqual({ key, state: 'different', found: '2 records; there must be one' })
  })

  test('is missing when there is none, and unknown when nobody answered', () => {
    expect(comparePublished(key, { kind: 'absent' }).state).toBe('missing')
    expect(comparePublished(key, { kind: 'temporary', reason: 'no answer' })).toEqual({
      key,
      state: 'unknown',
      found: 'no answer',
    })
  })
})

describe('records to publish', () => {
  test('the zone has the form that verify --dns reads', () => {
    expect(keyZone([key])).toEqual({ 'alias.example': { 'ed._domainkey': [['txt', key.record]] } })
  })

  test('text beyond 255 octets becomes several strings (RFC 1035 section 3.3.14)', () => {
    expect(zoneFileLine('a.example', 'x'.repeat(256))).toBe(`a.example. IN TXT "${'x'.repeat(255)}" "x"`)
    expect(zoneFileLine('a.example', 'v=DKIM1')).toBe('a.example. IN TXT "v=DKIM1"')
  })
})

describe('names of key files', () => {
  test.each([
    { selector: 'ed', domain: 'alias.example' },
    { selector: '2025.q4', domain: 'xn--bcher-kva.example' },
  ])('%j comes back from its file name', name => {
    expect(parseKeyFileName(keyFileName(name))).toEqual(name)
  })

  test.each([
    'ed.pem',
    '._domainkey.a.example.pem',
    'ed._domainkey.pem',
    'ed._domainkey.a.example',
    'ed._domainkey.a..b.pem',
    '-._domainkey.a.pem',
  ])('%s is no key file', file => {
    expect(parseKeyFileName(file)).toBeUndefined()
  })
})
