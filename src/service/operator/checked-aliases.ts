/** Changes of aliases, looked over before they are made: what the configuration refuses is refused here too. */
import type { AliasKey } from '../../config/maps/alias-map.ts'
import { aliasAddress, readAliasKey } from '../../config/maps/alias-map.ts'
import type { RelayConfig } from '../../config/schema.ts'
import { asciiDomain, foldedLocalPart } from '../../message/mailbox.ts'
import { addressArgument } from '../../operator/address-argument.ts'
import { OperationFailed, UsageError } from '../../operator/problems.ts'
import type { StoredAlias } from '../../store/alias-records.ts'
import type { Store } from '../../store/store.ts'
import { listsIn } from '../lists/stored-table.ts'
import { aliasFaults } from '../losing-mail.ts'
import { openOutside } from '../outside/outside.ts'

/** @throws UsageError for what is no alias of an own domain */
export function aliasArgument(text: string, config: RelayConfig): AliasKey {
  const key = readAliasKey(addressArgument(text), domain => isOwnDomain(domain, config))
  if (!('problem' in key)) return key
  const domains = Object.keys(config.domains).join(', ')
  throw new UsageError(`${key.problem}; the domains are ${domains}`)
}

export function isOwnDomain(domain: string, { domains }: RelayConfig): boolean {
  return Object.hasOwn(domains, asciiDomain(domain))
}

/**
 * Looks over aliases that are to be set.
 *
 * @returns what they lead to that is not there, one line each
 * @throws OperationFailed where they lead back to themselves, or nobody could reach them
 */
export async function remarksOn(
  changes: readonly StoredAlias[],
  { store, config, removed = [] }: { store: Store; config: RelayConfig; removed?: readonly AliasKey[] },
): Promise<readonly string[]> {
  const lists = await listsIn(store)
  for (const change of changes) {
    const address = aliasAddress(change)
    if (hasConfigured(change, config))
      throw new OperationFailed(`${address}: the configuration has an alias of this name, which goes first`)
    const list = lists.claim({ localPart: change.localPart, domain: change.domain })
    if (list?.kind === 'list')
      throw new OperationFailed(`${address}: there is a list of this name, which would get no more posts`)
  }
  const { aliases } = await openOutside(config, store, [
    ...removed.map(key => ({ ...key, targets: null })),
    ...changes,
  ])
  const entries = changes.map(({ targets, ...name }) => ({ ...name, targets: targets.split(',') }))
  const { loops, nowhere } = aliasFaults(config, aliases, lists, entries, 'entries')
  if (loops.length > 0)
    throw new OperationFailed(['nothing is changed:', ...loops.map(line => `  ${line}`)].join('\n'))
  return nowhere
}

function hasConfigured({ localPart, domain }: AliasKey, { domains }: RelayConfig): boolean {
  return Object.keys(domains[domain]?.aliases ?? {}).some(name => foldedLocalPart(name) === localPart)
}
