/**
 * The bounds that the service hands to its stages, each with its reason. What the operator may choose is a setting (config/); bounds of
 * the protocol core are arguments of it with defaults in dkim2/bounds.ts; a bound of one parser or of one text stands beside that.
 */

export * from './limits-batch.ts'
export * from './limits-http.ts'
export * from './limits-reports.ts'

/** Aliases of aliases in a row. Deeper ones are mistakes; real tables have two or three levels. */
export const maxAliasDepth = 10

/** Addresses that one recipient may lead to. A larger circle of readers is a list, not an alias. */
export const maxAliasTargets = 1_000

/** Received fields of a message that is taken (RFC 5321 section 6.3: "normally at least 100"; docs/design/discovery.md, "Loops": our own marks end loops before). */
export const maxReceivedFields = 100

/**
 * Received fields of this relay in a message that is taken: honest mail passes a relay a few times, on its way through aliases and
 * lists of several hosts. They end loops of messages with several recipients, whose Received names none.
 */
export const maxOwnReceivedFields = 10

/**
 * Octets that are rebuilt and hashed to verify a chain, within `maxWorkBytes` of dkim2/bounds.ts: some for every message, and so many
 * for each of its octets. A version takes three for each octet; ten revisions fit, and a stranger makes a small message no large one.
 */
export const chainWork = { baseBytes: 32 * 1024 * 1024, perOctet: 40 } as const

/** What of a message is looked at to verify its DKIM signatures. */
export const dkimSignatures = {
  /** RFC 6376 section 6.1 lets a verifier choose; real mail has one or two, and a list adds its own. */
  maxSignatures: 10,
  /** mailauth reads a line character by character, more than once; RFC 5322 has 998. */
  maxLineBytes: 65_536,
  /** From and Content-Type are taken apart; a hundred authors fit. */
  maxParsedBytes: 8_192,
  /** Of the fields that are covered, for each signature anew: real ones have some kilobytes, long lists of recipients some tens. */
  maxHeaderBytes: 131_072,
  /** Of the same fields: mailauth's work grows with the square of their number. */
  maxHeaderLines: 1_000,
  /** Each is searched for among the fields. */
  maxSignedNames: 500,
} as const

/** What of a message is looked at to validate its ARC chain (RFC 8617 section 5.2). */
export const arcChain = {
  /** RFC 8617 section 4.2.1. */
  maxInstances: 50,
  /** Every seal hashes all sets below it; real chains have one to four sets of two to four kilobytes. */
  maxSealedBytes: 512 * 1024,
  maxHeaderBytes: 262_144,
  /** mailauth's work grows with the square of their number. */
  maxHeaderLines: 1_500,
  maxLineBytes: 65_536,
} as const

/**
 * Questions about the policies of one sender: four authors with eight each, a walk for each of eleven identifiers below the
 * organization, which shares most of its names with those, and two about the reverse-path.
 */
export const maxPolicyQuestions = 60

/** DKIM2 hops of a message that is taken; the next one must still fit (i is 1 to 50). */
export const maxHops = 50

/** Messages that were taken before, and the clients that send them again. */
export const duplicates = {
  /** Copies that are remembered; each takes about 250 octets of the database. */
  remembered: 1_000_000,
  /** The same client with the same envelope has missed our reply: the slowest queues first try again after half an hour. */
  retryMilliseconds: 40 * 60_000,
} as const

/** A message of no more octets, to no more addresses, is planned before its 250: signing that many takes a few milliseconds. */
export const plannedAhead = { bytes: 256 * 1024, copies: 4 } as const

/** Copies that are signed at the same time: each holds the whole signing input, and other messages get their turn between. */
export const signedAtOnce = 20

/**
 * Copies of a post that one transaction plans: signing a page keeps the event loop busy between other messages' turns, and its
 * insertion holds up everybody's commits. The first page is small, so that the first copies leave early; each next one is
 * twice as large.
 */
export const copiesPlannedAtOnce = { first: 40, most: 320 } as const

