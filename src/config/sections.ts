/**
 * The parts of a configuration. The text of `describe` is what the reference shows: meaning first, then unit.
 */
import { z } from 'zod'
import { batchRoute } from './batch-smtp-section.ts'
import { bimiSettings } from './bimi-section.ts'
import { dkimSettings } from './dkim-section.ts'
import { domainSettings } from './domain-settings.ts'
import {
  aliasLocalPart,
  clientNetwork,
  count,
  domainName,
  fileName,
  ipAddress,
  listeningPort,
  mailboxAddress,
  milliseconds,
  nameServer,
  octets,
  peerPort,
  publicUrl,
  seconds,
} from './fields.ts'
import { outgoing } from './outgoing-section.ts'
import { proxies } from './proxy-section.ts'
import { reportFields } from './report-fields.ts'
import { senderPolicy } from './sender-policy-section.ts'
import { listenerKind } from './submission-section.ts'

export const certificate = z.strictObject({
  certificateFile: fileName.describe(
    'PEM file with the certificate and, after it, those of the intermediate authorities.',
  ),
  keyFile: fileName.describe('PEM file with the private key.'),
})

export const listener = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, "a name of letters, digits and hyphens such as 'mx'")
    .describe('Name of this listener in the log and in the hop log.'),
  kind: listenerKind,
  address: ipAddress
    .default('127.0.0.1')
    .describe('IP address to listen on; `::` is every address of both families.'),
  port: listeningPort.describe(
    'TCP port; 25 for mail of the world, 842 for implicit TLS; 0 takes a free one.',
  ),
  tls: z
    .enum(['starttls', 'implicit', 'none'])
    .default('starttls')
    .describe('`starttls` offers STARTTLS, `implicit` begins with TLS, `none` has no TLS.'),
  certificate: certificate
    .exactOptional()
    .describe(
      'Certificate shown to clients. Without it the relay makes a self-signed one for `hostname` in `keysDirectory`: enough for peers that encrypt without checking.',
    ),
  earlyTalkerDelayMilliseconds: milliseconds
    .default(100)
    .describe(
      'How long a client must wait for the greeting; one that speaks earlier is refused. 0 turns it off.',
    ),
  proxies,
  trustedClients: z
    .array(clientNetwork)
    .default([])
    .describe(
      'Networks (CIDR) whose clients may send mail from the own domains to any destination; it is signed at i=1, and they are greeted at once. Nobody else can send through this relay to other domains.',
    ),
})

export const admit = z.strictObject({
  fail: z
    .enum(['reject', 'accept-without-hop'])
    .default('reject')
    .describe(
      'A signature or hash of the chain is wrong: refuse with 550 5.7.1, or forward without a hop of this relay.',
    ),
  permerror: z
    .enum(['reject', 'accept-without-hop'])
    .default('reject')
    .describe(
      'The chain is malformed, expired or its custody is broken: refuse with 550 5.7.1, or forward without a hop of this relay.',
    ),
  temperror: z
    .enum(['defer', 'accept-without-hop'])
    .default('defer')
    .describe(
      'A key could not be looked up for now: ask the client to try again (451 4.7.5), or forward without a hop of this relay.',
    ),
  none: z
    .enum(['accept', 'reject'])
    .default('accept')
    .describe('The message carries no DKIM2 signature: accept it and sign at i=1, or refuse with 550 5.7.1.'),
  duplicate: z
    .enum(['refuse', 'accept-once-more'])
    .default('refuse')
    .describe(
      'The recipient has had this message, and no hop says that it sent several copies (`exploded`): refuse with 550 5.7.1, or accept it a second time and note of which message it is a duplicate. A client that sends again because it missed the reply gets 250 again, and nothing goes out twice.',
    ),
  ...senderPolicy,
})

const signing = z.strictObject({
  selectors: z
    .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/, "a selector such as 'ed'"))
    .min(1)
    .max(8)
    .exactOptional()
    .describe(
      'Selectors of the keys that sign, in this order; a signature of profile `mailversion` has room for two. A key that was replaced stands for its successor. Without it: every active key of the domain in `keysDirectory`.',
    ),
})

