/** The name in the reverse tree at which the names of an address stand: RFC 1035 section 3.5, RFC 3596 section 2.5. */

/** @param address as DNS answers have it */
export function reverseName(address: string): string {
  if (!address.includes(':')) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`
  const digits = groupsOf(address).map(group => group.padStart(4, '0'))
  return `${[...digits.join('')].toReversed().join('.')}.ip6.arpa`
}

/** The eight groups of an IPv6 address, hexadecimal. The URL parser writes an IPv4 address at the end as two of them. */
function groupsOf(address: string): string[] {
  const text = URL.canParse(`http://[${address}]/`)
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address
  const [before = '', after] = text.split('::')
  const groups = (part: string) => part.split(':').filter(Boolean)
  if (after === undefined) return groups(before)
  const missing = 8 - groups(before).length - groups(after).length
  return [...groups(before), ...Array.from({ length: missing }, () => '0'), ...groups(after)]
}
