/**
 * Makes a self-signed certificate (RFC 5280) for a listener that has none: good for peers that encrypt without checking, as most of
 * SMTP does. node:crypto signs but writes no certificates, so the few DER structures (X.690) are written here.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import {
  bitString,
  context0,
  context3,
  dnsName,
  element,
  integer,
  ipAddress,
  pem,
  sequence,
  tagObjectIdentifier,
  tagOctetString,
  tagSet,
  tagUtf8String,
  time,
} from './der.ts'
import type { Certificate } from './settings.ts'

export interface SelfSignedSubject {
  /** Host names and IP addresses; the first is the common name. */
  readonly names: readonly [string, ...string[]]
  /** First moment of validity; Unix milliseconds. */
  readonly notBeforeMilliseconds: number
  /** Days of validity. */
  readonly days: number
}

/** A new P-256 key and its certificate, both in PEM. */
export function selfSignedCertificate(subject: SelfSignedSubject): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = certificateBody(subject, publicKey)
  const signature = sign('sha256', body, privateKey)
  const der = sequence(body, ecdsaWithSha256, bitString(signature))
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(der) }
}

/** TBSCertificate of RFC 5280 section 4.1. */
function certificateBody(subject: SelfSignedSubject, publicKey: KeyObject): Buffer {
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const name = distinguishedName(subject.names[0])
  const notAfter = subject.notBeforeMilliseconds + subject.days * 86_400_000
  return sequence(
    element(context0, integer(Buffer.from([2]))),
    integer(serialNumber(publicKeyInfo)),
    ecdsaWithSha256,
    name,
    sequence(time(subject.notBeforeMilliseconds), time(notAfter)),
    name,
    publicKeyInfo,
    element(
      context3,
      sequence(basicConstraints, extension(oid.subjectAltName, alternativeNames(subject.names))),
    ),
  )
}

/** Object identifiers, DER contents. */
const oid = {
  /** 2.5.4.3 */
  commonName: Buffer.from('550403', 'hex'),
  /** 2.5.29.17 */
  subjectAltName: Buffer.from('551d11', 'hex'),
  /** 2.5.29.19 */
  basicConstraints: Buffer.from('551d13', 'hex'),
  /** 1.2.840.10045.4.3.2 */
  ecdsaWithSha256: Buffer.from('2a8648ce3d040302', 'hex'),
}

const ecdsaWithSha256 = sequence(element(tagObjectIdentifier, oid.ecdsaWithSha256))

/** cA TRUE: a peer that is given this certificate as its trust anchor then accepts it. */
const basicConstraints = extension(oid.basicConstraints, sequence(element(0x01, Buffer.from([0xff]))))

function distinguishedName(commonName: string): Buffer {
  const attribute = sequence(
    element(tagObjectIdentifier, oid.commonName),
    element(tagUtf8String, Buffer.from(commonName.slice(0, maxCommonNameLength))),
  )
  return sequence(element(tagSet, attribute))
}

/** ub-common-name of RFC 5280 appendix A.1. */
const maxCommonNameLength = 64

function alternativeNames(names: readonly string[]): Buffer {
  return sequence(
    ...names.map(name =>
      isIP(name) === 0 ? element(dnsName, Buffer.from(name)) : element(ipAddress, addressOctets(name)),
    ),
  )
}

function addressOctets(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  // The URL parser writes every IPv6 address in its one canonical form, IPv4 parts as hexadecimal groups.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const zeros = 8 - groups(head).length - groups(tail).length
  const all = [...groups(head), ...Array<string>(zeros).fill('0'), ...groups(tail)]
  return Buffer.from(all.map(group => group.padStart(4, '0')).join(''), 'hex')
}

function extension(identifier: Buffer, value: Buffer): Buffer {
  return sequence(element(tagObjectIdentifier, identifier), element(tagOctetString, value))
}

/** Unique for each key, positive, at most 20 octets (RFC 5280 section 4.1.2.2). */
function serialNumber(publicKeyInfo: Buffer): Buffer {
  const digest = createHash('sha256').update(publicKeyInfo).digest().subarray(0, 16)
  return Buffer.concat([Buffer.from([0x01]), digest])
}
