/**
 * DKIM keys whose use costs no more than that of real ones: whoever publishes a key chooses what a verification with it costs. An RSA
 * verification takes time with the length of the exponent, and with the square of that of the modulus.
 */
import { createPublicKey } from 'node:crypto'
import type { RecordResolver } from './look-ups.ts'

/** RFC 8301 section 3.2: verifiers take 1024 to 4096 bits; twice that is seen now and then. */
const maxModulusBits = 8_192
/** 65537 in nearly all keys. */
const maxExponent = 2n ** 32n

/** Answers as `resolver` does; a record with a dear key counts as one that is not there. */
export function affordableKeys(resolver: RecordResolver): RecordResolver {
  return async (name, type) => {
    const records = await resolver(name, type)
    if (records.every(record => isAffordable(textOf(record)))) return records
    throw Object.assign(new Error(`${name}: the RSA key is larger than is used`), { code: 'ENODATA' })
  }
}

/** The text of a record as node:dns or a resolver of ours has it. */
export function textOf(record: unknown): string {
  return Array.isArray(record) ? record.join('') : String(record)
}

/** What is no key of RSA is none of our business here. */
function isAffordable(text: string): boolean {
  const octets = /(?:^|;)\s*p\s*=([^;]*)/i.exec(text)?.[1]
  if (octets === undefined) return true
  const key = Buffer.from(octets, 'base64')
  const { modulusLength = 0, publicExponent = 0n } = details(key, 'spki') ?? details(key, 'pkcs1') ?? {}
  return modulusLength <= maxModulusBits && publicExponent <= maxExponent
}

function details(key: Buffer, type: 'spki' | 'pkcs1') {
  try {
    return createPublicKey({ key, format: 'der', type }).asymmetricKeyDetails
  } catch {
    return undefined
  }
}
