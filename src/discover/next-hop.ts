/**
 * Where a message for a domain goes next (RFC 5321 section 5.1), and the words in which discovery says it.
 */
import type { TlsaRecord } from '../dns/resolver.ts'
import type { BatchHop, GatewaySettings } from './gateway.ts'

/**
 * TLS towards a next hop: `implicit` from the first octet, `starttls-required` never without, `starttls-if-offered`
 * opportunistic (RFC 7435: unverified, plaintext where it does not work), `none` plaintext.
 */
export type TlsMode = 'implicit' | 'starttls-required' | 'starttls-if-offered' | 'none'

/**
 * What the destination demands of TLS beyond `tls`, and where it says so. DANE comes before MTA-STS (RFC 8461 section 2);
 * both raise `tls` to `starttls-required`, except MTA-STS in testing mode.
 */
export type TlsPolicy = DanePolicy | StsPolicy | { readonly kind: 'none'; readonly reason: string }

/** The certificate must match one of the TLSA records (RFC 7672). */
export interface DanePolicy {
  readonly kind: 'dane'
  /** Name of the records, with port and protocol. */
  readonly name: string
  /** The same without them: the name that the server is asked for (SNI, RFC 7672 section 8.1). */
  readonly baseDomain: string
  /** Those that can be used with SMTP. None: TLS is demanded, the certificate is not checked (RFC 7672 section 2.2). */
  readonly records: readonly TlsaRecord[]
  /** Names of which a certificate below a trust anchor (usage 2) must show one (RFC 7672 section 3.2.2). */
  readonly certificateNames: readonly string[]
}

/** The host and its certificate must be those of a policy fetched over HTTPS (RFC 8461). */
export interface StsPolicy {
  readonly kind: 'mta-sts'
  readonly mode: 'enforce' | 'testing'
  /** Domain of the policy. */
  readonly domain: string
  /** Its id in DNS. */
  readonly id: string
  /** The lines of its file, for reports. */
  readonly lines: readonly string[]
  /** The hosts that it names, as patterns. */
  readonly mx: readonly string[]
  /** This host is one of them; false occurs in testing mode only. */
  readonly namesHost: boolean
}

/** One address of one host that may take the message. */
export interface SmtpHop {
  readonly kind: 'smtp'
  /** Name of the host, used for SNI; the address itself where a route or an address literal gives no name. */
  readonly host: string
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
  readonly tls: TlsMode
  /** Which step of discovery named it. */
  readonly source: 'route' | 'srv' | 'mx' | 'address'
  /** MX preference or SRV priority. */
  readonly preference?: number
  /** Its place among the records of the same preference; absent where there is no such order. */
  readonly place?: HopPlace
  /**
   * The certificate must be valid for one of these names. Absent: it is not checked (encrypt only). Means nothing for
   * `starttls-if-offered` and `none`.
   */
  readonly certificateNames?: readonly string[]
  /** The answer that named the host was validated with DNSSEC. */
  readonly isNameAuthentic?: true
  /** Absent: nothing was looked for (a route, an address literal). */
  readonly policy?: TlsPolicy
}

/** Where chance has put a record among those of the same preference or priority. */
export interface HopPlace {
  /** 1 is tried first. */
  readonly position: number
  readonly of: number
  /** Of an SRV record: its weight, and the sum of those that were still in the draw. */
  readonly weight?: number
  readonly ofWeight?: number
}

/** A folder that gets every message as a file. */
export interface FileHop {
  readonly kind: 'file'
  readonly folder: string
  readonly source: 'route'
}

export type NextHop = SmtpHop | FileHop | BatchHop

/**
 * 5.1.2 the domain does not exist or has no host; 5.1.10 it takes no mail (RFC 7505); 5.4.4 its hosts have no usable
 * address; 5.4.6 the next hop would be this relay.
 */
export type DiscoveryStatus = '5.1.2' | '5.1.10' | '5.4.4' | '5.4.6' | '5.7.10'

/** What discovery found: next hops in the order in which they are to be tried (never an empty list), or why none. */
export type Discovery =
  | { readonly kind: 'hops'; readonly hops: readonly NextHop[] }
  | { readonly kind: 'temporary'; readonly reason: string }
  | { readonly kind: 'permanent'; readonly reason: string; readonly status: DiscoveryStatus }

/** A configured destination for a domain; it wins over DNS. */
export type Route =
  | {
      readonly kind: 'smtp'
      /** Host name or IP address. */
      readonly host: string
      readonly port: number
      readonly tls: TlsMode
      /** See SmtpHop. */
      readonly certificateNames?: readonly string[]
    }
  | { readonly kind: 'file'; readonly folder: string }
  | ({ readonly kind: 'batch'; readonly url: string } & GatewaySettings)

/** Settings of discovery; all of them are required, their defaults are those of the configuration. */
export interface DiscoverSettings {
  /** By destination domain, lower case, A-labels. */
  readonly routes: Readonly<Record<string, Route>>
  /** Names of this relay, lower case: an MX that names one of them is this relay (RFC 5321 section 5.1). */
  readonly ownNames: readonly string[]
  /** Where this relay can be reached. Without a port every port of the address counts. */
  readonly ownListeners: readonly { readonly address: string; readonly port?: number }[]
  /** Connect to loopback, private and link-local addresses that DNS names. Only for tests and demos. */
  readonly allowPrivateAddresses: boolean
  /** Send to forward-paths with an address literal for a domain (RFC 5321 section 4.1.3). */
  readonly addressLiterals: boolean
  /** Hosts of DNS and routes with `starttls-if-offered` are used with `starttls-required`. */
  readonly requireTls: boolean
  /** How gateways are treated that URI records name; absent: nobody looks for such records. */
  readonly gateways?: GatewaySettings
  /** Look for SRV records of _smtp-tls._tcp before MX. */
  readonly useServiceRecords: boolean
  /** `verify`: a host found by SRV must show a certificate for its name or for the domain. */
  readonly serviceCertificates: 'verify' | 'encrypt-only'
  /** Port of hosts found by MX or address; 25 except in tests. */
  readonly smtpPort: number
  /** Port that means STARTTLS in SRV records; 25 except in tests. */
  readonly serviceStartTlsPort: number
  /** Which family is tried first; the two families of a host then take turns. `-only` leaves the other out. */
  readonly addressOrder: 'ipv6-first' | 'ipv4-first' | 'ipv6-only' | 'ipv4-only'
  /** Hosts beyond this number are left out, worst preference first: an MX list is written by strangers. */
  readonly maxHosts: number
  readonly maxAddressesPerHost: number
  /** Next hops handed to delivery, at most. */
  readonly maxHops: number
}
