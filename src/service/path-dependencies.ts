/** The objects that the path of a message needs, opened from the configuration over what lasts, and closed again in the opposite order. */
import type { Directory } from '../admit/recipients.ts'
import { ConfigError } from '../config/problem.ts'
import type { RelayConfig } from '../config/schema.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import { leadsToSuspended, SuspendedTargets } from './alias-targets/suspended-targets.ts'
import type { Brands } from './brand/brands.ts'
import { openBrands } from './brand/open-brands.ts'
import type { DeliveryDependencies } from './delivery-dependencies.ts'
import { openDelivery } from './delivery-dependencies.ts'
import { recipientDirectory } from './directory.ts'
import { DmarcCounting } from './dmarc-reports/dmarc-counting.ts'
import type { LoadedKeys, WatchedKeys } from './keys-at-work.ts'
import { loadSharedKeys, watchKeys } from './keys-at-work.ts'
import type { Lasting } from './lasting.ts'
import { ListWatch } from './lists/list-watch.ts'
import { aliasFaults } from './losing-mail.ts'
import { openResolver } from './open-resolver.ts'
import type { Outside } from './outside/outside.ts'
import { openOutside } from './outside/outside.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import type { SessionGates } from './session-gates.ts'
import { openSessionGates } from './session-gates.ts'
import { authoritiesOf, dmarcReportSettings } from './settings.ts'

export interface PathDependencies
  extends Lasting,
    DeliveryDependencies,
    WatchedKeys,
    SessionGates,
    Omit<LoadedKeys, 'keyring'>,
    Omit<RelayDependencies, 'resolver' | 'place'> {
  readonly config: RelayConfig
  readonly aliases: AliasDirectory
  /** Where those aliases stand that the configuration does not say. */
  readonly outside: Outside
  readonly lists: ListWatch
  readonly directory: Directory
  readonly suspendedTargets: SuspendedTargets
  readonly resolver: Resolver
  readonly dmarcCounting: DmarcCounting
  readonly brands: Brands
  /** Closes what was opened here; the store, which takes what peers still have to say, stays open. */
  readonly closing: AsyncDisposableStack
}

/**
 * Opens everything but the store and the listeners.
 *
 * @throws ConfigError, KeyError, StoreError or an error of the file system; nothing is left open then
 */
export async function openPathDependencies(
  config: RelayConfig,
  dependencies: RelayDependencies,
  lasting: Lasting,
): Promise<PathDependencies> {
  const closing = new AsyncDisposableStack()
  try {
    return await openAll(config, dependencies, lasting, closing)
  } catch (error) {
    await closing.disposeAsync()
    throw error
  }
}

/** What was opened is put on the stack at once, so that a failure of the next leaves nothing behind. */
async function openAll(
  config: RelayConfig,
  dependencies: RelayDependencies,
  lasting: Lasting,
  closing: AsyncDisposableStack,
): Promise<PathDependencies> {
  const { store } = lasting
  const { log } = dependencies
  const clock = () => dependencies.clock()
  const { keyring, sync, ...loaded } = await loadSharedKeys(config, dependencies, store)
  const authorities = await authoritiesOf(config)
  const lists = new ListWatch({ store, log })
  closing.defer(() => lists.stop())
  await lists.start()
  const gates = await openSessionGates(config, { store, log, clock }, closing)
  const outside = await openOutside(config, store)
  const { aliases } = outside
  const { loops, nowhere } = aliasFaults(config, aliases, lists.table, outside.entries())
  refuseLosingMail(loops)
  for (const reason of nowhere) log.error({ reason }, 'an alias leads nowhere: its mail comes back')
  const watch = outside.watch({ log, lists: () => lists.table })
  closing.defer(() => watch.stop())
  const suspendedTargets = new SuspendedTargets({ config, store, log })
  await suspendedTargets.first()
  const targetsWatch = suspendedTargets.watch()
  closing.defer(() => targetsWatch.stop())
  const resolver = await openResolver(config, dependencies)
  const watched = await watchKeys(keyring, resolver, config, { ...dependencies, store, sync }, closing)
  const dmarcCounting = new DmarcCounting({ store, log, isOn: dmarcReportSettings(config) !== undefined })
  closing.defer(() => dmarcCounting.settled())
  const delivery = openDelivery(
    { config: outside.config, dependencies, store, resolver, authorities },
    closing,
  )
  return {
    config: outside.config,
    log,
    clock,
    random: octets => dependencies.random(octets),
    ...lasting,
    ...loaded,
    ...watched,
    ...delivery,
    aliases,
    outside,
    lists,
    directory: recipientDirectory(
      config,
      aliases,
      () => watched.bounceKeys.accepted,
      clock,
      () => lists.table,
      mailbox => leadsToSuspended(mailbox, aliases, suspendedTargets),
    ),
    suspendedTargets,
    resolver,
    dmarcCounting,
    brands: openBrands(config, resolver, authorities, clock),
    ...gates,
    closing,
  }
}

/** @throws ConfigError with a line for each problem */
function refuseLosingMail(problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new ConfigError(
    ['mail would be lost with this configuration:', ...problems.map(line => `  ${line}`)].join('\n'),
  )
}
