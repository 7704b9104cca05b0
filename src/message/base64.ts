/** Base64 of RFC 4648 section 4 as DKIM writes it: folding white space inside, padding written, its absence accepted. */

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/
const whiteSpace = /[ \t\r\n]+/g

/** Octets of `text`, or undefined where it is not base64. White space in it is ignored. */
export function decodeBase64(text: string): Buffer | undefined {
  const dense = text.replace(whiteSpace, '')
  if (!alphabet.test(dense)) return undefined
  const digits = dense.indexOf('=') < 0 ? dense.length : dense.indexOf('=')
  const padded = digits !== dense.length
  if (digits % 4 === 1 || (padded && dense.length % 4 !== 0)) return undefined
  return Buffer.from(dense, 'base64')
}

/** Base64 with padding, on one line. */
export function encodeBase64(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64')
}
