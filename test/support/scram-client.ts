/** A client of SCRAM-SHA-256 (RFC 5802, RFC 7677), for tests of the server: written from the text, apart from what it tests. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

export interface ScramClient {
  /** client-first-message */
  readonly first: string
  /** client-final-message. @param serverFirst server-first-message */
  final(serverFirst: string): string
  /** What the server must prove itself with, after `final`. */
  serverFinal(): string
}

export function scramClient(name: string, password: string, nonce = 'fyko+d2lbbFgONRv9qkxdawL'): ScramClient {
  const bare = `n=${name.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`
  let proof = ''
  return {
    first: `n,,${bare}`,
    final(serverFirst) {
      const [, r = '', s = '', i = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? []
      const salted = pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256')
      const clientKey = hmac(salted, 'Client Key')
      const withoutProof = `c=biws,r=${r}`
      const authMessage = `${bare},${serverFirst},${withoutProof}`
      const signature = hmac(createHash('sha256').update(clientKey).digest(), authMessage)
      proof = `v=${hmac(hmac(salted, 'Server Key'), authMessage).toString('base64')}`
      const sent = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0)))
      return `${withoutProof},p=${sent.toString('base64')}`
    },
    serverFinal: () => proof,
  }
}
