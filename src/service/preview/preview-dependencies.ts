/** What a preview has in place of a running relay: its configuration, keys and lists, read and never written. */
import { createSecretKey } from 'node:crypto'
import type { RelayConfig } from '../../config/schema.ts'
import type { DiscoverDependencies } from '../../discover/discover-step.ts'
import type { TxtLookup } from '../../dkim2/index.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { zoneResolver } from '../../dns/zone-resolver.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import { bounceKeyOctets, readListTokenKey } from '../../sign/bounce-key.ts'
import { loadBounceKeys } from '../../sign/bounce-keys.ts'
import type { Keyring } from '../../sign/keyring.ts'
import { loadKeyring } from '../../sign/keyring.ts'
import { keyZone } from '../../sign/published.ts'
import type { Store } from '../../store/store.ts'
import { leadsToSuspended, SuspendedTargets } from '../alias-targets/suspended-targets.ts'
import { openBrands } from '../brand/open-brands.ts'
import { recipientDirectory } from '../directory.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import { readTable } from '../lists/list-watch.ts'
import type { RelayDependencies } from '../relay-dependencies.ts'
import type { DryStore } from './dry-store.ts'
import { dryStore } from './dry-store.ts'

export interface PreviewDependencies extends JudgingDependencies {
  readonly store: DryStore
  readonly stored: Store | undefined
  /** Where the next hops of copies are looked for. */
  readonly discover: DiscoverDependencies
  /** Keys as the next hop will find them: those of this relay as if they were published, everything else from DNS. */
  readonly nextHopLookup: TxtLookup
}

export interface PreviewSources {
  readonly config: RelayConfig
  readonly dependencies: RelayDependencies
  readonly resolver: Resolver
  /** Undefined: there is no database yet. */
  readonly stored: Store | undefined
  readonly discover: DiscoverDependencies
  /** Of the configuration, the database and map files. */
  readonly aliases: AliasDirectory
  /** PEM certificates of `authoritiesOf`. */
  readonly authorities: readonly string[] | undefined
}

/** @throws KeyError where a key file cannot be read */
export async function previewDependencies(sources: PreviewSources): Promise<PreviewDependencies> {
  const { config, dependencies, resolver, stored, discover, aliases, authorities } = sources
  const { log } = dependencies
  const keyring = await loadKeyring(config.keysDirectory)
  const made = () => dependencies.random(bounceKeyOctets)
  const { current, earlier } = await loadBounceKeys(config.keysDirectory)
  const bounceKey = createSecretKey(current ?? made())
  const bounceKeys = [bounceKey, ...earlier.map(({ key }) => createSecretKey(key))]
  const suspendedTargets = new SuspendedTargets({ config, store: stored ?? nothingSuspended, log })
  await suspendedTargets.first()
  const { table } = readTable((await stored?.lists()) ?? [])
  const clock = () => dependencies.clock()
  return {
    config,
    log,
    clock,
    tokenKeys: [createSecretKey((await readListTokenKey(config.keysDirectory)) ?? made())],
    aliases,
    resolver,
    brands: openBrands(config, resolver, authorities, clock),
    stored,
    discover,
    store: dryStore(stored),
    keys: { keyring },
    bounceKeys: { current: bounceKey },
    lists: { table },
    directory: recipientDirectory(
      config,
      aliases,
      () => bounceKeys,
      clock,
      () => table,
      mailbox => leadsToSuspended(mailbox, aliases, suspendedTargets),
    ),
    suspendedTargets,
    nextHopLookup: withOwnKeys(keyring, resolver),
  }
}

const nothingSuspended = { suspendedTargetsVersion: async () => 0, suspendedTargets: async () => [] }

function withOwnKeys({ keys }: Keyring, resolver: Resolver): TxtLookup {
  const own = zoneResolver(keyZone(keys))
  return async name => {
    const answer = await own.txt(name)
    return answer.kind === 'absent' ? resolver.txt(name) : answer
  }
}
