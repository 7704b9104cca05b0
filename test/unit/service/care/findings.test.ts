/** What the daily look asks DNS and the file system. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../../src/config/load.ts'
import { keyRecordText } from '../../../../src/dkim2/key-record.ts'
import { zoneResolver } from '../../../../src/dns/zone-resolver.ts'
import { endingCertificates } from '../../../../src/service/care/ending-certificates.ts'
import { failingKeys } from '../../../../src/service/care/failing-keys.ts'
import { keySigner } from '../../../../src/sign/signer.ts'
import type { SigningKey } from '../../../../src/sign/signing-key.ts'
import { certificateFor } from '../../../support/certificates.ts'
import { openPath } from '../../../support/path.ts'
import { temporaryFolder } from '../../../support/test-relay.ts'

function keyOf(domain: string): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    ...keySigner('ed', 'ed25519-sha256', privateKey),
    domain,
    file: `ed._domainkey.${domain}.pem`,
    recordName: `ed._domainkey.${domain}`,
    record: keyRecordText(publicKey),
    publicKey,
  }
}

describe('keys', () => {
  const [good, bare, wrong, former] = ['good.example', 'bare.example', 'wrong.example', 'former.example'].map(
    keyOf,
  ) as [SigningKey, SigningKey, SigningKey, SigningKey]
  const resolver = zoneResolver({
    'good.example': { 'ed._domainkey': [['txt', good.record]] },
    'wrong.example': { 'ed._domainkey': [['txt', keyOf('x.example').record]] },
  })

  test('whose record is missing or another one are told, those of former domains are not', async () => {
    const keyring = { keys: [good, bare, wrong, former], statuses: [] }
    const found = await failingKeys(keyring, domain => domain !== 'former.example', resolver)
    expect(found).toMatchObject([
      { recordName: 'ed._domainkey.bare.example', state: 'missing', isPending: false },
      { recordName: 'ed._domainkey.wrong.example', state: 'different' },
    ])
  })

  test('that wait for their record are told as such', async () => {
    const status = {
      selector: 'ed',
      domain: 'bare.example',
      state: 'pending',
      hasFile: true,
      note: {},
    } as const
    const found = await failingKeys({ keys: [bare], statuses: [status] }, () => true, resolver)
    expect(found).toMatchObject([{ isPending: true }])
  })

  test('of a running relay are looked up with the records that it would publish', async () => {
    const { path } = await openPath()
    const found = await failingKeys(path.keys.keyring, () => true, path.resolver)
    expect(found.length).toBeGreaterThan(0)
    expect(found.every(({ state }) => state === 'missing')).toBe(true)
  })
})

describe('certificates', () => {
  const day = 86_400_000

  test('that end within fourteen days or cannot be read are told once a file, with all their listeners', async () => {
    const folder = temporaryFolder()
    const file = (name: string) => join(folder, `${name}.pem`)
    await writeFile(file('soon'), certificateFor(['relay.example'], { days: 10 }).cert)
    await writeFile(file('late'), certificateFor(['relay.example'], { days: 60 }).cert)
    await writeFile(file('broken'), 'no certificate')
    const listener = (name: string, certificate: string) => ({
      name,
      port: 0,
      certificate: { certificateFile: file(certificate), keyFile: file(certificate) },
    })
    const input = {
      hostname: 'relay.example',
      domains: {},
      listeners: [
        listener('mx', 'soon'),
        listener('tls', 'soon'),
        listener('new', 'late'),
        listener('odd', 'broken'),
      ],
    }
    const config = parseConfig(input, { file: 'test', folder })
    const found = await endingCertificates(config, Date.now())
    expect(found).toMatchObject([
      { listeners: ['mx', 'tls'], file: file('soon') },
      { listeners: ['odd'], endsAt: undefined },
    ])
    expect(await endingCertificates(config, Date.now() + 50 * day)).toHaveLength(3)
  })

  test('of the HTTP and admin listeners are among them', async () => {
    const folder = temporaryFolder()
    const pem = join(folder, 'soon.pem')
    await writeFile(pem, certificateFor(['relay.example'], { days: 10 }).cert)
    const certificate = { certificateFile: pem, keyFile: pem }
    const input = {
      hostname: 'relay.example',
      domains: {},
      listeners: [{ name: 'mx', port: 0 }],
      http: { port: 0, publicUrl: 'https://relay.example', certificate },
      admin: { port: 0, certificate },
    }
    const found = await endingCertificates(parseConfig(input, { file: 'test', folder }), Date.now())
    expect(found).toMatchObject([{ listeners: ['http', 'admin'], file: pem }])
  })
})
