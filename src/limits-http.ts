/** Bounds of what comes in by HTTP: links in mail, policies, pages and what operators ask for (see limits.ts). */

/** What is read of a request: the longest that anybody has to send is the one field of RFC 8058 as multipart/form-data. */
export const maxHttpBodyBytes = 4_096

/** What a client of the HTTP listener may do; all it has to send is a link and a button. */
export const incomingHttp = {
  maxConnections: 200,
  maxHeaderBytes: 16_384,
  maxHeaders: 100,
  maxRequestsPerConnection: 100,
  /** For the header section. */
  headersMilliseconds: 10_000,
  /** For the whole request. */
  requestMilliseconds: 20_000,
  keepAliveMilliseconds: 5_000,
  /** For a client that takes its answer no faster than this. */
  idleMilliseconds: 30_000,
  /** How often the times above are looked at. */
  checkEveryMilliseconds: 2_000,
} as const

/** Wrong passwords for the pages of the admin listener: few people use them, and who guesses one of them has the whole relay. */
export const adminSignIn = {
  perNetwork: 10,
  perAccount: 10,
  windowMilliseconds: 900_000,
  /** Networks, accounts and pairs that are remembered. */
  remembered: 5_000,
} as const

/** What the pages of the admin listener read and show. */
export const adminPages = {
  /** Of a form without a message: a name, a password, a search. */
  maxFormBytes: 16_384,
  /** Of a message for the tools: larger ones go to the command line. */
  maxMessageBytes: 5 * 1024 * 1024,
  /** Rows of a table: what a person reads. */
  rows: 100,
  /** Messages that a search by address looks at, newest first. */
  searched: 5_000,
} as const

/** How long a page waits for DNS: who looks at it would have loaded it again by then. */
export const adminLookUpMilliseconds = 10_000
