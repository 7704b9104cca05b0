import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ownCertificate, readCertificate } from '../../../src/receive/certificate.ts'
import { selfSignedCertificate } from '../../../src/receive/self-signed.ts'

const nowMilliseconds = Date.UTC(2026, 10, 21)
const dayMilliseconds = 86_400_000

function made(names: readonly [string, ...string[]], days = 10) {
  return selfSignedCertificate({ names, notBeforeMilliseconds: nowMilliseconds, days })
}

describe('a self-signed certificate', () => {
  test('names its hosts and addresses, is valid as long as asked, and verifies with its own key', () => {
    const certificate = new X509Certificate(made(['relay.example', '192.0.2.1', '2001:db8::a', '::1']).cert)
    expect(certificate.subject).toBe('CN=relay.example')
    expect(certificate.checkHost('relay.example')).toBe('relay.example')
    expect(certificate.checkHost('other.example')).toBeUndefined()
    for (const address of ['192.0.2.1', '2001:db8::a', '::1'])
      expect(certificate.checkIP(address)).toBe(address)
    expect(certificate.validFromDate.getTime()).toBe(nowMilliseconds)
    expect(certificate.validToDate.getTime()).toBe(nowMilliseconds + 10 * dayMilliseconds)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  })

  test('each has a key and a serial number of its own', () => {
    const [one, two] = [made(['relay.example']), made(['relay.example'])]
    expect(one.key).not.toBe(two.key)
    expect(new X509Certificate(one.cert).serialNumber).not.toBe(new X509Certificate(two.cert).serialNumber)
  })

  test('times from 2050 on are written in full (RFC 5280 section 4.1.2.5)', () => {
    const certificate = new X509Certificate(made(['relay.example'], 40 * 365).cert)
    expect(certificate.validToDate.getTime()).toBe(nowMilliseconds + 40 * 365 * dayMilliseconds)
  })

  test('a long host name is cut in the common name only', () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}.example`
    const certificate = new X509Certificate(made([name]).cert)
    expect(certificate.checkHost(name)).toBe(name)
  })
})

describe('certificates in files', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const own = (at: number, hostname = 'relay.example') =>
    ownCertificate({ folder: join(folder, 'keys'), hostname, nowMilliseconds: at })

  test('are read when key and certificate belong together', async () => {
    const { key, cert } = made(['relay.example'])
    writeFileSync(join(folder, 'c.pem'), cert)
    writeFileSync(join(folder, 'k.pem'), key)
    expect(await readCertificate(join(folder, 'c.pem'), join(folder, 'k.pem'))).toEqual({ key, cert })
  })

  test('are refused with the name of the file that is at fault', async () => {
    writeFileSync(join(folder, 'c.pem'), made(['relay.example']).cert)
    writeFileSync(join(folder, 'k.pem'), made(['relay.example']).key)
    writeFileSync(join(folder, 'text'), 'hello')
    const read = (certificateFile: string, keyFile: string) =>
      readCertificate(join(folder, certificateFile), join(folder, keyFile))
    await expect(read('c.pem', 'k.pem')).rejects.toThrow(
      /k\.pem is not the key of the certificate in .*c\.pem/,
    )
    await expect(read('text', 'k.pem')).rejects.toThrow(/text is not a PEM file/)
    await expect(read('c.pem', 'text')).rejects.toThrow(/text is not a PEM file/)
    await expect(read('absent', 'k.pem')).rejects.toThrow(/absent/)
  })

  test('the own one is made once and kept, its key readable by the owner only', async () => {
    const first = await own(nowMilliseconds)
    expect(await own(nowMilliseconds + 300 * dayMilliseconds)).toEqual(first)
    expect(statSync(join(folder, 'keys', 'tls-key.pem')).mode & 0o777).toBe(0o600)
  })

  test('the own one is made anew before it runs out, and for another host name', async () => {
    const first = await own(nowMilliseconds)
    const renewed = await own(nowMilliseconds + 340 * dayMilliseconds)
    expect(renewed.cert).not.toBe(first.cert)
    expect((await own(nowMilliseconds + 340 * dayMilliseconds, 'other.example')).cert).not.toBe(renewed.cert)
  })
})
