/** The fields that a receiver writes for programs that read its mailboxes (draft-brotman-bimi-mua-00). */
import { createHash, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashedRecipient, receiverFields } from '../../../src/brand/receiver-fields.ts'
import { fieldValue, type HeaderField, newField } from '../../../src/message/message.ts'
import { parseTagList } from '../../../src/message/tag-list.ts'

const brand = {
  domain: 'marketing.origin.example',
  location: 'https://origin.example/logo.svg',
  authority: 'https://origin.example/vmc.pem',
  image: Buffer.from('<svg>'.repeat(100)),
}
const now = Date.UTC(2025, 10, 15, 10)
const recipient = 'Reader@Destination.example'
const selectorField = newField('BIMI-Selector', 'v=BIMI1; s=brand')

/** Verification as a reader's program does it: from the fields as they stand, the last of a name first. */
function isValid(fields: readonly HeaderField[], key: KeyObject): boolean {
  const signature = fields.find(({ name }) => name === 'BIMI-Receiver-Signature')
  if (signature === undefined) return false
  const tags = parseTagList(fieldValue(signature))
  if (tags.kind !== 'tags') return false
  const left = fields.filter(field => field !== signature)
  const lines = (tags.get('h') ?? '').split(':').map(name => {
    const at = left.findLastIndex(field => field.name.toLowerCase() === name.trim().toLowerCase())
    const [field] = at < 0 ? [] : left.splice(at, 1)
    return field === undefined ? '' : `${canonical(field)}\r\n`
  })
  const unsigned = canonical(signature).replace(/ b=.*$/, ' b=')
  const input = Buffer.from(lines.join('') + unsigned, 'latin1')
  const value = Buffer.from((tags.get('b') ?? '').replace(/\s/g, ''), 'base64')
  if (key.asymmetricKeyType === 'rsa') return verify('sha256', input, key, value)
  return verify(null, createHash('sha256').update(input).digest(), key, value)
}

function canonical(field: HeaderField): string {
  return `${field.name.toLowerCase()}:${fieldValue(field).replace(/[ \t]+/g, ' ')}`
}

describe.each([
  ['Ed25519', generateKeyPairSync('ed25519')],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
])('signed with %s', (_, { privateKey, publicKey }) => {
  const signer = { selector: 'bimi', key: privateKey }
  const fields = receiverFields(brand, recipient, [selectorField], signer, now)
  const all = [...fields, selectorField]

  test('the signature holds for what it covers', () => {
    expect(isValid(all, publicKey)).toBe(true)
  })

  test.each(['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'])(
    'a changed %s breaks it',
    name => {
      const changed = all.map(field => (field.name === name ? newField(name, 'v=BIMI1; x') : field))
      expect(isValid(changed, publicKey)).toBe(false)
    },
  )

  test.each(['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'])(
    'a second %s breaks it',
    name => {
      expect(isValid([newField(name, 'v=BIMI1; x'), ...all], publicKey)).toBe(false)
    },
  )
})

describe('what they say', () => {
  const signer = { selector: 'bimi', key: generateKeyPairSync('ed25519').privateKey }
  const values = receiverFields(brand, recipient, [], signer, now).map(
    field => `${field.name}: ${fieldValue(field)}`,
  )

  test('where image and certificate are, the image itself, when and for whom', () => {
    const hash = createHash('sha256').update('reader').digest('hex')
    expect(values.slice(1)).toEqual([
      'BIMI-Location: v=BIMI1; a=https://origin.example/vmc.pem; l=https://origin.example/logo.svg',
      expect.stringMatching(/^BIMI-Indicator: [A-Za-z0-9+/= ]+$/),
      `BIMI-Receiver-Information: date: Sat, 15 Nov 2025 10:00:00 +0000 ; rcpt: ${hash}@destination.example`,
    ])
    const indicator = (values[2] ?? '').replace('BIMI-Indicator: ', '').replaceAll(' ', '')
    expect(Buffer.from(indicator, 'base64').equals(brand.image)).toBe(true)
  })

  test('the signing domain is that of the recipient, the selector begins with where the image was found', () => {
    expect(values[0]).toContain('d=destination.example;')
    expect(values[0]).toContain('s=marketing.origin.example.bimi;')
  })

  test('no line is longer than 78 characters but the one that the hash fills', () => {
    const octets = receiverFields(brand, recipient, [], signer, now).map(field => field.octets.toString())
    const long = octets.flatMap(text => text.split('\r\n')).filter(line => line.length > 78)
    expect(long).toEqual([expect.stringMatching(/^ rcpt: [0-9a-f]{64}@destination\.example$/)])
  })

  test('local parts that are the same mailbox have the same hash', () => {
    expect(hashedRecipient('READER@destination.example')).toBe(
      hashedRecipient('"reader"@destination.EXAMPLE'),
    )
  })
})
