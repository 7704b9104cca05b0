/**
 * Holds the certificates of a peer against TLSA records (RFC 7672 section 3, RFC 7671, RFC 6698 section 2.1). Pure: octets, records and
 * a time in, a verdict out.
 */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { DanePolicy } from '../discover/next-hop.ts'
import type { TlsaRecord } from '../dns/resolver.ts'
import { isCertificateFor } from '../tls/certificate-name.ts'
import { certificateParts } from './certificate-parts.ts'
import { pathProblem } from './certificate-path.ts'

export type DaneVerdict =
  | { readonly kind: 'match'; readonly record: TlsaRecord }
  /** RFC 8460 section 4.3.2 has the words of `problem`. */
  | { readonly kind: 'mismatch'; readonly problem: DaneProblem; readonly reason: string }

export type DaneProblem =
  | 'validation-failure'
  | 'certificate-expired'
  | 'certificate-host-mismatch'
  | 'certificate-not-trusted'

type Mismatch = Extract<DaneVerdict, { kind: 'mismatch' }>

/**
 * The first record that the certificates satisfy, or why none does.
 *
 * @param chain as presented, the server's own first; each issued by the next
 * @param nowMilliseconds Unix time, for certificates below a trust anchor
 */
export function daneVerdict(
  policy: DanePolicy,
  chain: readonly X509Certificate[],
  nowMilliseconds: number,
): DaneVerdict {
  try {
    return judged(policy, chain, nowMilliseconds)
  } catch {
    // A key of a kind that OpenSSL does not know, or DER that it accepts and RFC 5280 does not.
    return mismatch('validation-failure', 'its certificates cannot be read')
  }
}

function judged(policy: DanePolicy, chain: readonly X509Certificate[], nowMilliseconds: number): DaneVerdict {
  const [leaf] = chain
  if (leaf === undefined) return mismatch('validation-failure', 'it showed no certificate')
  // DANE-EE (usage 3): the record is all that counts; names and dates mean nothing (RFC 7672 section 3.1.1).
  const own = policy.records.find(record => record.usage === 3 && matches(leaf, record))
  if (own !== undefined) return { kind: 'match', record: own }
  let nearest: Mismatch = mismatch(
    'validation-failure',
    `its certificate matches none of the ${policy.records.length} TLSA records at ${policy.name}`,
  )
  for (const record of policy.records.filter(({ usage }) => usage === 2)) {
    const path = pathToAnchor(chain, record)
    if (path === undefined) continue
    const problem = anchorProblem(path, policy.certificateNames, nowMilliseconds)
    if (problem === undefined) return { kind: 'match', record }
    nearest = problem
  }
  return nearest
}

function mismatch(problem: DaneProblem, reason: string): Mismatch {
  return { kind: 'mismatch', problem, reason }
}

/** True when a certificate is the one that a record is about. */
export function matches(
  certificate: X509Certificate,
  { selector, matchingType, association }: TlsaRecord,
): boolean {
  const selected = selector === 0 ? certificate.raw : certificateParts(certificate.raw).publicKeyInfo
  if (matchingType === 0) return selected.equals(association)
  const digest = createHash(matchingType === 1 ? 'sha256' : 'sha512')
    .update(selected)
    .digest()
  return digest.equals(association)
}

/** A way from the server's certificate to a trust anchor. */
interface AnchoredPath {
  /** The server's own first; the anchor last, where it is a certificate. */
  readonly certificates: readonly X509Certificate[]
  /** The anchor itself where the record holds a key that is in no certificate. */
  readonly anchorKey?: KeyObject
}

/**
 * DANE-TA (usage 2): the anchor is one of the presented certificates above the server's own, or, where the record holds it whole,
 * what has issued the last of them (RFC 7671 section 5.2).
 */
function pathToAnchor(chain: readonly X509Certificate[], record: TlsaRecord): AnchoredPath | undefined {
  const at = chain.findIndex((certificate, index) => index > 0 && matches(certificate, record))
  if (at > 0) return { certificates: chain.slice(0, at + 1) }
  const top = chain.at(-1)
  if (record.matchingType !== 0 || top === undefined) return undefined
  if (record.selector === 0) {
    const anchor = new X509Certificate(record.association)
    return top.checkIssued(anchor) ? { certificates: [...chain, anchor] } : undefined
  }
  const anchorKey = createPublicKey({ key: record.association, format: 'der', type: 'spki' })
  return top.verify(anchorKey) ? { certificates: chain, anchorKey } : undefined
}

/** What is wrong with a way to an anchor: signatures, dates and the name of the server count (RFC 7672 section 3.1.2). */
function anchorProblem(
  { certificates, anchorKey }: AnchoredPath,
  names: readonly string[],
  nowMilliseconds: number,
): Mismatch | undefined {
  const expired = certificates.find(
    ({ validFromDate, validToDate }) =>
      nowMilliseconds < validFromDate.getTime() || nowMilliseconds > validToDate.getTime(),
  )
  if (expired !== undefined) {
    const { validFrom, validTo } = expired
    return mismatch('certificate-expired', `a certificate is valid from ${validFrom} to ${validTo} only`)
  }
  const broken = pathProblem(certificates, anchorKey)
  if (broken !== undefined) return mismatch('certificate-not-trusted', broken)
  const [leaf] = certificates
  if (leaf !== undefined && names.some(name => isCertificateFor(leaf, name))) return undefined
  return mismatch('certificate-host-mismatch', `its certificate is not for ${names.join(', ')}`)
}