export const domain = z.strictObject({
  aliases: z
    .record(aliasLocalPart, z.array(mailboxAddress).min(1))
    .default({})
    .describe(
      "Local part to the addresses that its mail goes on to. `'*'` takes every local part that has no alias of its own; as its target, `*@other.example` keeps the local part. Local parts are compared without regard to case.",
    ),
  subaddresses: z
    .boolean()
    .default(true)
    .describe(
      '`team+tag` is an address of the alias or list `team` (RFC 5233), unless there is an alias or a list `team+tag`; what is left goes to `*` with its tag. Commands to lists and bounce addresses, which have a `+` of their own, are not touched.',
    ),
  signing: signing.prefault({}).describe('Keys that sign for this domain.'),
  admit: admit.prefault({}).describe('What happens to a message by the result of its DKIM2 verification.'),
  reflector: z
    .boolean()
    .default(false)
    .describe(
      'The addresses `reflect-raw`, `reflect-subject` and their like of this domain send signed messages back through this hop, with a report, for implementers of DKIM2: [interop.md](interop.md). An alias of such a name goes first.',
    ),
  ownSenders: z
    .enum(['strict', 'relaxed', 'unchecked'])
    .default('strict')
    .describe(
      'What mail from outside in the name of this domain, or of a name below it, needs in MAIL FROM or From: a pass of DKIM2, DKIM or SPF for the very domain or one above it (`strict`), for any name within this domain (`relaxed`), or nothing (`unchecked`). Without it the mail is refused with 550 5.7.1; `trustedClients` need none.',
    ),
  ...dkimSettings,
  ...bimiSettings,
  ...domainSettings,
  outgoing: outgoing
    .exactOptional()
    .describe('Where connections with mail of this domain leave from, instead of `delivery.outgoing`.'),
})

/** TLS towards a next hop, in the words of discovery. */
export const nextHopTls = z.enum(['starttls-if-offered', 'starttls-required', 'implicit', 'none'])

const smtpRoute = z
  .strictObject({
    host: z.string().min(1).describe('Host name or IP address.'),
    port: peerPort.default(25).describe('TCP port of that host.'),
    tls: nextHopTls
      .default('starttls-if-offered')
      .describe(
        '`starttls-if-offered`, `starttls-required`, `implicit` (TLS from the first octet) or `none`.',
      ),
    certificateNames: z
      .array(domainName)
      .min(1)
      .exactOptional()
      .describe('Names of which the certificate must show one. Without it the certificate is not checked.'),
  })
  .transform(route => ({ kind: 'smtp' as const, ...route }))

const fileRoute = z
  .string()
  .regex(/^file:.+/s, "'file:FOLDER'")
  .transform(text => ({ kind: 'file' as const, folder: text.slice('file:'.length) }))

export const route = z.union([smtpRoute, fileRoute, batchRoute])

export const resolver = z
  .strictObject({
    zoneFile: fileName
      .exactOptional()
      .describe(
        'JSON file that answers instead of any name server, for places that have none: `keys export` writes one. It is read again when it has changed; a file that cannot be read leaves the records before in force.',
      ),
    servers: z
      .array(nameServer)
      .min(1)
      .exactOptional()
      .describe(
        "Name servers as `'address'` or `'address:port'`, asked in turn. Without it: those of the operating system.",
      ),
    validates: z
      .boolean()
      .default(false)
      .describe(
        'The `servers`, which must be named here, validate with DNSSEC and nobody can change their answers on the way: they run on this machine (`127.0.0.1`, `::1`) or behind a protected line. Only then is their AD bit believed (RFC 4035 section 4.9.3), and TLSA records count (DANE, RFC 6698 section 4.1).',
      ),
    timeoutMilliseconds: milliseconds.min(1).default(3_000).describe('How long one server is waited for.'),
    tries: count
      .default(2)
      .describe('How often each server is asked before a question counts as a temporary failure.'),
  })
  .refine(({ validates, servers }) => !validates || servers !== undefined, {
    path: ['servers'],
    message: 'the servers that validate, since `validates` is true',
  })
  .refine(({ zoneFile, servers }) => zoneFile === undefined || servers === undefined, {
    path: ['servers'],
    message: 'none, since `zoneFile` answers',
  })

