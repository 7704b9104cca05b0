/** Settings of one listener. */
import type { MemoryBudget } from './memory-budget.ts'

/** A certificate chain and its key, both in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Everything that a client can push against. */
export interface ReceiveLimits {
  /** Size of a message in octets (RFC 1870); announced with SIZE. Default 52,428,800. */
  readonly maxMessageBytes: number
  /** Size of the header section in octets: what is parsed and canonicalised as a whole. Default 1,048,576. */
  readonly maxHeaderBytes: number
  /** Lines of the header section, folded ones included: each costs time and memory far beyond its octets. Default 5,000. */
  readonly maxHeaderLines: number
  /** Length of a line of the message in octets without CRLF; RFC 5322 allows 998, and real mail exceeds it. Default 100,000. */
  readonly maxLineBytes: number
  /** Recipients of a transaction; RFC 5321 section 4.5.3.1.8 asks for at least 100. Default 100. */
  readonly maxRecipients: number
  /** MAIL commands of a session, announced with LIMITS (RFC 9422); the next one gets 421. Default 1,000. */
  readonly maxTransactions: number
  /** Connections of all clients to this listener. Default 500. */
  readonly maxConnections: number
  /** Connections of one IPv4 address or IPv6 /64 network to this listener. Default 50. */
  readonly maxConnectionsPerPeer: number
  /** Octets of messages in memory over all connections of this listener (or of all that share `memory`). Default 268,435,456. */
  readonly maxMemoryBytes: number
  /** Length of a command line in octets without CRLF; RFC 5321 section 4.5.3.1.4 says 512 and extensions add to it. Default 4,096. */
  readonly maxCommandBytes: number
  /** Commands refused with 4yz or 5yz before the connection is closed; an accepted message starts the count anew. Default 20. */
  readonly maxErrors: number
  /** No octet comes in for this time (RFC 5321 section 4.5.3.2.7). Default 300,000. */
  readonly idleTimeoutMilliseconds: number
  /** A command line is not complete this long after the last reply. Default 300,000. */
  readonly commandTimeoutMilliseconds: number
  /** A message is not complete this long after the 354. Default 600,000. */
  readonly dataTimeoutMilliseconds: number
}

export interface ListenerSettings {
  /** `submission` takes mail of clients that have signed in over TLS, and of nobody else (RFC 6409). Default: mail of the world. */
  readonly kind?: 'mx' | 'submission'
  /** Name of the listener in logs and in the hop log. */
  readonly name: string
  /** IP address to listen on. */
  readonly address: string
  /** TCP port; 0 takes a free one. */
  readonly port: number
  /** The relay's own host name, in the greeting and in trace fields. */
  readonly hostname: string
  /** 'none' has no TLS, 'starttls' offers it (RFC 3207), 'implicit' begins with it (RFC 8314). */
  readonly tls: 'none' | 'starttls' | 'implicit'
  /** Needed unless `tls` is 'none'. */
  readonly certificate?: Certificate
  /** How long a client must wait for the greeting; one that speaks earlier is refused with 554. Default 100; 0 greets at once. */
  readonly earlyTalkerDelayMilliseconds: number
  /** Networks in CIDR notation whose clients may send from own domains; they are greeted at once. Default none. */
  readonly trustedNetworks: readonly string[]
  /** Further networks in CIDR notation that are greeted at once. Default none. */
  readonly noDelayNetworks: readonly string[]
  /**
   * Networks in CIDR notation of balancers: a connection from there must begin with a header of the PROXY protocol, every other one is
   * refused. Empty: clients connect themselves.
   */
  readonly proxyNetworks: readonly string[]
  /** How long a balancer has for that header. */
  readonly proxyHeaderMilliseconds: number
  readonly limits: ReceiveLimits
  /** Octets in memory, counted together for all listeners that are given the same object. Default: one of `maxMemoryBytes`. */
  readonly memory?: MemoryBudget
}
