/** The certificate authorities that a next hop's certificate may come from, where the operator has named more than the usual ones. */
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { remembered } from '../message/remembered.ts'

/**
 * Those that come with Node.js, and those of a PEM file besides.
 *
 * @returns one PEM text for each
 * @throws Error with the file's name when it cannot be read or holds no certificate
 */
export async function readAuthorities(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8')
  const own = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  if (own.length === 0) throw new Error(`${file} holds no certificate in PEM`)
  for (const pem of own) {
    try {
      new X509Certificate(pem)
    } catch (cause) {
      throw new Error(`${file} holds a certificate that cannot be read`, { cause })
    }
  }
  return [...rootCertificates, ...own]
}

const contexts = new WeakMap<readonly string[], SecureContext>()

/** The context for these authorities, made once: reading a hundred certificates takes longer than a handshake. */
export function trusting(authorities: readonly string[]): SecureContext {
  return remembered(contexts, authorities, () => createSecureContext({ ca: [...authorities] }))
}