export const delivery = z.strictObject({
  perDestination: count
    .default(10)
    .describe(
      'Connections to one destination domain, and to one host, at the same time. Two until the domain has been reached once.',
    ),
  messagesPerMinute: count
    .exactOptional()
    .describe(
      'Messages to one destination domain in a minute, spread evenly. Without it as many as the connections carry.',
    ),
  total: count
    .default(100)
    .describe(
      'Deliveries under way at the same time. Those that take longer than a second are not counted, up to four times as many: hosts that hang do not hold up the others.',
    ),
  maxMemoryBytes: count
    .default(256 * 1024 * 1024)
    .describe(
      'Octets of messages that are being sent, in memory at the same time. A message is read when its next hop is ready to take it. One that finds no room within half a minute is deferred; one that is larger goes alone.',
    ),
  requireTls: z
    .boolean()
    .default(false)
    .describe(
      'Never send without TLS: a host that does not offer it is a temporary failure. Routes with `tls: none` are exempt.',
    ),
  allowPrivateAddresses: z
    .boolean()
    .default(false)
    .describe(
      'Connect to addresses that DNS names or that stand in an address literal and are not of the public internet: loopback, private, link-local, documentation, and everything else in the IANA registries of special-purpose addresses. Only for tests: it lets strangers reach inside the network. Routes may always name them.',
    ),
  mtaSts: z
    .boolean()
    .default(true)
    .describe(
      'Obey the MTA-STS policies of destinations (RFC 8461): fetch them over HTTPS, keep them for as long as they say, and never send to a host or with a certificate that an enforced one does not allow.',
    ),
  stsPolicyPort: peerPort
    .default(443)
    .describe('Port of the hosts that MTA-STS policies are fetched from. Other than 443 only for tests.'),
  addressLiterals: z
    .boolean()
    .default(false)
    .describe(
      'Send to addresses such as `user@[192.0.2.1]`. Without it they fail with 5.1.2: nobody needs them, and no policy of a domain protects them.',
    ),
  serviceCertificates: z
    .enum(['verify', 'encrypt-only'])
    .default('verify')
    .describe('Whether a host found by SRV must show a certificate for its name or for the domain.'),
  certificateAuthoritiesFile: fileName
    .exactOptional()
    .describe(
      'PEM file with the certificates of authorities that are believed besides those that come with Node.js, where the certificate of a next hop is checked.',
    ),
  smtpPort: peerPort
    .default(25)
    .describe('Port of hosts found by MX or address records. Other than 25 only for tests.'),
  serviceStartTlsPort: peerPort
    .default(25)
    .describe(
      'Port that means STARTTLS in SRV records; every other one means TLS from the first octet. Other than 25 only for tests.',
    ),
  connectTimeoutSeconds: seconds.default(30).describe('To open a connection to one address.'),
  greetingTimeoutSeconds: seconds
    .default(300)
    .describe('For the greeting of the peer (RFC 5321 section 4.5.3.2.1).'),
  commandTimeoutSeconds: seconds
    .default(300)
    .describe('For the reply to a command (RFC 5321 section 4.5.3.2).'),
  dataTimeoutSeconds: seconds
    .default(600)
    .describe('For the reply after the end of the message (RFC 5321 section 4.5.3.2.6).'),
  idleTimeoutSeconds: seconds
    .default(10)
    .describe('How long a connection that has nothing to send is kept for the next message.'),
  outgoing: outgoing
    .exactOptional()
    .describe(
      'Where connections to other hosts leave from. Without it the system chooses the address, and IPv6 is tried first.',
    ),
})

export const destination = z.strictObject({
  connections: count.exactOptional().describe('Instead of `delivery.perDestination`.'),
  messagesPerMinute: count.exactOptional().describe('Instead of `delivery.messagesPerMinute`.'),
  outgoing: outgoing
    .exactOptional()
    .describe(
      'Where connections with mail to this domain leave from, instead of what is said of the domain that sends it and of `delivery.outgoing`.',
    ),
})

export const queue = z.strictObject({
  retrySeconds: z
    .array(seconds)
    .min(1)
    .default([60, 300, 900, 1_800, 3_600])
    .describe('Waiting times between the first attempts, in seconds.'),
  thenEverySeconds: seconds.default(3_600).describe('Waiting time between all later attempts.'),
  lifetimeSeconds: seconds
    .max(13 * 86_400, 'at most 13 days (1123200): a signature is worth nothing after 14')
    .default(5 * 86_400)
    .describe('How long a message is tried before it is returned to its sender.'),
  maxInMemory: count.default(1_000).describe('Deliveries that wait in memory; more wait in the database.'),
  retentionSeconds: seconds
    .default(30 * 86_400)
    .describe('How long the hop log of a finished message is kept.'),
})

