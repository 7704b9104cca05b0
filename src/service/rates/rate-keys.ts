/** What rates are counted by: client networks, sender domains, aliases. */
import { isIPv4 } from 'node:net'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { catchAllLocalPart } from '../../expand/alias-directory.ts'
import { asciiDomain, foldedLocalPart, type Mailbox, parseMailbox } from '../../message/mailbox.ts'
import { ipv6Groups, plainAddress } from '../../receive/networks.ts'
import type { RecipientRole } from '../../record/recipient-role.ts'

/** How many bits of an address tell networks apart. */
export interface NetworkBits {
  readonly ipv4NetworkBits: number
  readonly ipv6NetworkBits: number
}

/**
 * The network of a client in CIDR notation.
 *
 * @param address as a socket gives it; IPv4 mapped into IPv6 counts as IPv4
 */
export function networkName(address: string, { ipv4NetworkBits, ipv6NetworkBits }: NetworkBits): string {
  const plain = plainAddress(address)
  if (isIPv4(plain)) {
    const octets = plain.split('.').map((octet, at) => masked(Number(octet), ipv4NetworkBits - 8 * at, 8))
    return `${octets.join('.')}/${ipv4NetworkBits}`
  }
  const groups = ipv6Groups(plain)
    .slice(0, Math.ceil(ipv6NetworkBits / 16))
    .map((group, at) => masked(Number.parseInt(group, 16), ipv6NetworkBits - 16 * at, 16).toString(16))
  return `${groups.join(':')}${groups.length < 8 ? '::' : ''}/${ipv6NetworkBits}`
}

/** The first `bits` bits of a number of `width` bits. */
function masked(value: number, bits: number, width: number): number {
  return bits >= width ? value : value & ~(2 ** (width - bits) - 1)
}

/** The alias or list that a recipient belongs to; undefined where it is neither. */
export function aliasOf(
  forwardPath: string,
  role: RecipientRole,
  aliases: Pick<AliasDirectory, 'hasOwnAlias' | 'withoutTag'>,
): string | undefined {
  if (role.kind === 'list') return role.address
  if (role.kind !== 'alias') return undefined
  const mailbox = parseMailbox(forwardPath)
  // The bare word postmaster.
  if (mailbox === undefined) return `${forwardPath.toLowerCase()}@${role.domain}`
  const base = aliases.withoutTag(mailbox)
  const named = [mailbox, base].find(one => one !== undefined && aliases.hasOwnAlias(one))
  return addressOf(named ?? { ...mailbox, localPart: catchAllLocalPart })
}

function addressOf({ localPart, domain }: Pick<Mailbox, 'localPart' | 'domain'>): string {
  return `${foldedLocalPart(localPart)}@${asciiDomain(domain.toLowerCase())}`
}
