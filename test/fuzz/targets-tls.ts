/** The target that reads certificates of peers: parts that node:crypto does not show. */
import assert from 'node:assert/strict'
import { certificateParts, pathLength } from '../../src/deliver/certificate-parts.ts'
import type { Target } from './target.ts'

/** A server's certificate, and one of an authority with a path length and a critical extension. */
const server = base64([
  'MIIBWTCCAQCgAwIBAgIQARqJjAdkBOuDWWReq5zY6jAKBggqhkjOPQQDAjAWMRQwEgYDVQQDDAtUZXN0IG1pZGRsZTAeFw0yMzEx',
  'MTQyMjEzMjBaFw0zMzA1MTgwMzMzMjBaMCExHzAdBgNVBAMMFm14LmRlc3RpbmF0aW9uLmV4YW1wbGUwWTATBgcqhkjOPQIBBggq',
  'hkjOPQMBBwNCAAQ3bGJI8Zk5JwLZIPXWLA1/gxV4K94PEYsT+5u6+XASwHkjoP8OT4pq3FGSjZByKTIuIwZ1tZq8GEQHKadjI4eG',
  'oyUwIzAhBgNVHREEGjAYghZteC5kZXN0aW5hdGlvbi5leGFtcGxlMAoGCCqGSM49BAMCA0cAMEQCIDTiEQ2jchmkr7rZQl0lUIvl',
  'YwDpRaklNJDwOk5d0+2IAiBNfHvV7H9l6t6D/umik4OuMrNKvhrW7fXu1RWizGClwA==',
])
const authority = base64([
  'MIIBRjCB7aADAgECAhABZMURBO0wFhMd0SrjTj6FMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCVRlc3Qgcm9vdDAeFw0yMzExMTQy',
  'MjEzMjBaFw0zMzA1MTgwMzMzMjBaMBYxFDASBgNVBAMMC1Rlc3QgbWlkZGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+rr6',
  'kbmxqigQlSRH7sA/GC2BfU58z+6/UuWizmwJN71viC2W4vnXM+tnDqsO5kWzByKr3tEQEgGHWXrFY/Zbl6MfMB0wDwYDVR0TBAgw',
  'BgEB/wIBADAKBgNVHR4BAf8EADAKBggqhkjOPQQDAgNIADBFAiEA33xNp8cMluKysOrixyC0BzBjOuNmsmzpy1Q6fRgIaw0CIF1h',
  'vlqQL+DcSCpkiUjnwc09qZkXv/g6d5CufAMmkQsV',
])

function base64(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join(''), 'base64')
}

const certificate: Target = {
  name: 'certificate',
  seeds: [server, authority],
  words: [
    Buffer.from([0x30, 0x80]),
    Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from('300f0603551d130101ff040530030101ff', 'hex'),
    Buffer.from([0x02, 0x01, 0x00]),
    Buffer.from([0xa3, 0x82]),
  ],
  run(octets) {
    try {
      const { publicKeyInfo, extensions } = certificateParts(octets)
      assert.ok(octets.includes(publicKeyInfo), 'a key that is not in the certificate')
      const lengths = extensions.map(({ value }) => pathLength(value))
      return `${extensions.map(({ isCritical }) => isCritical).join(' ')} ${lengths.join(' ')}`
    } catch (error) {
      // What is no certificate is told in one way only.
      assert.ok(error instanceof RangeError, String(error))
      return error.message
    }
  },
}

export const tlsTargets: readonly Target[] = [certificate]
