/** What an earlier run has left in the store, and what has been there long enough. */
import {
  dmarcFailures,
  dmarcReports,
  indexedAtOnce,
  mapFiles,
  maxDestinationRestMilliseconds,
  maxRecoveredAtOnce,
  prunedAtOnce,
  shedAtOnce,
  tlsReports,
} from '../limits.ts'
import { longestWait } from '../queue/schedule.ts'
import type { StoredMessageWithOctets } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { retentionByDomain } from './domain-limits.ts'
import type { PathDependencies } from './path-dependencies.ts'
import { longestLife, queueSettings } from './settings.ts'
import { utcDay } from './tls/tls-counting.ts'

/** A message that is whole. */
export type Recovered = StoredMessageWithOctets & { readonly octets: Buffer }

/**
 * Messages that are on disk and not planned, claimed for this relay, page by page: one whose planning fails again and again does not
 * hide those behind it, and memory holds one page.
 */
export async function* unplannedPages(
  store: Pick<Store, 'unplanned' | 'claimWork'>,
): AsyncGenerator<Recovered[]> {
  let page = await store.unplanned({ limit: maxRecoveredAtOnce })
  while (page.length > 0) {
    const claimed = await store.claimWork(
      'message',
      page.map(stored => stored.queueId),
    )
    yield page.filter(
      (stored): stored is Recovered => stored.octets !== null && claimed.includes(stored.queueId),
    )
    const after = page.at(-1)?.queueId
    page = after === undefined ? [] : await store.unplanned({ limit: maxRecoveredAtOnce, after })
  }
}

/** Attempts at most so far beyond the longest wait: a clock that is set by a few seconds is nothing to speak of. */
const clockToleranceMilliseconds = 60_000
const pulledInAtOnce = 500

/** The clock was set back: what was planned by the one before would wait until that time comes again. */
export async function pullInAttempts({ store, clock, log, config }: PathDependencies): Promise<void> {
  const { schedule } = queueSettings(config)
  const now = clock()
  const life = longestLife(config)
  // A gateway may wait for its next contact until the end.
  const hasGateways = config.batchSmtp.useUriRecords || gatewayDomains(config).length > 0
  const wait = Math.max(longestWait(schedule), 2 * maxDestinationRestMilliseconds, hasGateways ? life : 0)
  const bounds = {
    now,
    latest: now + wait + clockToleranceMilliseconds,
    lastEnd: now + life,
    limit: pulledInAtOnce,
  }
  let deliveries = 0
  let pulledIn = 0
  do {
    pulledIn = await store.pullIn(bounds)
    deliveries += pulledIn
  } while (pulledIn === pulledInAtOnce)
  if (deliveries > 0)
    log.warn({ deliveries }, 'the clock was set back: attempts that it had put far ahead are due now')
}

/** What was planned before there was a route to a gateway goes in order from now on too. */
export async function putInOrder({
  store,
  config,
}: Pick<PathDependencies, 'store' | 'config'>): Promise<void> {
  const domains = gatewayDomains(config)
  if (domains.length > 0) await store.putInOrder(domains)
}

function gatewayDomains({ routes }: Pick<PathDependencies['config'], 'routes'>): string[] {
  return Object.keys(routes).filter(domain => routes[domain]?.kind === 'batch')
}

/** Removes the bodies of messages of which nothing is left to do, a few in each commit. */
export async function shedBodies(
  { store, clock, config }: Pick<PathDependencies, 'store' | 'clock' | 'config'>,
  isStopping: () => boolean,
): Promise<void> {
  const { bodySeconds, headerSeconds } = config.retention
  const now = clock()
  const endedBefore = now - bodySeconds * 1000
  for (let after: number | null = 0; after !== null && !isStopping(); )
    after = (await store.shedBodies({ after, limit: shedAtOnce, endedBefore })).last
  if (headerSeconds === undefined) return
  const before = now - headerSeconds * 1000
  while (!isStopping() && (await store.dropHeaders(before, shedAtOnce)) === shedAtOnce);
}

/** Makes the messages that came last quick to find. */
export async function indexTerms(
  { store }: Pick<PathDependencies, 'store'>,
  isStopping: () => boolean,
): Promise<void> {
  while (!isStopping() && (await store.indexTerms(indexedAtOnce)));
}

/** Removes octets and records whose time is over, a few in each commit. */
export async function removeOutdated(
  dependencies: PathDependencies,
  isStopping: () => boolean,
): Promise<void> {
  const query = {
    now: dependencies.clock(),
    limit: prunedAtOnce,
    hopLogMilliseconds: dependencies.config.queue.retentionSeconds * 1000,
    hopLogByDomain: retentionByDomain(dependencies.config),
  }
  while (!isStopping() && (await dependencies.store.prune(query)).more);
  // A request counts for a day and can be answered until it expires.
  const before = query.now - 86_400_000
  while (!isStopping() && (await dependencies.store.pruneRequests(before, prunedAtOnce)) === prunedAtOnce);
  await dependencies.store.forgetRemovedAliases(query.now - mapFiles.removedMilliseconds)
  await dependencies.store.pruneTls(query.now, utcDay(query.now - tlsReports.keptDays * 86_400_000))
  await dependencies.store.pruneDmarc(utcDay(query.now - dmarcReports.keptDays * 86_400_000))
  await dependencies.store.pruneFailureReports(query.now - dmarcFailures.keptDays * 86_400_000)
  while (!isStopping() && (await dependencies.store.shrink()));
}
