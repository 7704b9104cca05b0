/** Addresses of name servers. */
import { getServers } from 'node:dns'
import { isIP } from 'node:net'

export interface NameServer {
  readonly address: string
  readonly port: number
  readonly family: 4 | 6
  /** As it was given. */
  readonly text: string
}

/** Reads 'address', 'address:port' or '[address]:port'; undefined for anything else. */
export function readNameServer(text: string): NameServer | undefined {
  const [, bracketed, plain, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? text
  // A link-local server of the operating system carries its interface: fe80::1%eth0.
  const family = isIP(address.replace(/%.*$/, ''))
  const number = Number(port)
  if (family === 0 || number === 0 || number > 65_535) return undefined
  return { address, port: number, family: family === 4 ? 4 : 6, text }
}

/** True for a server on this machine: nobody stands between. */
export function isOnThisMachine({ address }: NameServer): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** The name servers of the operating system, as text. */
export function systemServers(): string[] {
  return getServers()
}
