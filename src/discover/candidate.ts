/** Hosts on their way to next hops: as DNS names them, and with their addresses. */
import type { HostAddress } from '../dns/resolver.ts'
import type { SmtpHop } from './next-hop.ts'

/** A host that a step found: a next hop without its address. */
export type Candidate = Omit<SmtpHop, 'kind' | 'address' | 'family'>

/** A host with its addresses. */
export interface ResolvedHost {
  readonly candidate: Candidate
  readonly addresses: readonly HostAddress[]
  /** It must not be used now, though its addresses are known: by them it may still be found to be this relay. */
  readonly isBarred?: true
}
