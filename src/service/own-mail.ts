/** What the mail that this relay writes itself, notices and reports, is told of the relay. */
import type { StoredDelivery } from '../store/records.ts'
import { forwardDependencies } from './forward/forward-dependencies.ts'
import { signOwnMessage } from './forward/sign-copies.ts'
import { keepUntil } from './keep-until.ts'
import type { TakenUp } from './kinds.ts'
import type { PathDependencies } from './path-dependencies.ts'
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
  dependencies: PathDependencies,
  ways: OwnMailWays,
): ReportDependencies & NoticeDependencies {
  const { hostname, bounces } = dependencies.config
  return {
    hostname,
    returnBodyMaxBytes: bounces.returnBodyMaxBytes,
    store: dependencies.store,
    log: dependencies.log,
    bounceAddress: (queueId, ordinal, domain) =>
      forwardDependencies(dependencies).bounceAddress(queueId, ordinal, domain),
    clock: () => dependencies.clock(),
    random: octets => dependencies.random(octets),
    nextQueueId: () => dependencies.queueIds.next(),
    isOwnDomain: domain => dependencies.aliases.isOwnDomain(domain),
    sign: (message, own) => signOwnMessage(message, own, forwardDependencies(dependencies)),
    keepUntil: milliseconds => keepUntil(dependencies, milliseconds),
    queued: (deliveries, message, outgoing) => {
      dependencies.cache.put(message.queueId, outgoing)
      ways.queue(deliveries)
    },
    spooled: message => void ways.takeUp(message),
  }
}
