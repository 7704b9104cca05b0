/** The keys of a running relay: loaded before anything else is opened, then watched. */
import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import type { RelayConfig } from '../config/schema.ts'
import { defaultTimeBounds } from '../dkim2/custody.ts'
import { profiles } from '../dkim2/index.ts'
import type { Resolver } from '../dns/resolver.ts'
import { ensureListTokenKeys } from '../sign/bounce-key.ts'
import { ensureKeys } from '../sign/generate.ts'
import type { Keyring } from '../sign/keyring.ts'
import { readSealingKey } from '../sign/sealed-file.ts'
import type { SigningKey } from '../sign/signing-key.ts'
import type { Store } from '../store/store.ts'
import { BounceKeyWatch } from './bounces/bounce-key-watch.ts'
import { KeySync } from './key-sync.ts'
import { KeyWatch } from './key-watch.ts'
import type { RelayDependencies } from './relay-dependencies.ts'

export interface LoadedKeys {
  readonly keyring: Keyring
  /** Those that were made because a domain had none. */
  readonly generatedKeys: readonly SigningKey[]
  /** Of the list tokens (lists/tokens): the current one, then the one before it where there is one. */
  readonly tokenKeys: readonly [KeyObject, ...KeyObject[]]
}

export interface WatchedKeys {
  readonly keys: KeyWatch
  readonly bounceKeys: BounceKeyWatch
}

interface SharedKeys extends LoadedKeys {
  /** Exchanges keys with other nodes; undefined: they are in files alone, or another process of this node does it. */
  readonly sync: KeySync | undefined
}

interface KeyDependencies extends RelayDependencies, Pick<SharedKeys, 'sync'> {
  readonly store: Pick<Store, 'claimJob'>
}

/**
 * Makes the keys that are missing. A domain whose keys cannot sign stops the start, not the first message.
 *
 * @throws KeyError, or an error of the file system
 */
export async function loadKeys(config: RelayConfig, dependencies: RelayDependencies): Promise<LoadedKeys> {
  const { keyring, generated } = await ensureKeys(config.keysDirectory, Object.keys(config.domains))
  validateSigners(keyring, config)
  return { keyring, generatedKeys: generated, tokenKeys: await listTokenKeys(config, dependencies) }
}

/** The same where nodes share their keys: what others have comes first, what is made here goes to them. */
export async function loadSharedKeys(
  config: RelayConfig,
  dependencies: RelayDependencies,
  store: Store,
): Promise<SharedKeys> {
  const sync = await keySync(config, dependencies, store)
  await sync?.look()
  const loaded = await loadKeys(config, dependencies)
  // Another node may have made keys at the same moment; the first one's stay.
  const isOurs = sync === undefined || !((await sync.look()) || (await sync.look()))
  return { ...(isOurs ? loaded : await loadKeys(config, dependencies)), sync }
}

async function keySync(
  { store: { keySecretFile }, keysDirectory: folder }: RelayConfig,
  { log, place = 0, random }: RelayDependencies,
  store: Store,
): Promise<KeySync | undefined> {
  if (keySecretFile === undefined || place !== 0) return undefined
  return new KeySync({ folder, key: await readSealingKey(keySecretFile), store, log, random })
}

/** Watches the keys until `closing` is disposed of. Of relays that share a store one changes their states. @throws KeyError */
export async function watchKeys(
  keyring: Keyring,
  resolver: Resolver,
  config: RelayConfig,
  dependencies: KeyDependencies,
  closing: AsyncDisposableStack,
): Promise<WatchedKeys> {
  const bounceKeys = await bounceKeyWatch(config, dependencies)
  closing.defer(() => bounceKeys.stop())
  const keys = keyWatch(keyring, resolver, config, dependencies)
  closing.defer(() => keys.stop())
  await keys.start()
  return { keys, bounceKeys }
}

async function listTokenKeys(
  config: RelayConfig,
  dependencies: RelayDependencies,
): Promise<[KeyObject, ...KeyObject[]]> {
  const [current, ...earlier] = await ensureListTokenKeys(config.keysDirectory, size =>
    dependencies.random(size),
  )
  return [createSecretKey(current), ...earlier.map(one => createSecretKey(one))]
}

/** @throws KeyError naming the domain that could not sign what comes, in one of the profiles */
function validateSigners(keyring: Keyring, config: RelayConfig): void {
  for (const [domain, settings] of Object.entries(config.domains)) {
    for (const profile of profiles.values()) keyring.signers(domain, { ...settings.signing, profile })
  }
}

function bounceKeyWatch(config: RelayConfig, dependencies: KeyDependencies): Promise<BounceKeyWatch> {
  return BounceKeyWatch.start({
    folder: config.keysDirectory,
    log: dependencies.log,
    clock: () => dependencies.clock(),
    random: octets => dependencies.random(octets),
    mayChange: () => dependencies.store.claimJob('keys'),
  })
}

function keyWatch(
  keyring: Keyring,
  resolver: Resolver,
  config: RelayConfig,
  dependencies: KeyDependencies,
): KeyWatch {
  return new KeyWatch(keyring, {
    folder: config.keysDirectory,
    resolver,
    log: dependencies.log,
    clock: () => dependencies.clock(),
    keepMilliseconds: (config.queue.lifetimeSeconds + defaultTimeBounds.maxAgeSeconds) * 1000,
    validate: fresh => validateSigners(fresh, config),
    beforeLook: async () => dependencies.sync?.look(),
    mayChange: () => dependencies.store.claimJob('keys'),
  })
}
