/**
 * Whether a certificate is for a name: the one place that judges it (RFC 9525 section 6.3, RFC 8461 section 4.2, RFC 7672 section 3.2).
 */
import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** The words of OpenSSL for what a name may match: no common name, and a wildcard only as the whole leftmost label. */
const strict = { subject: 'never', partialWildcards: false, multiLabelWildcards: false } as const

/**
 * True for a certificate with this DNS name in subjectAltName, or one in which `*` stands for its leftmost label; for an address, with
 * that very address. The subject counts for nothing, whatever else subjectAltName holds or lacks.
 *
 * @param name host name with A-labels, or an IP address
 */
export function isCertificateFor(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined
  // OpenSSL takes a name with a leading dot for all names below it.
  if (name === '' || name.startsWith('.')) return false
  return certificate.checkHost(name, strict) !== undefined
}

/**
 * For the option checkServerIdentity of node:tls, whose own check believes a common name.
 *
 * @returns undefined where the certificate is for one of the names
 */
export function nameError({ raw }: { readonly raw: Buffer }, names: readonly string[]): Error | undefined {
  const certificate = new X509Certificate(raw)
  if (names.some(name => isCertificateFor(certificate, name))) return undefined
  const shown = certificate.subjectAltName ?? 'no name in subjectAltName'
  const text = `the certificate is not for ${names.join(' or ')}, it is for ${shown}`
  return Object.assign(new Error(text), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}
