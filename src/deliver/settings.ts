/** By family. */
export interface LocalAddresses {
  readonly 4?: string | undefined
  readonly 6?: string | undefined
}

/** Settings of delivery. Times are milliseconds; RFC 5321 section 4.5.3.2 has the least that a client should wait. */
export interface DeliverSettings {
  /** Name of this relay in EHLO. */
  readonly ehloName: string
  /** Addresses of this machine that connections leave from, by family; absent: the system chooses. */
  readonly localAddresses?: LocalAddresses
  /** To open a connection to one address. */
  readonly connectMilliseconds: number
  /** How long an address is waited for before the next one of the host is tried beside it (RFC 8305 section 5). */
  readonly nextAddressMilliseconds: number
  /** For the whole greeting (RFC 5321 section 4.5.3.2.1). */
  readonly greetingMilliseconds: number
  /** For a TLS handshake. */
  readonly handshakeMilliseconds: number
  /** For the reply to EHLO, STARTTLS, MAIL, RCPT, DATA or RSET (sections 4.5.3.2.2 to 4.5.3.2.4). */
  readonly commandMilliseconds: number
  /** While the message is sent: how long the peer may take nothing (section 4.5.3.2.5). */
  readonly stallMilliseconds: number
  /** For the whole message: a peer that takes an octet a minute must not hold a delivery for ever. */
  readonly transferMilliseconds: number
  /** For the reply after the final dot (section 4.5.3.2.6). */
  readonly finalReplyMilliseconds: number
  /** For the reply to QUIT on a connection that nobody waits for. */
  readonly quitMilliseconds: number
  /** Largest reply that is read; the connection of a peer that sends more is closed. */
  readonly maxReplyOctets: number
  /** Characters of a reply that are kept for the hop log and the DSN. */
  readonly maxReplyCharacters: number
  /** How long an unused connection is kept for the next message. */
  readonly maxIdleMilliseconds: number
  /** After so many messages a connection is closed: the peer balances its load by new ones. */
  readonly maxMessagesPerConnection: number
  /** Connections to one next hop at the same time. */
  readonly maxConnectionsPerHop: number
  /** How long a message waits for one of them to become free; then it is deferred. */
  readonly maxLaneWaitMilliseconds: number
  /** Unused connections to all next hops; the one that was unused the longest is closed first. */
  readonly maxIdleConnections: number
  /** Sessions of one attempt: how many hosts that answer 4yz or break off in the middle are asked in turn. */
  readonly maxSessions: number
  /** Unix time in milliseconds, for the dates of certificates. */
  readonly clock: () => number
  /** PEM certificates that are trusted instead of those that come with Node; for a private authority. */
  readonly certificateAuthorities?: readonly string[]
}

/** Something that no outcome tells, for the log. */
export interface DeliverEvent {
  readonly event: 'plaintext-after-failed-handshake' | 'stale-connection'
  readonly nextHop: string
  readonly reason: string
}
