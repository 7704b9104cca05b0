/** A preview of one message, from a configuration and what stands in its folders: opened, asked, and closed again. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { storePlace } from '../../config/folders.ts'
import type { RelayConfig } from '../../config/schema.ts'
import type { DiscoverDependencies, StsLookup } from '../../discover/discover-step.ts'
import { silentLog } from '../../log/log.ts'
import { networkMatcher } from '../../receive/networks.ts'
import { openStoreBeside } from '../../store/open-store.ts'
import { queueIds } from '../../store/queue-ids.ts'
import { openResolver } from '../open-resolver.ts'
import { openOutside } from '../outside/outside.ts'
import type { RelayDependencies } from '../relay-dependencies.ts'
import { authoritiesOf, discoverSettings } from '../settings.ts'
import { stsOnce } from '../tls/sts-once.ts'
import type { PreviewedTransaction } from './preview.ts'
import { preview } from './preview.ts'
import type { PreviewSources } from './preview-dependencies.ts'
import { previewDependencies } from './preview-dependencies.ts'
import type { PreviewReport } from './preview-report.ts'
import { previewReport } from './preview-report.ts'

/** A message, and how a client would hand it over. */
export interface PreviewRequest {
  /** As after DATA, with CRLF line ends, not dot-stuffed. */
  readonly octets: Buffer
  /** MAIL FROM without angle brackets; '' is the null reverse-path. */
  readonly mailFrom: string
  /** RCPT TO of each recipient, without angle brackets. */
  readonly rcptTo: readonly string[]
  /** IP address of the client, for SPF and trusted networks; default: one that nothing is known of. */
  readonly client?: string
  /** What the client says in EHLO. */
  readonly helo?: string
  /** Name of the listener that it connects to; default: the first. */
  readonly listener?: string
  /** For how many subscribers copies of a post are made; default: 2. */
  readonly copies?: number
}

export interface PreviewingDependencies extends RelayDependencies {
  /** Policies of MTA-STS; default: those that the destinations publish, where the configuration asks for them. */
  readonly sts?: StsLookup
}

const onThisMachine: RelayDependencies = {
  clock: () => Date.now(),
  random: octets => randomBytes(octets),
  log: silentLog,
}

/** TEST-NET-1 (RFC 5737): nobody's. */
export const nobodysAddress = '192.0.2.1'

/**
 * What the relay of a configuration would do with a message. Its keys and its database are read, whether it runs or not; nothing is
 * written, sent or changed.
 *
 * @param given default: the clock and chance of this machine, the resolver of the configuration, no log
 * @throws RangeError for a listener that the configuration does not have; KeyError or StoreError for what cannot be read
 */
export async function previewMessage(
  request: PreviewRequest,
  config: RelayConfig,
  given: Partial<PreviewingDependencies> = {},
): Promise<PreviewReport> {
  const dependencies = { ...onThisMachine, ...given }
  const transaction = transactionOf(request, config, dependencies)
  const resolver = dependencies.resolver ?? (await openResolver(config, dependencies))
  const place = storePlace(config)
  const isThere = typeof place !== 'string' || existsSync(place)
  const stored = isThere ? await openStoreBeside(place, 'read') : undefined
  try {
    const outside = await openOutside(config, stored)
    const authorities = await authoritiesOf(config)
    const opened = { config, dependencies, resolver, authorities }
    const discover = discoverDependencies(opened, outside.config)
    const judging = await previewDependencies({ ...opened, stored, discover, aliases: outside.aliases })
    return previewReport(await preview(transaction, judging, request.copies ?? 2))
  } finally {
    await stored?.close()
  }
}

function transactionOf(
  {
    octets,
    mailFrom,
    rcptTo,
    client = nobodysAddress,
    helo = 'client.invalid',
    listener: name,
  }: PreviewRequest,
  { listeners }: RelayConfig,
  { clock }: RelayDependencies,
): PreviewedTransaction {
  const listener = name === undefined ? listeners[0] : listeners.find(one => one.name === name)
  if (listener === undefined) {
    const names = listeners.map(one => one.name).join(', ')
    throw new RangeError(`listener ${name}: there is none of that name; the configuration has ${names}`)
  }
  return {
    queueId: queueIds({ clock }).next(),
    peer: { address: client, port: 0, helo, protocol: 'ESMTP' },
    listener: listener.name,
    trusted: networkMatcher(listener.trustedClients)(client),
    reversePath: mailFrom,
    forwardPaths: rcptTo,
    octets,
  }
}

interface Opened extends Pick<PreviewSources, 'config' | 'resolver' | 'authorities'> {
  readonly dependencies: PreviewingDependencies
}

/**
 * Policies of destinations are fetched anew; those that cannot be are told to the log.
 *
 * @param routing the configuration with the routes of map files
 */
function discoverDependencies(
  { config, resolver, dependencies, authorities }: Opened,
  routing: RelayConfig,
): DiscoverDependencies {
  return {
    settings: discoverSettings(routing, config.listeners),
    resolver,
    random: () => dependencies.random(4).readUInt32BE() / 2 ** 32,
    ...(config.delivery.mtaSts && {
      sts: dependencies.sts ?? stsOnce(config, resolver, authorities, dependencies),
    }),
  }
}
