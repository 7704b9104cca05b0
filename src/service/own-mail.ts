/** What the mail that this relay writes itself, notices and reports, is told of the relay. */
import type { StoredDelivery } from '../store/records.ts'
import { forwardDependencies } from './forward/forward-dependencies.ts'
import { signOwnMessage } from './forward/sign-copies.ts'
import { keepUntil } from './keep-until.ts'
import type { TakenUp } from './kinds.ts'
import type { Parts } from './parts.ts'
import type { ReportDependencies } from './reports/send-report.ts'
import type { NoticeDependencies } from './send-notice.ts'

/** Where mail of our own goes once it is in the store. */
export interface OwnMailWays {
  /** Copies can be attempted. */
  queue(planned: readonly StoredDelivery[]): void
  /** It goes to an own address. */
  takeUp(message: TakenUp): Promise<void>
}

export function ownMailDependencies(
  parts: Parts,
  ways: OwnMailWays,
): ReportDependencies & NoticeDependencies {
  const { hostname, bounces } = parts.config
  return {
    hostname,
    returnBodyMaxBytes: bounces.returnBodyMaxBytes,
    store: parts.store,
    log: parts.log,
    bounceAddress: (queueId, ordinal, domain) =>
      forwardDependencies(parts).bounceAddress(queueId, ordinal, domain),
    clock: () => parts.world.clock(),
    random: octets => parts.world.random(octets),
    nextQueueId: () => parts.queueIds.next(),
    isOwnDomain: domain => parts.aliases.isOwnDomain(domain),
    sign: (message, own) => signOwnMessage(message, own, forwardDependencies(parts)),
    keepUntil: milliseconds => keepUntil(parts, milliseconds),
    queued: (deliveries, message, outgoing) => {
      parts.cache.put(message.queueId, outgoing)
      ways.queue(deliveries)
    },
    spooled: message => void ways.takeUp(message),
  }
}
