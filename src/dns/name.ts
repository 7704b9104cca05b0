/** Names as DNS holds them (RFC 1035 section 2.3.4), in text. */
import { domainToASCII } from 'node:url'

/**
 * The name in the form in which it is asked for: lower case, A-labels (RFC 5890), without a final dot.
 *
 * @returns undefined when DNS cannot hold such a name
 */
export function queryName(text: string): string | undefined {
  const name = withoutFinalDot(isAscii(text) ? text : domainToASCII(text)).toLowerCase()
  // 255 octets with a length before each label and the root at the end leave 253 characters.
  if (name.length === 0 || name.length > 253 || !isAscii(name)) return undefined
  return name.split('.').every(label => label.length > 0 && label.length <= 63) ? name : undefined
}

/** The root, which a null MX or an SRV target without service names, becomes ''. */
export function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}

/** For comparison: letter case does not matter (RFC 4343), a final dot neither. */
export function normalName(name: string): string {
  return withoutFinalDot(name).toLowerCase()
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}
