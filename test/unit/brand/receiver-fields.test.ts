/** The fields that a receiver writes for programs that read its mailboxes (draft-brotman-bimi-mua-00). */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { hashedRecipient, receiverFields } from '../../../src/brand/receiver-fields.ts'
import { signInput } from '../../../src/dkim2/algorithms.ts'
import type { Signer } from '../../../src/dkim2/signer.ts'
import { fieldValue, newField } from '../../../src/message/message.ts'
import { believesReceiver } from '../../support/reader-program.ts'

const brand = {
  domain: 'marketing.origin.example',
  location: 'https://origin.example/logo.svg',
  authority: 'https://origin.example/vmc.pem',
  image: Buffer.from('<svg>'.repeat(100)),
}
const now = Date.UTC(2025, 10, 15, 10)
const recipient = 'Reader@Destination.example'
const selectorField = newField('BIMI-Selector', 'v=BIMI1; s=brand')

function signerOf(key: KeyObject): Signer {
  const algorithm = key.asymmetricKeyType === 'rsa' ? 'rsa-sha256' : 'ed25519-sha256'
  return { selector: 'bimi', algorithm, sign: input => signInput(algorithm, key, input) }
}

describe.each([
  ['Ed25519', generateKeyPairSync('ed25519')],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 })],
])('signed with %s', (_, { privateKey, publicKey }) => {
  const made = receiverFields(brand, recipient, [selectorField], signerOf(privateKey), now)
  const all = async () => [...(await made), selectorField]

  test('the signature holds for what it covers', async () => {
    expect(believesReceiver(await all(), publicKey)).toBe(true)
  })

  test.each(['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'])(
    'a changed %s breaks it',
    async name => {
      const changed = (await all()).map(field => (field.name === name ? newField(name, 'v=BIMI1; x') : field))
      expect(believesReceiver(changed, publicKey)).toBe(false)
    },
  )

  test.each(['BIMI-Location', 'BIMI-Selector', 'BIMI-Receiver-Information'])(
    'a second %s breaks it',
    async name => {
      expect(believesReceiver([newField(name, 'v=BIMI1; x'), ...(await all())], publicKey)).toBe(false)
    },
  )
})

describe('what they say', () => {
  const made = receiverFields(brand, recipient, [], signerOf(generateKeyPairSync('ed25519').privateKey), now)
  const written = async () => (await made).map(field => `${field.name}: ${fieldValue(field)}`)

  test('where image and certificate are, the image itself, when and for whom', async () => {
    const values = await written()
    const hash = createHash('sha256').update('reader').digest('hex')
    expect(values.slice(1)).toEqual([
      'BIMI-Location: v=BIMI1; a=https://origin.example/vmc.pem; l=https://origin.example/logo.svg',
      expect.stringMatching(/^BIMI-Indicator: [A-Za-z0-9+/= ]+$/),
      `BIMI-Receiver-Information: date: Sat, 15 Nov 2025 10:00:00 +0000 ; rcpt: ${hash}@destination.example`,
    ])
    const indicator = (values[2] ?? '').replace('BIMI-Indicator: ', '').replaceAll(' ', '')
    expect(Buffer.from(indicator, 'base64').equals(brand.image)).toBe(true)
  })

  test('the signing domain is that of the recipient, the selector begins with where the image was found', async () => {
    const values = await written()
    expect(values[0]).toContain('d=destination.example;')
    expect(values[0]).toContain('s=marketing.origin.example.bimi;')
  })

  test('no line is longer than 78 characters but the one that the hash fills', async () => {
    const octets = (await made).map(field => field.octets.toString())
    const long = octets.flatMap(text => text.split('\r\n')).filter(line => line.length > 78)
    expect(long).toEqual([expect.stringMatching(/^ rcpt: [0-9a-f]{64}@destination\.example$/)])
  })

  test('local parts that are the same mailbox have the same hash', () => {
    expect(hashedRecipient('READER@destination.example')).toBe(
      hashedRecipient('"reader"@destination.EXAMPLE'),
    )
  })
})
