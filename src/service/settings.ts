/** From the configuration to the settings that the stages ask for: units and names, no decisions. */
import type { RelayConfig } from '../config/schema.ts'
import { readAuthorities } from '../deliver/authorities.ts'
import type { DeliverSettings } from '../deliver/settings.ts'
import type { DiscoverSettings } from '../discover/next-hop.ts'
import { isOnThisMachine, readNameServer } from '../dns/name-server.ts'
import type { StubResolverSettings } from '../dns/stub-resolver.ts'
import * as limits from '../limits.ts'
import type { InOrderPlaces, QueueSettings } from '../queue/runner.ts'
import type { MemoryBudget } from '../receive/memory-budget.ts'
import type { Certificate, ListenerSettings } from '../receive/settings.ts'
import type { DmarcReportSettings } from './dmarc-reports/dmarc-reports.ts'
import { leavesFor } from './leaves-from.ts'
import { ownListeners } from './own-addresses.ts'
import type { TlsReportSettings } from './tls-reports/tls-reports.ts'

export function resolverSettings(
  resolver: RelayConfig['resolver'],
  random: (octets: number) => Buffer,
): StubResolverSettings {
  return { ...resolver, random, ...limits.dnsAnswer }
}

/** Servers that are trusted to validate though others may stand between here and there. */
export function farValidators({ resolver }: RelayConfig): string[] {
  const servers = resolver.validates ? (resolver.servers ?? []) : []
  return servers.filter(text => {
    const server = readNameServer(text)
    return server !== undefined && !isOnThisMachine(server)
  })
}

export function discoverSettings(
  config: RelayConfig,
  listeners: readonly { readonly address: string; readonly port: number }[],
): DiscoverSettings {
  const {
    addressLiterals,
    allowPrivateAddresses,
    requireTls,
    serviceCertificates,
    serviceStartTlsPort,
    smtpPort,
  } = config.delivery
  return {
    routes: config.routes,
    ...(config.batchSmtp.useUriRecords && { gateways: config.batchSmtp.found }),
    ownNames: [config.hostname],
    ownListeners: ownListeners(listeners),
    allowPrivateAddresses,
    addressLiterals,
    requireTls,
    serviceCertificates,
    smtpPort,
    serviceStartTlsPort,
    useServiceRecords: true,
    addressOrder: leavesFor({}, config).addressOrder,
    ...limits.discovery,
  }
}

/**
 * @param clock Unix milliseconds
 * @param authorities of `readAuthorities`, where the configuration names any
 */
export function deliverSettings(
  config: RelayConfig,
  clock: () => number,
  authorities?: readonly string[],
): DeliverSettings {
  const { delivery } = config
  const { source } = leavesFor({}, config)
  return {
    ehloName: source.ehloName,
    localAddresses: { 4: source.ipv4, 6: source.ipv6 },
    clock,
    connectMilliseconds: delivery.connectTimeoutSeconds * 1000,
    greetingMilliseconds: delivery.greetingTimeoutSeconds * 1000,
    commandMilliseconds: delivery.commandTimeoutSeconds * 1000,
    finalReplyMilliseconds: delivery.dataTimeoutSeconds * 1000,
    maxIdleMilliseconds: delivery.idleTimeoutSeconds * 1000,
    maxConnectionsPerHop: delivery.perDestination,
    ...limits.outgoingSession,
    ...(authorities !== undefined && { certificateAuthorities: authorities }),
  }
}

/** The authorities that the configuration names; undefined where it names none. */
export async function authoritiesOf({ delivery }: RelayConfig): Promise<readonly string[] | undefined> {
  const { certificateAuthoritiesFile: file } = delivery
  return file === undefined ? undefined : readAuthorities(file)
}

/** For `discover --probe`: as delivery, but somebody waits. */
export function probeSettings(
  config: RelayConfig,
  clock: () => number,
  authorities?: readonly string[],
): DeliverSettings {
  const settings = deliverSettings(config, clock, authorities)
  const { connectMilliseconds, replyMilliseconds } = limits.probing
  return {
    ...settings,
    connectMilliseconds: Math.min(settings.connectMilliseconds, connectMilliseconds),
    handshakeMilliseconds: Math.min(settings.handshakeMilliseconds, connectMilliseconds),
    greetingMilliseconds: Math.min(settings.greetingMilliseconds, replyMilliseconds),
    commandMilliseconds: Math.min(settings.commandMilliseconds, replyMilliseconds),
  }
}

export function listenerSettings(
  config: RelayConfig,
  listener: RelayConfig['listeners'][number],
  certificate: Certificate | undefined,
  memory: MemoryBudget,
): ListenerSettings {
  const { limits: asked } = config
  return {
    name: listener.name,
    kind: listener.kind,
    address: listener.address,
    port: listener.port,
    hostname: config.hostname,
    tls: listener.tls,
    ...(certificate === undefined ? {} : { certificate }),
    earlyTalkerDelayMilliseconds: listener.earlyTalkerDelayMilliseconds,
    trustedNetworks: listener.trustedClients,
    noDelayNetworks: [],
    proxyNetworks: listener.proxies,
    proxyHeaderMilliseconds: limits.proxyHeaderMilliseconds,
    memory,
    limits: {
      ...limits.incomingSession,
      maxMessageBytes: asked.maxMessageBytes,
      maxRecipients: asked.maxRecipients,
      maxTransactions: asked.maxTransactions,
      maxConnections: asked.maxConnections,
      maxConnectionsPerPeer: asked.maxConnectionsPerPeer,
      idleTimeoutMilliseconds: asked.idleTimeoutSeconds * 1000,
      commandTimeoutMilliseconds: asked.idleTimeoutSeconds * 1000,
      dataTimeoutMilliseconds: asked.transactionTimeoutSeconds * 1000,
    },
  }
}

