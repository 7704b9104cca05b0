/** What deliveries need: connections, policies of destinations, the octets that go out; and how TLS went, counted. */
import type { RelayConfig } from '../config/schema.ts'
import { Gateways } from '../deliver/batch/gateways.ts'
import { SmtpPool } from '../deliver/smtp-pool.ts'
import type { StsPolicies } from '../discover/sts-policies.ts'
import type { Resolver } from '../dns/resolver.ts'
import * as limits from '../limits.ts'
import type { Store } from '../store/store.ts'
import { HeldMessages } from './held-messages.ts'
import type { MessageCache } from './message-cache.ts'
import { messageCache } from './message-cache.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import { deliverSettings, tlsReportSettings } from './settings.ts'
import { openStsPolicies } from './tls/sts.ts'
import { TlsCounting } from './tls/tls-counting.ts'
import type { TlsReportSettings } from './tls-reports/tls-reports.ts'

export interface DeliveryDependencies {
  readonly pool: SmtpPool
  readonly gateways: Gateways
  readonly counting: TlsCounting
  /** Absent: MTA-STS is turned off. */
  readonly sts: StsPolicies | undefined
  /** Absent: no TLS reports are sent. */
  readonly tlsReports: TlsReportSettings | undefined
  readonly cache: MessageCache
  readonly held: HeldMessages
}

/** @param authorities of `authoritiesOf` */
export function openDelivery(
  opened: {
    readonly config: RelayConfig
    readonly dependencies: RelayDependencies
    readonly store: Store
    readonly resolver: Resolver
    readonly authorities: readonly string[] | undefined
  },
  closing: AsyncDisposableStack,
): DeliveryDependencies {
  const { config, dependencies, store, authorities } = opened
  const cache = messageCache(limits.maxCachedMessageBytes)
  const counting = new TlsCounting({ store, log: dependencies.log, clock: () => dependencies.clock() })
  closing.defer(() => counting.settled())
  const pool = openPool(config, dependencies, counting, authorities)
  closing.defer(() => pool.closeAll(limits.quitGraceMilliseconds))
  const gateways = new Gateways({
    ...limits.gateways,
    ehloName: config.hostname,
    clock: () => dependencies.clock(),
    authorities,
  })
  closing.defer(() => gateways.closeAll())
  return {
    pool,
    gateways,
    counting,
    sts: config.delivery.mtaSts ? openStsPolicies({ ...opened, counting }) : undefined,
    tlsReports: tlsReportSettings(config, authorities),
    cache,
    held: new HeldMessages(
      { cache, store },
      { maxBytes: config.delivery.maxMemoryBytes, maxMessageBytes: config.limits.maxMessageBytes },
    ),
  }
}

function openPool(
  config: RelayConfig,
  dependencies: RelayDependencies,
  counting: TlsCounting,
  authorities: readonly string[] | undefined,
): SmtpPool {
  return new SmtpPool(
    deliverSettings(config, () => dependencies.clock(), authorities),
    event => dependencies.log.warn({ ...event }, 'delivery'),
    event => counting.session(event),
  )
}