export const limits = z.strictObject({
  maxMessageBytes: octets
    .default(52_428_800)
    .describe('Size of one message in octets; announced with SIZE (RFC 1870).'),
  maxRecipients: count
    .max(999_999)
    .default(100)
    .describe('Recipients in one transaction (RFC 5321 section 4.5.3.1.8 asks for at least 100).'),
  maxTransactions: count
    .max(999_999)
    .default(1_000)
    .describe('Messages in one session; announced with LIMITS (RFC 9422) as MAILMAX, beside RCPTMAX.'),
  maxConnections: count.default(500).describe('Connections of all clients at the same time, per listener.'),
  maxConnectionsPerPeer: count
    .default(50)
    .describe('Connections from one IPv4 address or IPv6 /64 network at the same time, per listener.'),
  idleTimeoutSeconds: seconds
    .default(300)
    .describe('For the next command of a client (RFC 5321 section 4.5.3.2.7).'),
  transactionTimeoutSeconds: seconds.default(600).describe('For a whole message, from DATA to its end.'),
  judgementTimeoutSeconds: seconds
    .max(600)
    .default(20)
    .describe(
      'For the judgement of a message after its end: what name servers have not answered by then is a temporary failure. RFC 5321 section 4.5.3.2.6 has clients wait ten minutes.',
    ),
  maxNamesPerMessage: count
    .max(1_000)
    .default(30)
    .describe(
      'Names that are looked up in DNS to judge one message. A DKIM2 chain that needs the keys of more is a PERMERROR; DKIM and SPF share what the chain leaves.',
    ),
})

export const bounces = z.strictObject({
  returnBodyMaxBytes: octets
    .default(1_048_576)
    .describe(
      'A failed message up to this size in octets is returned whole; of a larger one only the header fields are.',
    ),
  requireSignature: z
    .boolean()
    .default(false)
    .describe(
      'Refuse bounces that are not signed with DKIM2. Most hosts do not sign yet; without it a genuine bounce address is enough.',
    ),
  delayWarningSeconds: z
    .int()
    .min(0)
    .default(4 * 3_600)
    .describe(
      'After how long a sender that is authenticated hears that its message still waits, once a message. 0 turns such warnings off.',
    ),
  returnedChain: z
    .enum(['highest', 'strict'])
    .default('highest')
    .describe(
      'What is verified of a message that a report returns: the signature of this relay alone, or `strict`: every signature, none of them older than 14 days (section 16.4 of draft-ietf-dkim-dkim2-spec-08).',
    ),
  tokenLifetimeSeconds: seconds
    .default(30 * 86_400)
    .describe('How long the bounce address of a forwarded copy accepts bounces.'),
})

export const lists = z.strictObject({
  requestsPerAddress: count
    .default(5)
    .describe(
      'Requests by mail (to subscribe, to leave, for help) of one address to all lists within 24 hours.',
    ),
  requestsPerNetwork: count
    .default(200)
    .describe(
      'Requests by mail from one IPv4 address or IPv6 /64 network to all lists within 24 hours. Large providers send the mail of many people from one address.',
    ),
  requestsPerList: count.default(1_000).describe('Requests by mail to one list within 24 hours.'),
  confirmWithinSeconds: seconds
    .default(3 * 86_400)
    .describe('How long the confirmation of a request can be answered.'),
  decideWithinSeconds: seconds
    .default(14 * 86_400)
    .describe(
      'How long an owner can decide about a subscription or a held post by answering the notice about it.',
    ),
  unsubscribeLinkSeconds: seconds
    .default(2 * 365 * 86_400)
    .describe('How long the one-click link in a post can be used.'),
})

export const reflector = z.strictObject({
  requestsPerAddress: count
    .default(100)
    .describe('Messages of one address to reflectors that are answered within 24 hours.'),
  requestsPerNetwork: count
    .default(500)
    .describe(
      'Messages from one IPv4 address or IPv6 /64 network to reflectors that are answered within 24 hours.',
    ),
})

export const http = z.strictObject({
  address: ipAddress
    .default('127.0.0.1')
    .describe(
      'IP address to listen on. On loopback a reverse proxy in front of it speaks HTTPS with the world.',
    ),
  port: listeningPort.describe('TCP port; 0 takes a free one.'),
  publicUrl: publicUrl.describe(
    'Where the world reaches this listener, such as `https://lists.example` or `https://www.example/lists`: what links in mail begin with. RFC 8058 demands https.',
  ),
  certificate: certificate
    .exactOptional()
    .describe(
      'With a certificate the listener itself speaks HTTPS; without it plain HTTP, for a reverse proxy.',
    ),
})

export const tlsReports = z.strictObject({
  send: z
    .boolean()
    .default(true)
    .describe(
      'Send a report about every day to each domain that asks for it with a TXT record at `_smtp._tls`. Sessions are counted in any case.',
    ),
  ...reportFields,
})

export const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lowest level that is logged.'),
  format: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe(
      '`json`: one object a line; `pretty`: for people; `auto`: `pretty` on a terminal, otherwise `json`.',
    ),
})
