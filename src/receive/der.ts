/** The few structures of DER (X.690) that a certificate is made of. */

// Tags of X.690 section 8 and of RFC 5280.
export const tagInteger = 0x02
export const tagBitString = 0x03
export const tagOctetString = 0x04
export const tagObjectIdentifier = 0x06
export const tagUtf8String = 0x0c
export const tagUtcTime = 0x17
export const tagGeneralizedTime = 0x18
export const tagSequence = 0x30
export const tagSet = 0x31
export const context0 = 0xa0
export const context3 = 0xa3
export const dnsName = 0x82
export const ipAddress = 0x87

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(tagSequence, Buffer.concat(parts))
}

/** Tag, length, contents (X.690 section 8.1). */
export function element(tag: number, contents: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), length(contents.length), contents])
}

function length(octets: number): Buffer {
  if (octets < 0x80) return Buffer.from([octets])
  if (octets < 0x100) return Buffer.from([0x81, octets])
  return Buffer.from([0x82, octets >> 8, octets & 0xff])
}

export function integer(octets: Buffer): Buffer {
  return element(tagInteger, octets)
}

/** A bit string of whole octets: no unused bits. */
export function bitString(octets: Buffer): Buffer {
  return element(tagBitString, Buffer.concat([Buffer.from([0]), octets]))
}

/** UTCTime with two digits of the year through 2049, GeneralizedTime from then on (RFC 5280 section 4.1.2.5). */
export function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')
  return digits < '2050'
    ? element(tagUtcTime, Buffer.from(digits.slice(2)))
    : element(tagGeneralizedTime, Buffer.from(digits))
}

export function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
