/**
 * Parts of a certificate (RFC 5280 section 4.1) that node:crypto does not show: the public key as it is encoded, and the extensions.
 */

/** An extension, by its object identifier in hexadecimal of its DER contents. */
export interface CertificateExtension {
  readonly identifier: string
  readonly isCritical: boolean
  /** DER of its value. */
  readonly value: Buffer
}

export interface CertificateParts {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyInfo: Buffer
  readonly extensions: readonly CertificateExtension[]
}

/** One element of DER (X.690 section 8.1). */
interface Element {
  readonly tag: number
  readonly contents: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

const tagBoolean = 0x01
const tagInteger = 0x02
const tagContext0 = 0xa0
const tagContext3 = 0xa3

/**
 * Reads the octets of a certificate that OpenSSL has already accepted as one.
 *
 * @throws RangeError where they are not what RFC 5280 says
 */
export function certificateParts(raw: Buffer): CertificateParts {
  const [certificate] = elements(raw)
  const [body] = elements(certificate?.contents ?? empty)
  const fields = elements(body?.contents ?? empty)
  // version, where it is given, serial number, algorithm, issuer, validity, subject, public key
  const publicKeyInfo = fields[fields[0]?.tag === tagContext0 ? 6 : 5]?.whole
  if (publicKeyInfo === undefined) throw new RangeError('a certificate without a public key')
  const [list] = elements(fields.find(({ tag }) => tag === tagContext3)?.contents ?? empty)
  return { publicKeyInfo, extensions: elements(list?.contents ?? empty).map(readExtension) }
}

const empty = Buffer.alloc(0)

function readExtension({ contents }: Element): CertificateExtension {
  const [identifier, ...rest] = elements(contents)
  const isCritical = rest[0]?.tag === tagBoolean && rest[0].contents[0] !== 0
  return {
    identifier: identifier?.contents.toString('hex') ?? '',
    isCritical,
    value: rest.at(-1)?.contents ?? empty,
  }
}

/** pathLenConstraint of a basicConstraints value (RFC 5280 section 4.2.1.9); undefined where there is none. */
export function pathLength(basicConstraints: Buffer): number | undefined {
  const [sequence] = elements(basicConstraints)
  const length = elements(sequence?.contents ?? empty).find(({ tag }) => tag === tagInteger)
  return length?.contents.reduce((sum, octet) => sum * 256 + octet, 0)
}

/** The elements that stand one after the other in these octets. */
function elements(octets: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < octets.length; ) {
    const { begin, end } = extent(octets, at)
    if (end > octets.length) throw new RangeError('an element that is longer than what holds it')
    found.push({
      tag: octets[at] ?? 0,
      contents: octets.subarray(begin, end),
      whole: octets.subarray(at, end),
    })
    at = end
  }
  return found
}

/** Where the contents of the element begin and end: a length of one octet, or of up to four after their number. */
function extent(octets: Buffer, at: number): { readonly begin: number; readonly end: number } {
  const first = octets[at + 1] ?? 0
  if (first < 0x80) return { begin: at + 2, end: at + 2 + first }
  const size = first & 0x7f
  if (size === 0 || size > 4 || at + 2 + size > octets.length) throw new RangeError('a length that is none')
  return { begin: at + 2 + size, end: at + 2 + size + octets.readUIntBE(at + 2, size) }
}
