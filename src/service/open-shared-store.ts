/** The store of a running relay, and its lease in it. */
import { hostname } from 'node:os'
import { databaseFile, storePlace } from '../config/folders.ts'
import type { RelayConfig } from '../config/schema.ts'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/store.ts'
import { nodeName } from './node-name.ts'
import type { RelayDependencies } from './relay-dependencies.ts'
import { RelayLease } from './relay-lease.ts'

export interface SharedStore {
  readonly store: Store
  /** Resolves if the store dies, or the lease is lost: nothing can be accepted or recorded any more. */
  readonly died: Promise<Error>
  readonly lease: RelayLease
  /** What tells its queue ids from those of the other relays. */
  readonly relay: { readonly relay?: number }
}

/** Opens it until `closing` is disposed of. @throws StoreError */
export async function openSharedStore(
  config: RelayConfig,
  dependencies: RelayDependencies,
  closing: AsyncDisposableStack,
): Promise<SharedStore> {
  const { log, place } = dependencies
  const clock = () => dependencies.clock()
  const died = Promise.withResolvers<Error>()
  const where = storePlace(config)
  const postgres = typeof where === 'string' ? undefined : where
  const isShared = place !== undefined || postgres !== undefined
  const leaseMilliseconds = config.store.leaseSeconds * 1000
  const store = await openStore({
    file: databaseFile(config),
    postgres,
    isShared,
    relay: {
      name: `${await nodeOf(config, dependencies)} ${place ?? 0}`,
      now: clock(),
      leaseMilliseconds,
      host: hostname(),
      process: process.pid,
    },
    commitDelayMilliseconds: config.store.commitDelayMilliseconds,
    onDeath: error => died.resolve(error),
    onDamage: error => log.error({ error }, 'the database is damaged: no mail is accepted or sent'),
  })
  closing.defer(() => store.close())
  const lease = new RelayLease({
    store,
    log,
    clock,
    leaseMilliseconds: isShared ? leaseMilliseconds : undefined,
    onLost: error => died.resolve(error),
  })
  closing.defer(() => lease.stop())
  await lease.start()
  const relay = isShared && store.relay !== null ? { relay: store.relay } : {}
  return { store, died: died.promise, lease, relay }
}

/** A file has one node, which needs no name. */
async function nodeOf(config: RelayConfig, dependencies: RelayDependencies): Promise<string> {
  return config.store.postgres === undefined ? 'relay' : nodeName(config.dataDirectory, dependencies)
}
