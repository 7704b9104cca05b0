/** Networks of clients. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'

/** Answers whether an IP address is in one of the networks, given in CIDR notation or as single addresses. */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family)
  }
  return address => isIP(address) !== 0 && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

/** An address as a socket gives it; IPv4 mapped into IPv6 becomes IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/**
 * What connections are counted by: an IPv4 address, or the /64 network of an IPv6 address, all of which one host can use.
 *
 * @param address as a socket gives it; IPv4 mapped into IPv6 counts as IPv4
 */
export function peerKey(address: string): string {
  const plain = plainAddress(address)
  return isIPv6(plain) ? `${ipv6Groups(plain).slice(0, 4).join(':')}::/64` : plain
}

/** The groups of an IPv6 address, without zeros in front, in lower case. */
export function ipv6Groups(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const tailGroups = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - tailGroups.length)
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...tailGroups]
  return all.map(group => group.toLowerCase().replace(/^0+(?=.)/, ''))
}
