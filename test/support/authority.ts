/** A certificate authority for tests: certificates below certificates, right and wrong ones. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import {
  bitString,
  context0,
  context3,
  dnsName,
  element,
  integer,
  pem,
  sequence,
  tagInteger,
  tagObjectIdentifier,
  tagOctetString,
  tagSet,
  tagUtf8String,
  time,
} from '../../src/receive/der.ts'

export interface IssuedSubject {
  /** Names of a server; the first, or `title`, is the common name. */
  readonly names?: readonly string[]
  readonly title?: string
  /** A mail address among its names. */
  readonly mailAddress?: string
  /** May sign others; a number is how many authorities may stand below. */
  readonly authority?: boolean | number
  /** Default: an hour ago and a day from now. Unix milliseconds. */
  readonly validFrom?: number
  readonly validTo?: number
  /** Object identifier (DER contents, hexadecimal) of a critical extension with an empty value. */
  readonly criticalExtension?: string
}

const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'))

/** A certificate that can issue others. */
export class Issued {
  readonly x509: X509Certificate
  /** Private key, PEM. */
  readonly key: string
  readonly #title: Buffer
  readonly #privateKey: KeyObject

  private constructor(subject: IssuedSubject, issuer?: Issued) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const title = commonName(subject.title ?? subject.names?.[0] ?? 'Test authority')
    const hour = 3_600_000
    const body = sequence(
      element(context0, integer(Buffer.from([2]))),
      integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
      ecdsaWithSha256,
      issuer === undefined ? title : issuer.#title,
      sequence(time(subject.validFrom ?? Date.now() - hour), time(subject.validTo ?? Date.now() + 24 * hour)),
      title,
      publicKey.export({ type: 'spki', format: 'der' }),
      element(context3, sequence(...extensions(subject))),
    )
    const signature = sign('sha256', body, issuer === undefined ? privateKey : issuer.#privateKey)
    this.x509 = new X509Certificate(pem(sequence(body, ecdsaWithSha256, bitString(signature))))
    this.key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#title = title
    this.#privateKey = privateKey
  }

  /** A certificate that is its own authority. */
  static root(subject: IssuedSubject = {}): Issued {
    return new Issued({ title: 'Test root', authority: true, ...subject })
  }

  /** One that this one signs, whether it may or not. */
  issue(subject: IssuedSubject): Issued {
    return new Issued(subject, this)
  }

  /** Key and certificate for a server that shows `above` after its own. */
  served(...above: readonly Issued[]): { readonly key: string; readonly cert: string } {
    return { key: this.key, cert: [this, ...above].map(({ x509 }) => x509.toString()).join('') }
  }
}

function extensions(subject: IssuedSubject): Buffer[] {
  const { names = [], mailAddress, authority = false, criticalExtension } = subject
  const alternativeNames = [
    ...names.map(name => element(dnsName, Buffer.from(name))),
    ...(mailAddress === undefined ? [] : [element(rfc822Name, Buffer.from(mailAddress))]),
  ]
  return [
    ...(authority === false ? [] : [extension('551d13', constraints(authority))]),
    ...(alternativeNames.length === 0 ? [] : [extension('551d11', sequence(...alternativeNames))]),
    ...(criticalExtension === undefined
      ? []
      : [sequence(identifier(criticalExtension), yes, element(tagOctetString, Buffer.alloc(0)))]),
  ]
}

/** Its tag in subjectAltName (RFC 5280 section 4.2.1.6). */
const rfc822Name = 0x81

const yes = element(0x01, Buffer.from([0xff]))

function constraints(authority: true | number): Buffer {
  return authority === true ? sequence(yes) : sequence(yes, element(tagInteger, Buffer.from([authority])))
}

function extension(hexadecimal: string, value: Buffer): Buffer {
  return sequence(identifier(hexadecimal), element(tagOctetString, value))
}

function commonName(text: string): Buffer {
  const attribute = sequence(identifier('550403'), element(tagUtf8String, Buffer.from(text)))
  return sequence(element(tagSet, attribute))
}

function identifier(hexadecimal: string): Buffer {
  return element(tagObjectIdentifier, Buffer.from(hexadecimal, 'hex'))
}