/** Posts whose copies are made at the same time: each holds its message as received and as revised. */
export const postsAtOnce = 4

/** Open posts that are looked up in one question. */
export const postsLookedUpAtOnce = 100

/** How long a delivery whose next hop waits for the message waits for memory: hosts give a client minutes. Then it is deferred. */
export const maxMemoryWaitMilliseconds = 30_000

/** Messages of which size and needs are remembered, some hundred octets each: those of the deliveries in hand, and of a few more. */
export const maxKnownMessages = 10_000

/** Octets of messages kept in memory between reception and first delivery, so that they need not be read back. */
export const maxCachedMessageBytes = 64 * 1024 * 1024

/** Messages whose failures, successes or delays are reported in one go after a restart; each holds its octets in memory meanwhile. */
export const reportedAtOnce = 1_000

/** Messages that are planned at the same time after a restart; each holds its octets in memory. */
export const maxRecoveredAtOnce = 100

/** Each wait before a retry is longer by up to this share, so that what failed together does not come back together. */
export const retryJitterShare = 0.1

/** How long unused connections to peers get for their QUIT when the relay stops. */
export const quitGraceMilliseconds = 1_000

/** How often expired records are looked for, and how many a commit removes. */
export const pruneEveryMilliseconds = 3_600_000
export const prunedAtOnce = 100

/** How often bodies are looked for that nothing needs any more, and how many messages one commit looks at. */
export const shedEveryMilliseconds = 60_000
export const shedAtOnce = 200

/** How often messages are put into the index of the search, and how many in one commit: as many as one search looks through by itself. */
export const indexEveryMilliseconds = 5_000
export const indexedAtOnce = 500

/** How often messages are looked for whose planning had failed (a full disk, say). */
export const recoverEveryMilliseconds = 60_000

/** How often the store is asked whether lists have changed: people who made a list on the command line try it at once. */
export const listWatchMilliseconds = 1_000

/** Files of aliases and routes. */
export const mapFiles = {
  /** How often it is looked whether one has changed, or an alias of the store: who changes one tries it at once. */
  everyMilliseconds: 1_000,
  /** A hundred thousand aliases take five million octets. */
  maxBytes: 64 * 1024 * 1024,
  /** How long it is told that an alias was removed: a relay that has not looked for so long does not run. */
  removedMilliseconds: 86_400_000,
} as const

/** How often the store is asked whether another process has changed the queue. */
export const queueWatchMilliseconds = 1_000

/** Failed copies of posts that are counted in one transaction. */
export const failedCopiesAtOnce = 500

/** Suspended subscribers that are read at once to be probed. */
export const probesAtOnce = 100

/** How often subscribers are looked after: probes, and what owners are told. */
export const careEveryMilliseconds = 60_000

/** Owners hear of suspended subscribers at once, and of further ones together a day later: no flood when a host is down. */
export const newsEveryMilliseconds = 24 * 3_600_000

/** Subscribers that a mail to the owners names; `lists show` knows the others. */
export const newsInOneNotice = 100

/**
 * How long sessions of clients, and then deliveries, get to finish when the relay stops, in milliseconds: together less than the five
 * seconds that people and service managers wait without doubts. What is cut off is tried again at the next start.
 */
export const stopGraceMilliseconds = 1_500

/**
 * How long deliveries and sessions that an earlier configuration has begun may go on after a change: as long as the slowest that the
 * timeouts allow takes, so that none is cut off.
 */
export const retireGraceMilliseconds = 3_600_000

/** How long a configuration may take to be read again, in milliseconds: it is a program. */
export const configReadMilliseconds = 30_000

/** What a command asks of the running relay: it is short, and answered at once or after a configuration was read and put in use. */
export const control = { maxRequestBytes: 1_024, maxAnswerBytes: 1_048_576, timeoutMilliseconds: 60_000 }

/** How long the store then gets to write down what became of deliveries that were cut off. */
export const recordGraceMilliseconds = 400

/**
 * What was under way when the process ended by itself is tried one piece after the other; one that takes longer leaves its turn to the
 * next: peers that hang must not keep the others waiting for minutes each.
 */
