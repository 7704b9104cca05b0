/**
 * Addresses that must not be connected to because a stranger's DNS says so: whoever writes an MX record could
 * otherwise make this relay talk to machines inside its own network. Ranges of the IANA special-purpose registries
 * (RFC 6890), multicast (RFC 5771, RFC 4291) and the IPv6 forms that carry an IPv4 address.
 */
import { BlockList, isIP } from 'node:net'

const ipv4Ranges: readonly (readonly [network: string, prefixBits: number])[] = [
  ['0.0.0.0', 8], // this host on this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // shared by carriers
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local, where cloud metadata services are
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved and broadcast
]

const ipv6Ranges: readonly (readonly [network: string, prefixBits: number])[] = [
  ['::', 96], // unspecified, loopback, IPv4-compatible
  ['::ffff:0:0', 96], // IPv4-mapped: an AAAA record has no business with it
  ['64:ff9b:1::', 48], // translation inside a network
  ['100::', 64], // discarded
  ['2001::', 32], // Teredo
  ['2002::', 16], // 6to4
  ['fc00::', 7], // unique local
  ['fe80::', 10], // link-local
  ['fec0::', 10], // site-local
  ['ff00::', 8], // multicast
]

// One list for each family: a list that holds the IPv4-mapped range takes every IPv4 address for one of it.
const forbiddenIpv4 = new BlockList()
const forbiddenIpv6 = new BlockList()
for (const [network, bits] of ipv4Ranges) {
  forbiddenIpv4.addSubnet(network, bits, 'ipv4')
  // The same address behind a translator (RFC 6052).
  forbiddenIpv6.addSubnet(`64:ff9b::${network}`, 96 + bits, 'ipv6')
}
for (const [network, bits] of ipv6Ranges) forbiddenIpv6.addSubnet(network, bits, 'ipv6')

/** True for an address that is not one of the public internet. What is no address of that family is forbidden too. */
export function isForbiddenAddress(address: string, family: 4 | 6): boolean {
  // A scope (fe80::1%eth0) never comes from DNS.
  if (isIP(address) !== family || address.includes('%')) return true
  return family === 4 ? forbiddenIpv4.check(address, 'ipv4') : forbiddenIpv6.check(address, 'ipv6')
}

/** True when both texts name the same IP address, however they are spelled. */
export function sameAddress(a: string, b: string): boolean {
  return a === b || canonical(a) === canonical(b)
}

function canonical(address: string): string {
  if (!address.includes(':')) return address
  // The URL parser writes IPv6 in the one form of RFC 5952.
  return URL.canParse(`http://[${address}]/`) ? new URL(`http://[${address}]/`).hostname : address
}
