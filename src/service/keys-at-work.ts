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
import type { SigningKey } from '../sign/signing-key.ts'
import { BounceKeyWatch } from './bounces/bounce-key-watch.ts'
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

/** Watches the keys until `closing` is disposed of. @throws KeyError */
export async function watchKeys(
  keyring: Keyring,
  resolver: Resolver,
  config: RelayConfig,
  dependencies: RelayDependencies,
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

function bounceKeyWatch(config: RelayConfig, dependencies: RelayDependencies): Promise<BounceKeyWatch> {
  return BounceKeyWatch.start({
    folder: config.keysDirectory,
    log: dependencies.log,
    clock: () => dependencies.clock(),
    random: octets => dependencies.random(octets),
  })
}

function keyWatch(
  keyring: Keyring,
  resolver: Resolver,
  config: RelayConfig,
  dependencies: RelayDependencies,
): KeyWatch {
  return new KeyWatch(keyring, {
    folder: config.keysDirectory,
    resolver,
    log: dependencies.log,
    clock: () => dependencies.clock(),
    keepMilliseconds: (config.queue.lifetimeSeconds + defaultTimeBounds.maxAgeSeconds) * 1000,
    validate: fresh => validateSigners(fresh, config),
  })
}