export function queueSettings(config: RelayConfig): QueueSettings {
  const { queue, delivery, bounces } = config
  const warnAfterMilliseconds = bounces.delayWarningSeconds * 1000
  return {
    schedule: {
      delaysMilliseconds: [...queue.retrySeconds, queue.thenEverySeconds].map(seconds => seconds * 1000),
      lifetimeMilliseconds: queue.lifetimeSeconds * 1000,
      jitterShare: limits.retryJitterShare,
    },
    ...(warnAfterMilliseconds > 0 && { warnAfterMilliseconds }),
    perDestination: delivery.perDestination,
    // Fresh copies of a post go straight from their page into the queue, and not by way of the store.
    inHandPerPlace: Math.max(4, Math.ceil(limits.copiesPlannedAtOnce.most / delivery.perDestination)),
    messagesPerMinute: delivery.messagesPerMinute,
    destinations: config.destinations,
    inOrder: inOrderPlaces(config),
    total: delivery.total,
    maxSlow: limits.slowAttempts.perPlace * delivery.total,
    slowAfterMilliseconds: limits.slowAttempts.afterMilliseconds,
    maxInMemory: queue.maxInMemory,
    health: {
      ...limits.destinationHealth,
      restMilliseconds: queue.retrySeconds.map(seconds =>
        Math.min(seconds * 1000, limits.maxDestinationRestMilliseconds),
      ),
    },
  }
}

/** Destinations behind a gateway: as many attempts at once as one object has messages, and as many again wait in memory. */
function inOrderPlaces({ routes, destinations, batchSmtp, queue }: RelayConfig): InOrderPlaces {
  const found = batchSmtp.found.maxMessages
  // What is said of connections to other hosts is nothing that an object has.
  const own = Object.entries(destinations).map(
    ([domain, limits]) => [domain, { ...limits, connections: found }] as const,
  )
  const routed = Object.entries(routes).flatMap(([domain, route]) =>
    route.kind === 'batch'
      ? [[domain, { ...destinations[domain], connections: route.maxMessages }] as const]
      : [],
  )
  const most = Math.max(found, ...routed.map(([, { connections }]) => connections))
  return {
    perDestination: found,
    destinations: Object.fromEntries([...own, ...routed]),
    maxInMemory: Math.max(queue.maxInMemory, 4 * most),
  }
}

/** Connections to one host at the same time, of messages to this destination. */
export function connectionsTo(destination: string, { destinations, delivery }: RelayConfig): number {
  const own = Object.hasOwn(destinations, destination) ? destinations[destination] : undefined
  return own?.connections ?? delivery.perDestination
}

/** Who reports about TLS, and how; undefined when nobody does: it is turned off, or there is no domain that could sign. */
export function tlsReportSettings(
  config: RelayConfig,
  authorities: readonly string[] | undefined,
): TlsReportSettings | undefined {
  const { hostname, tlsReports, delivery, postmaster } = config
  const [domain] = Object.keys(config.domains)
  if (!tlsReports.send || domain === undefined) return undefined
  return {
    domain,
    submitter: hostname,
    organization: tlsReports.organization ?? hostname,
    contact: tlsReports.contact ?? postmaster ?? `postmaster@${domain}`,
    spreadMilliseconds: tlsReports.spreadSeconds * 1000,
    allowPrivateAddresses: delivery.allowPrivateAddresses,
    https: {
      timeoutMilliseconds: limits.tlsReports.postMilliseconds,
      ...(authorities !== undefined && { certificateAuthorities: authorities }),
    },
  }
}

/** Who reports about DMARC; undefined when nobody does: it is turned off, or there is no domain that could sign. */
export function dmarcReportSettings(config: RelayConfig): DmarcReportSettings | undefined {
  const { hostname, dmarcReports, postmaster } = config
  const [domain] = Object.keys(config.domains)
  if (!dmarcReports.send || domain === undefined) return undefined
  return {
    domain,
    submitter: hostname,
    organization: dmarcReports.organization ?? hostname,
    contact: dmarcReports.contact ?? postmaster ?? `postmaster@${domain}`,
    generator: 'dkim2-relay',
    spreadMilliseconds: dmarcReports.spreadSeconds * 1000,
  }
}

/** How old the signature in a returned message may be: as long as its bounce address is accepted, whose last day is a whole one. */
export function returnedMaxAgeSeconds(config: RelayConfig): number {
  return config.bounces.tokenLifetimeSeconds + 86_400
}

/** Octets, deliveries and tokens live as long as a bounce may come: queue life plus the life of the bounce address. */
export function keptUntil(
  config: Pick<RelayConfig, 'queue' | 'bounces' | 'routes' | 'batchSmtp'>,
  milliseconds: number,
): number {
  return milliseconds + longestLife(config) + config.bounces.tokenLifetimeSeconds * 1000
}

/** The longest that a message may stay in the queue, those for gateways included. Milliseconds. */
export function longestLife({
  queue,
  routes,
  batchSmtp,
}: Pick<RelayConfig, 'queue' | 'routes' | 'batchSmtp'>): number {
  const lives = Object.values(routes).map(route => (route.kind === 'batch' ? route.lifetimeSeconds : 0))
  const found = batchSmtp.useUriRecords ? batchSmtp.found.lifetimeSeconds : 0
  return Math.max(queue.lifetimeSeconds, found, ...lives) * 1000
}