export const suspectTurnMilliseconds = 10_000

/** Octets of messages that all listeners together hold while they come in; beyond, clients are asked to come back (452 4.3.1). */
export const maxReceivedBytesInMemory = 256 * 1024 * 1024

/** What a client may do in one session. */
export const incomingSession = {
  /** The header section is parsed and canonicalised as a whole; real ones have some tens of kilobytes. */
  maxHeaderBytes: 1024 * 1024,
  /** Fifty hops with their folded signatures take about 1,500; every line costs memory and time far beyond its octets. */
  maxHeaderLines: 5_000,
  /** RFC 5322 allows 998 octets; real mail exceeds it, and over-long lines are passed on unchanged. */
  maxLineBytes: 100_000,
  /** Octets of messages of one listener; all listeners share `maxReceivedBytesInMemory`. */
  maxMemoryBytes: maxReceivedBytesInMemory,
  /** RFC 5321 section 4.5.3.1.4 says 512, and extensions add to it. */
  maxCommandBytes: 4_096,
  /** Refused commands before the connection is closed; an accepted message starts the count anew. */
  maxErrors: 20,
} as const

/** Reflectors (docs/interop.md) count by address and by network. */
export const reflections = {
  /** Addresses and networks in memory together; beyond them no others are answered until some are a day old. */
  maxRemembered: 20_000,
} as const

/** How long a balancer has for its PROXY header: it sends that first of all, so little more than a packet that is sent again. */
export const proxyHeaderMilliseconds = 5_000

/** Limits of rates (the setting `rates`). */
export const rates = {
  /** Networks, accounts, domains or aliases that each limit remembers; each takes some hundred octets. */
  maxKeys: 50_000,
  /** Sessions that are refused again and again fill no log: it has one line a minute for each limit. */
  tellEveryMilliseconds: 60_000,
  /** A crash forgets what accounts have sent within so long. */
  keepEveryMilliseconds: 1_000,
} as const

/** What is said to a content filter and heard from it. */
export const contentFilter = {
  /** A verdict has some kilobytes; with the explanation of every rule some tens. */
  maxAnswerOctets: 1024 * 1024,
  /** Each is a header field of the request, and filters bound those. */
  maxRecipients: 100,
} as const

/** What a next hop may do in one session; the times of the phases are settings. */
export const outgoingSession = {
  /** RFC 8305 section 8 proposes this: longer than most round trips, short beside a time limit. */
  nextAddressMilliseconds: 250,
  /** RFC 5321 has no limit for a handshake; a minute is long for two round trips. */
  handshakeMilliseconds: 60_000,
  /** RFC 5321 section 4.5.3.2.5: three minutes for a block of data. */
  stallMilliseconds: 180_000,
  /** A peer that takes an octet a minute must not hold a delivery for ever. */
  transferMilliseconds: 3_600_000,
  /** Nobody waits for the reply to QUIT. */
  quitMilliseconds: 5_000,
  /** RFC 5321 section 4.5.3.1.5 has 512 octets for a line; EHLO replies have some dozens of lines. */
  maxReplyOctets: 65_536,
  /** What is kept of a reply for the hop log. */
  maxReplyCharacters: 1_000,
  /** Peers balance their load by new connections. */
  maxMessagesPerConnection: 100,
  /** Connections to a host that works become free within seconds; one that hangs must not hold everybody's places. */
  maxLaneWaitMilliseconds: 10_000,
  /** Unused connections to all hosts together: each is a file descriptor here and there. */
  maxIdleConnections: 200,
  /** Hosts that answer 4yz or break off in the middle before the attempt is over; Postfix has the same. */
  maxSessions: 2,
} as const

/** What DNS may make discovery do. */
export const discovery = {
  /** MX hosts that are looked at; lists are written by strangers, and no large domain has more. */
  maxHosts: 10,
  maxAddressesPerHost: 8,
  /** Next hops of one attempt. */
  maxHops: 20,
} as const

