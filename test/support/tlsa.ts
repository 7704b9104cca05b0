/** TLSA records of certificates, as their owner would publish them. */
import { createHash, type X509Certificate } from 'node:crypto'
import type { TlsaRecord } from '../../src/dns/resolver.ts'

/** The record with these three numbers that the certificate satisfies. */
export function tlsaOf(
  certificate: X509Certificate,
  usage: number,
  selector: number,
  matchingType: number,
): TlsaRecord {
  const selected =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  const association =
    matchingType === 0
      ? selected
      : createHash(matchingType === 1 ? 'sha256' : 'sha512')
          .update(selected)
          .digest()
  return { usage, selector, matchingType, association }
}

/** The record as a zone has it. */
export function tlsaText({ usage, selector, matchingType, association }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${association.toString('hex')}`
}
