/** JSON of a relay, or of whatever else answered in its place. */

/** Undefined for what is none. */
export function jsonOf(octets: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(octets).toString())
  } catch {
    return undefined
  }
}
