/**
 * Blocks of addresses that are not of the public internet, each with the document that says so: the IANA IPv4 and IPv6 Special-Purpose Address
 * Registries (RFC 6890) whole, also the blocks in them that are routed, for no mail host is in one; multicast; and IPv6 forms that carry
 * an IPv4 address or were given up.
 */

/** Network, length of its prefix in bits, document, and what it is for. */
export type SpecialBlock = readonly [network: string, prefixBits: number, document: string, purpose: string]

export const specialIpv4Blocks: readonly SpecialBlock[] = [
  ['0.0.0.0', 8, 'RFC 791', 'this network'],
  ['10.0.0.0', 8, 'RFC 1918', 'private'],
  ['100.64.0.0', 10, 'RFC 6598', 'shared by carriers'],
  ['127.0.0.0', 8, 'RFC 1122', 'loopback'],
  ['169.254.0.0', 16, 'RFC 3927', 'link-local, where cloud metadata services are'],
  ['172.16.0.0', 12, 'RFC 1918', 'private'],
  ['192.0.0.0', 24, 'RFC 6890', 'protocol assignments'],
  ['192.0.2.0', 24, 'RFC 5737', 'documentation'],
  ['192.31.196.0', 24, 'RFC 7535', 'AS112 by DNAME'],
  ['192.52.193.0', 24, 'RFC 7450', 'multicast tunnels (AMT)'],
  ['192.88.99.0', 24, 'RFC 7526', '6to4 relays, given up'],
  ['192.168.0.0', 16, 'RFC 1918', 'private'],
  ['192.175.48.0', 24, 'RFC 7534', 'AS112'],
  ['198.18.0.0', 15, 'RFC 2544', 'benchmarking'],
  ['198.51.100.0', 24, 'RFC 5737', 'documentation'],
  ['203.0.113.0', 24, 'RFC 5737', 'documentation'],
  ['224.0.0.0', 4, 'RFC 5771', 'multicast'],
  ['240.0.0.0', 4, 'RFC 1112', 'reserved; its last address is the limited broadcast (RFC 919)'],
]

export const specialIpv6Blocks: readonly SpecialBlock[] = [
  ['::', 96, 'RFC 4291', 'unspecified, loopback, IPv4-compatible'],
  ['::ffff:0:0', 96, 'RFC 4291', 'IPv4-mapped: an AAAA record has no business with it'],
  ['::ffff:0:0:0', 96, 'RFC 2765', 'IPv4-translated (SIIT)'],
  ['64:ff9b:1::', 48, 'RFC 8215', 'translation inside a network'],
  ['64:ff9b:2::', 48, 'RFC 4291', 'reserved, beside the prefixes of translation'],
  ['100::', 64, 'RFC 6666', 'discarded'],
  ['100:0:0:1::', 64, 'RFC 9780', 'dummy prefix'],
  ['2001::', 23, 'RFC 2928', 'protocol assignments: all blocks of 2001: below'],
  ['2001::', 32, 'RFC 4380', 'Teredo'],
  ['2001:2::', 48, 'RFC 5180', 'benchmarking'],
  ['2001:3::', 32, 'RFC 7450', 'multicast tunnels (AMT)'],
  ['2001:4:112::', 48, 'RFC 7535', 'AS112 by DNAME'],
  ['2001:10::', 28, 'RFC 4843', 'ORCHID, given up'],
  ['2001:20::', 28, 'RFC 7343', 'ORCHIDv2'],
  ['2001:30::', 28, 'RFC 9374', 'tags of drones'],
  ['2001:db8::', 32, 'RFC 3849', 'documentation'],
  ['2002::', 16, 'RFC 3056', '6to4'],
  ['2620:4f:8000::', 48, 'RFC 7534', 'AS112'],
  ['3fff::', 20, 'RFC 9637', 'documentation'],
  ['5f00::', 16, 'RFC 9602', 'segment routing'],
  ['fc00::', 7, 'RFC 4193', 'unique local'],
  ['fe80::', 10, 'RFC 4291', 'link-local'],
  ['fec0::', 10, 'RFC 3879', 'site-local, given up'],
  ['ff00::', 8, 'RFC 4291', 'multicast'],
]

/** Where IPv6 addresses of the public internet are: global unicast as it is assigned (RFC 4291 section 2.4), and translation (RFC 6052). */
export const publicIpv6Blocks: readonly SpecialBlock[] = [
  ['2000::', 3, 'RFC 4291', 'global unicast'],
  [
    '64:ff9b::',
    96,
    'RFC 6052',
    'IPv4 addresses behind a translator; those of the table above are none either',
  ],
]
