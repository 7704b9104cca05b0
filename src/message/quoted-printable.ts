/** Quoted-printable of RFC 2045 section 6.7, read as leniently as its rule 5 notes ask: what is malformed stays as it is. */

const space = 0x20
const tab = 0x09
const equals = 0x3d
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** The octets that `encoded` stands for. Linear; never longer than `encoded`. */
export function decodeQuotedPrintable(encoded: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(encoded.length)
  let length = 0
  for (let start = 0; start < encoded.length; ) {
    const feed = encoded.indexOf(lineFeed, start)
    const next = feed < 0 ? encoded.length : feed + 1
    const textEnd = withoutLineEnd(encoded, start, next)
    const end = withoutTrailingSpace(encoded, start, textEnd)
    const soft = end > start && encoded[end - 1] === equals
    length = decodeLine(encoded, start, soft ? end - 1 : end, decoded, length)
    if (!soft) length += encoded.copy(decoded, length, textEnd, next)
    start = next
  }
  return decoded.subarray(0, length)
}

function decodeLine(from: Buffer, start: number, end: number, to: Buffer, written: number): number {
  let length = written
  for (let at = start; at < end; at++) {
    const octet = from[at] ?? 0
    const high = octet === equals && at + 2 < end ? hexDigit(from[at + 1]) : -1
    const low = high >= 0 ? hexDigit(from[at + 2]) : -1
    if (low >= 0) {
      to[length++] = high * 16 + low
      at += 2
    } else {
      to[length++] = octet
    }
  }
  return length
}

function withoutLineEnd(octets: Buffer, start: number, end: number): number {
  if (end === start || octets[end - 1] !== lineFeed) return end
  return end - 1 > start && octets[end - 2] === carriageReturn ? end - 2 : end - 1
}

/** Rule 3: white space at the end of a line was added in transport. */
function withoutTrailingSpace(octets: Buffer, start: number, end: number): number {
  let at = end
  while (at > start && (octets[at - 1] === space || octets[at - 1] === tab)) at--
  return at
}

function hexDigit(octet: number | undefined): number {
  if (octet === undefined) return -1
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
