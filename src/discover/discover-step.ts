/** A step of discovery, and what it is given. */
import type { Resolver } from '../dns/resolver.ts'
import type { StsPolicyRecord } from '../store/tls-records.ts'
import type { DiscoverSettings, Discovery, SmtpHop } from './next-hop.ts'
import type { TakeNote } from './trace.ts'

/** What every step may use. */
export interface DiscoverDependencies {
  readonly settings: DiscoverSettings
  readonly resolver: Resolver
  /** Uniform in [0, 1): shuffles hosts of equal preference. */
  readonly random: () => number
  /** Told what was left out and which policies apply; DNS questions are noted by `planDelivery`. */
  readonly note?: TakeNote
  /** The message says TLS-Required: No (RFC 8689 section 4.2.2): DANE and MTA-STS are left aside. */
  readonly waivesPolicies?: boolean
  /** Told of a host whose TLSA records cannot be found out: it is not used. */
  readonly daneUnknown?: (failed: { readonly domain: string; readonly host: string }) => void
  /** The MTA-STS policies of destinations; without it nobody looks for them. */
  readonly sts?: StsLookup
}

/** Who knows the policies of destinations, and hears what they forbid. */
export interface StsLookup {
  /** See StsPolicies. */
  policyFor(domain: string): Promise<StsPolicyRecord | undefined>
  /** A host was left out, because the policy that is enforced does not name it. */
  refused(hop: SmtpHop): void
}

/** Decides about a domain (lower case, A-labels), or leaves it to the next step. */
export type DiscoverStep = (
  domain: string,
  dependencies: DiscoverDependencies,
) => Promise<Discovery | undefined>
