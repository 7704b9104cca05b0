/** A way from a server's certificate to a trust anchor that no authority list knows (RFC 5280 section 6). */
import type { KeyObject, X509Certificate } from 'node:crypto'
import { certificateParts, pathLength } from './certificate-parts.ts'

/** Object identifiers (DER contents) of extensions that are looked at here or by OpenSSL, or that limit nothing. */
const basicConstraints = '551d13'
const keyUsage = '551d0f'
const understood = new Set([
  basicConstraints,
  keyUsage,
  '551d25', // extended key usage
  '551d11', // subject alternative name, read by checkHost
  '551d12', // issuer alternative name
  '551d0e', // subject key identifier
  '551d23', // authority key identifier
  '551d20', // certificate policies: none is demanded
  '551d1f', // where revocation lists are
  '2b06010505070101', // where the authority is
])

/** id-kp-serverAuth and anyExtendedKeyUsage. */
const serverPurposes = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']

/** First octet of the bits of keyUsage: keyCertSign (RFC 5280 section 4.2.1.3). */
const signsCertificates = 0x04

/**
 * Why the path is invalid; undefined when every certificate is signed by the next one, which may sign certificates.
 *
 * @param path the server's own first, the anchor last
 * @param anchorKey the anchor, where it is a key that is in none of them
 */
export function pathProblem(path: readonly X509Certificate[], anchorKey?: KeyObject): string | undefined {
  const [leaf] = path
  const purposes = leaf?.keyUsage
  if (purposes !== undefined && !purposes.some(one => serverPurposes.includes(one)))
    return 'its certificate is not for servers'
  for (const [index, certificate] of path.entries()) {
    const unknown = certificateParts(certificate.raw).extensions.find(
      ({ isCritical, identifier }) => isCritical && !understood.has(identifier),
    )
    if (unknown !== undefined) return `a certificate has a critical extension that is not known here`
    const issuer = path[index + 1]
    const problem = issuer && issuerProblem(certificate, issuer, index)
    if (problem !== undefined) return problem
  }
  const isAnchored = anchorKey === undefined || path.at(-1)?.verify(anchorKey) === true
  return isAnchored ? undefined : 'a certificate is not signed by the one above it'
}

/** @param below certificates of authorities that stand below the issuer */
function issuerProblem(
  certificate: X509Certificate,
  issuer: X509Certificate,
  below: number,
): string | undefined {
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    return 'a certificate is not signed by the one above it'
  if (!issuer.ca) return 'a certificate is signed by one that is not of an authority'
  const { extensions } = certificateParts(issuer.raw)
  const constraints = extensions.find(({ identifier }) => identifier === basicConstraints)
  const most = constraints && pathLength(constraints.value)
  if (most !== undefined && below > most) return 'an authority signs for more others than it may'
  const usage = extensions.find(({ identifier }) => identifier === keyUsage)
  // BIT STRING: tag, length, unused bits, bits.
  const maySign = usage === undefined || ((usage.value[3] ?? 0) & signsCertificates) !== 0
  return maySign ? undefined : 'a certificate is signed by one that may not sign certificates'
}
