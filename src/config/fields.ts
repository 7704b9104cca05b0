/**
 * The scalar values of a configuration: domain names, addresses, networks, times and counts.
 * A check that fails says what was expected; load.ts adds where and what was found.
 */
import { isIP, isIPv4 } from 'node:net'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { readNameServer } from '../dns/name-server.ts'
import { foldedLocalPart, parseMailbox } from '../message/mailbox.ts'

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/** True for a domain name of at most 253 octets whose labels are letters, digits, hyphens and underscores. */
export function isDomainName(name: string): boolean {
  if (name.length > 253 || isIP(name) !== 0) return false
  return name.length > 0 && name.split('.').every(part => label.test(part))
}

/** A domain name, written in lower case and, where it has other letters, as A-labels (RFC 5890). */
export const domainName = z
  .string()
  .transform(text => (/^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : domainToASCII(text)))
  .refine(isDomainName, 'a domain name such as alias.example')

/** An address as it stands in RCPT TO, without angle brackets. */
export const mailboxAddress = z
  .string()
  .refine(text => parseMailbox(text) !== undefined, 'an address such as someone@destination.example')
  .refine(text => !/[;,\s]/.test(text), 'an address without ; , and white space: no signature could carry it')

/** The local part of an alias, or `*`; `b+` belongs to the bounce addresses. */
export const aliasLocalPart = z
  .string()
  .refine(
    text => text === '*' || parseMailbox(`${text}@alias.example`) !== undefined,
    "the part of an address before the @, or '*'",
  )
  .refine(
    text => !foldedLocalPart(text).startsWith('b+'),
    "a local part that does not begin with 'b+': those are the bounce addresses",
  )

/** An IP address to listen on. */
export const ipAddress = z.string().refine(text => isIP(text) !== 0, 'an IP address such as 127.0.0.1 or ::')

/** A TCP port; 0 lets the system choose one. */
export const listeningPort = z.int().min(0).max(65_535)

/** The TCP port of a peer. */
export const peerPort = z.int().min(1).max(65_535)

/** A name server: an address, or address:port, or [address]:port. */
export const nameServer = z
  .string()
  .refine(
    text => readNameServer(text) !== undefined,
    "a name server such as '192.0.2.53' or '127.0.0.1:5353'",
  )

/** A network in CIDR notation that is not the whole internet. */
export const clientNetwork = z
  .string()
  .refine(isNetwork, "a network such as '192.0.2.0/24' or one address such as '::1'")
  .refine(text => !isWholeInternet(text), 'a network smaller than the whole internet: never an open relay')

/** An https URL that paths are put behind; a slash at its end is left out. */
export const publicUrl = z
  .string()
  .refine(isPublicUrl, "a URL such as 'https://lists.example': https, without user, query or fragment")
  .transform(text => text.replace(/\/+$/, ''))

/** A file name; relative ones are resolved against the folder of the configuration file. */
export const fileName = z.string().min(1)

export const count = z.int().min(1)
export const seconds = z.int().min(1)
export const milliseconds = z.int().min(0)
export const octets = z.int().min(1)

/** Splits CIDR notation; one address alone is a network of that address. undefined when it is neither. */
export function parseNetwork(
  text: string,
): { address: string; prefixBits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || isIP(address) === 0 || address.includes('%')) return undefined
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const widest = family === 'ipv4' ? 32 : 128
  if (bits === undefined) return { address, prefixBits: widest, family }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > widest) return undefined
  return { address, prefixBits: Number(bits), family }
}

function isPublicUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || url.protocol !== 'https:' || text.length > 200) return false
  return url.username === '' && url.password === '' && /^https:\/\/[A-Za-z0-9\-._~:/[\]%]+$/.test(text)
}

function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined
}

/** Also refuses what covers nearly everything by halves: a prefix of fewer bits than any allocation has. */
function isWholeInternet(text: string): boolean {
  const network = parseNetwork(text)
  return network !== undefined && network.prefixBits < (network.family === 'ipv4' ? 8 : 16)
}