/** Addresses that could not be connected to are tried last for a while. */
export const failedHosts = {
  /** About the first wait before a retry: the next message should not wait for the same dead host again. */
  restMilliseconds: 120_000,
  maxAddresses: 10_000,
} as const

/** A destination of which no host can be reached rests as long as one message would wait, but no longer than this. */
export const maxDestinationRestMilliseconds = 900_000

export const destinationHealth = {
  /** A destination that hangs must not take all its places before that is known; one that works has them after its first reply. */
  initialPlaces: 2,
  maxDestinations: 20_000,
} as const

/** Attempts that take longer leave their place: most of those are waiting for a host that is not there. */
export const slowAttempts = {
  afterMilliseconds: 1_000,
  /** Such attempts for each place: each is a connection. */
  perPlace: 4,
} as const

/** `discover --probe`: somebody waits for it, so it has less patience than delivery. */
export const probing = {
  /** To open a connection, and for a TLS handshake. */
  connectMilliseconds: 10_000,
  /** For the greeting or the reply to a command: hosts that slow down strangers take up to half a minute. */
  replyMilliseconds: 35_000,
  candidateMilliseconds: 60_000,
  totalMilliseconds: 180_000,
} as const

/** MTA-STS policies (RFC 8461 section 3.3). */
export const stsPolicies = {
  /** The RFC suggests a minute; a policy host that hangs holds the first message to its domain for so long. */
  fetchMilliseconds: 30_000,
  retryFetchMilliseconds: 300_000,
  refreshAfterMilliseconds: 86_400_000,
  maxRemembered: 10_000,
  /** How often old policies are looked for, and how many are fetched again then. */
  refreshEveryMilliseconds: 3_600_000,
  refreshedAtOnce: 200,
} as const

/** How often it is looked whether a daily report is due. */
export const dailyReportsEveryMilliseconds = 60_000

/** Images of senders (BIMI), fetched for readers behind own domains. */
export const brands = {
  /** For each address of a host that is tried; the message waits, and goes without an image afterwards. */
  fetchMilliseconds: 5_000,
  /** Hosts that do not answer must not hold up other mail: what comes beyond these goes without an image. */
  fetchesAtOnce: 16,
  /** Each has at most 64 kilobytes. */
  maxKept: 200,
  /** How long an image, or why there is none, is not fetched again. */
  keptMilliseconds: 600_000,
} as const

/** Reports about TLS (RFC 8460). */
export const tlsReports = {
  reportsAtOnce: 50,
  plannedAtOnce: 500,
  /** RFC 8460 section 5.5: a report that is not taken is tried for a day. */
  retryMilliseconds: 3_600_000,
  lifetimeMilliseconds: 86_400_000,
  /** To give a report to a web server. */
  postMilliseconds: 60_000,
  /** Of the answer to it, which nobody reads. */
  maxAnswerOctets: 65_536,
  /** Counted days are kept for so many days, to be looked at. */
  keptDays: 35,
} as const

/** Aggregate reports about DMARC (RFC 9990). */
export const dmarcReports = {
  reportsAtOnce: 50,
  plannedAtOnce: 500,
  /** A report whose destination could not be asked, or that could not be made, is tried for a day. */
  retryMilliseconds: 3_600_000,
  lifetimeMilliseconds: 86_400_000,
  /** Places of one domain that get a report; real records have one or two. */
  maxPlaces: 5,
  /** What is kept of one day, as strangers write what tells its rows apart: a row takes some 500 octets. */
  counted: { maxDomains: 5_000, maxRowsOfDomain: 1_000, maxRows: 100_000 },
  /** Counted days are kept for so many days, to be looked at. */
  keptDays: 35,
} as const

/** What is read of reports that others have sent: anybody can write one (RFC 9990 section 8.1). */
export const readReports = {
  /** Files of a folder; ten reporters in a year send some 4,000. */
  maxFiles: 100_000,
  /** Folders in folders. */
  maxDepth: 8,
  /** Of one file as it is, and of what is unpacked from it. Reports of the largest senders take some ten megabytes. */
  maxFileOctets: 25 * 2 ** 20,
  maxUnpackedOctets: 100 * 2 ** 20,
  /** Elements in elements; the schema has six, extensions a few more. */
  maxElementDepth: 32,
  /** Characters of the content of an element that is read. */
  maxTextCharacters: 4_096,
  /** Records of one report. */
  maxRecords: 200_000,
  /** Senders, and reports that are known from one another, of all files together. */
  maxSenders: 200_000,
} as const

