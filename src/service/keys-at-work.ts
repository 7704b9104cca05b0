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
import type { World } from './world.ts'

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
export async function loadKeys(config: RelayConfig, world: World): Promise<LoadedKeys> {
  const { keyring, generated } = await ensureKeys(config.keysDirectory, Object.keys(config.domains))
  validateSigners(keyring, config)
  return { keyring, generatedKeys: generated, tokenKeys: await listTokenKeys(config, world) }
}

/** Watches the keys until `closing` is disposed of. @throws KeyError */
export async function watchKeys(
  keyring: Keyring,
  resolver: Resolver,
  config: RelayConfig,
  world: World,
  closing: AsyncDisposableStack,
): Promise<WatchedKeys> {
  const bounceKeys = await bounceKeyWatch(config, world)
  closing.defer(() => bounceKeys.stop())
  const keys = keyWatch(keyring, resolver, config, world)
  closing.defer(() => keys.stop())
  await keys.start()
  return { keys, bounceKeys }
}

async function listTokenKeys(config: RelayConfig, world: World): Promise<[KeyObject, ...KeyObject[]]> {
  const [current, ...earlier] = await ensureListTokenKeys(config.keysDirectory, size => world.random(size))
  return [createSecretKey(current), ...earlier.map(one => createSecretKey(one))]
}

/** @throws KeyError naming the domain that could not sign what comes, in one of the profiles */
function validateSigners(keyring: Keyring, config: RelayConfig): void {
  for (const [domain, settings] of Object.entries(config.domains)) {
    for (const profile of profiles.values()) keyring.signers(domain, { ...settings.signing, profile })
  }
}

function bounceKeyWatch(config: RelayConfig, world: World): Promise<BounceKeyWatch> {
  return BounceKeyWatch.start({
    folder: config.keysDirectory,
    log: world.log,
    clock: () => world.clock(),
    random: octets => world.random(octets),
  })
}

function keyWatch(keyring: Keyring, resolver: Resolver, config: RelayConfig, world: World): KeyWatch {
  return new KeyWatch(keyring, {
    folder: config.keysDirectory,
    resolver,
    log: world.log,
    clock: () => world.clock(),
    keepMilliseconds: (config.queue.lifetimeSeconds + defaultTimeBounds.maxAgeSeconds) * 1000,
    validate: fresh => validateSigners(fresh, config),
  })
}
