/**
 * Addresses that must not be connected to because a stranger's DNS says so: whoever writes an MX record could
 * otherwise make this relay talk to machines inside its own network.
 */
import { BlockList, isIP } from 'node:net'
import { publicIpv6Blocks, specialIpv4Blocks, specialIpv6Blocks } from './special-addresses.ts'

// One list for each family: a list that holds the IPv4-mapped range takes every IPv4 address for one of it.
const forbiddenIpv4 = new BlockList()
const forbiddenIpv6 = new BlockList()
const publicIpv6 = new BlockList()
for (const [network, bits] of specialIpv4Blocks) {
  forbiddenIpv4.addSubnet(network, bits, 'ipv4')
  // The same address behind a translator (RFC 6052).
  forbiddenIpv6.addSubnet(`64:ff9b::${network}`, 96 + bits, 'ipv6')
}
for (const [network, bits] of specialIpv6Blocks) forbiddenIpv6.addSubnet(network, bits, 'ipv6')
for (const [network, bits] of publicIpv6Blocks) publicIpv6.addSubnet(network, bits, 'ipv6')

/** True for an address that is not one of the public internet. What is no address of that family is forbidden too. */
export function isForbiddenAddress(address: string, family: 4 | 6): boolean {
  // A scope (fe80::1%eth0) never comes from DNS.
  if (isIP(address) !== family || address.includes('%')) return true
  if (family === 4) return forbiddenIpv4.check(address, 'ipv4')
  return !publicIpv6.check(address, 'ipv6') || forbiddenIpv6.check(address, 'ipv6')
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