/** What is looked at of one DNS answer, and what questions may cost. */
export const dnsAnswer = {
  maxRecords: 100,
  /** An RSA key of 4096 bits takes about 800 octets. */
  maxTxtOctets: 16_384,
  /** Aliases in a row; resolvers themselves follow some ten. */
  maxAliases: 8,
  /** Each question has a socket of its own. */
  maxQuestionsAtOnce: 500,
} as const

/** Answers of DNS that are remembered. */
export const resolverCache = {
  maxEntries: 10_000,
  maxOctets: 16 * 1024 * 1024,
  /** Where no TTL is known (zone files): short enough that a rotated key is seen soon. */
  defaultTtlSeconds: 300,
  /** Shorter: a record that was just published should be found. */
  negativeTtlSeconds: 60,
  /** RFC 2308 section 5 allows hours; who has just published a record waits less. */
  maxNegativeTtlSeconds: 300,
  minTtlSeconds: 5,
  maxTtlSeconds: 86_400,
} as const

/** What people and metrics are shown of the queue. */
export const queueOverview = {
  /** Destinations that metrics sum up: more than a queue ever has, and a few megabytes. */
  countedDestinations: 50_000,
} as const

/** What the owners of a list are told of held posts: who floods a moderated list must not flood its owners. */
export const heldPosts = {
  /** Notices for one list within 24 hours; what is held beyond waits, and the command line shows it. */
  noticesPerDay: 50,
  /** Larger posts are described and not attached. */
  maxAttachedBytes: 256 * 1024,
  /** Looked at in one go. */
  lookedUpAtOnce: 100,
} as const

/** Octets that a command reads of a file or of standard input: ten times the largest message, and lists of millions of addresses. */
export const maxInputBytes = 512 * 1024 * 1024

/** Signing in on submission listeners. */
export const signIn = {
  /** Passwords that are hashed at the same time: each takes a processor and 16 MiB, and the thread pool has four threads for everything. */
  hashedAtOnce: 2,
  /** Tries that wait for that: an eighth of a second each, less than clients wait for a reply. */
  maxWaiting: 200,
  /** Networks, accounts and pairs of them with wrong passwords that are remembered, about 100 octets each. */
  remembered: 20_000,
  /** Clients (CLIENTID) of one account that nobody has allowed: people have a handful, who has stolen a password makes up any number. */
  clientsPerAccount: 100,
  /** Longest wait before a wrong password is answered: clients give up after half a minute. */
  maxDelayMilliseconds: 8_000,
} as const

/** What the postmaster is told once a day. */
export const digest = {
  /** How often it is looked whether a day is over since the last look. */
  everyMilliseconds: 600_000,
  /** From one look to the next. */
  lookMilliseconds: 24 * 3_600_000,
  /** Lines of one section: nobody reads more, and commands show the rest. */
  linesPerSection: 50,
  /** Kinds of losses that are read at once: more than are shown, so that all are counted. */
  lossesAtOnce: 2_000,
  /** Mail that has waited so long is worth a word: most destinations that are down for maintenance are back. */
  stuckAfterMilliseconds: 4 * 3_600_000,
  /** A certificate that was not renewed by then will not renew itself. */
  certificateDays: 14,
  /** Key records that are looked up at the same time. */
  lookUpsAtOnce: 10,
} as const

/** Changes of addresses that are asked for on pages of subscribers: each sends a mail to an address that somebody has typed. */
export const addressChanges = {
  /** Of one subscriber, and to one new address. */
  mostPerDay: 5,
  /** Subscribers and addresses that are counted, about 100 octets each. */
  remembered: 20_000,
} as const
