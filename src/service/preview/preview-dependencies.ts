/** What a preview has in place of a running relay: its configuration, keys and lists, read and never written. */
import { createSecretKey } from 'node:crypto'
import type { RelayConfig } from '../../config/schema.ts'
import type { DiscoverDependencies } from '../../discover/discover-step.ts'
import type { TxtLookup } from '../../dkim2/index.ts'
import type { Resolver } from '../../dns/resolver.ts'
import { zoneResolver } from '../../dns/zone-resolver.ts'
import type { ListTable } from '../../lists/list-table.ts'
import { listTable, mailingList } from '../../lists/list-table.ts'
import { readStoredSettings } from '../../lists/settings.ts'
import { bounceKeyOctets, readListTokenKey } from '../../sign/bounce-key.ts'
import { loadBounceKeys } from '../../sign/bounce-keys.ts'
import type { Keyring } from '../../sign/keyring.ts'
import { loadKeyring } from '../../sign/keyring.ts'
import { keyZone } from '../../sign/published.ts'
import type { Store } from '../../store/store.ts'
import { openBrands } from '../brand/open-brands.ts'
import { recipientDirectory } from '../directory.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import { openOutside } from '../outside/outside.ts'
import type { RelayDependencies } from '../relay-dependencies.ts'
import { authoritiesOf } from '../settings.ts'
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
}

/** @throws KeyError where a key file cannot be read */
export async function previewDependencies(sources: PreviewSources): Promise<PreviewDependencies> {
  const { config, dependencies, resolver, stored, discover } = sources
  const { log } = dependencies
  const keyring = await loadKeyring(config.keysDirectory)
  const made = () => dependencies.random(bounceKeyOctets)
  const { current, earlier } = await loadBounceKeys(config.keysDirectory)
  const bounceKeys = [current ?? made(), ...earlier.map(({ key }) => key)].map(key => createSecretKey(key))
  const bounceKey = createSecretKey(current ?? made())
  const { aliases } = await openOutside(config, stored)
  const table = await listsOf(stored)
  const clock = () => dependencies.clock()
  const authorities = await authoritiesOf(config)
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
    ),
    nextHopLookup: withOwnKeys(keyring, resolver),
  }
}

/** A list whose settings cannot be read takes no mail in the relay either. */
async function listsOf(stored: Store | undefined): Promise<ListTable> {
  const lists = (await stored?.lists()) ?? []
  return listTable(
    lists.flatMap(list => {
      const reading = readStoredSettings(list.settings)
      return reading.kind === 'read' ? [mailingList(list, reading.settings)] : []
    }),
  )
}

function withOwnKeys({ keys }: Keyring, resolver: Resolver): TxtLookup {
  const own = zoneResolver(keyZone(keys))
  return async name => {
    const answer = await own.txt(name)
    return answer.kind === 'absent' ? resolver.txt(name) : answer
  }
}
