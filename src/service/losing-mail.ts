/**
 * What loses mail as the configuration stands, though each setting is valid by itself: `check` tells it, and a relay does not start
 * with it, because its senders would get 250 for what goes nowhere.
 */
import type { RelayConfig } from '../config/schema.ts'
import { profiles } from '../dkim2/index.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import { catchAllLocalPart } from '../expand/alias-directory.ts'
import type { Target } from '../expand/expand.ts'
import { expandRecipient } from '../expand/expand.ts'
import type { AliasEntry } from '../expand/outside-aliases.ts'
import { maxAliasDepth, maxAliasTargets } from '../limits.ts'
import type { ListTable } from '../lists/list-table.ts'
import { domainOf, foldedLocalPart, type Mailbox } from '../message/mailbox.ts'
import { KeyError } from '../sign/key-file.ts'
import type { Keyring } from '../sign/keyring.ts'
import { withListOwners } from './directory.ts'

/**
 * Domains whose keys cannot sign what comes, in one of the profiles.
 *
 * @returns one line for each domain
 */
export function keyProblems(config: RelayConfig, keyring: Keyring): string[] {
  return Object.entries(config.domains).flatMap(([domain, { signing }]) => {
    try {
      for (const profile of profiles.values()) keyring.signers(domain, { ...signing, profile })
      return []
    } catch (error) {
      if (error instanceof KeyError) return [error.message]
      throw error
    }
  })
}

/** What is wrong with the aliases: one line for each fault. */
export interface AliasFaults {
  /** They lead back to themselves, or to more than can be followed: the configuration alone says so. */
  readonly loops: readonly string[]
  /** They lead to an address of an own domain that there is not, or not yet: a list can be made while the relay runs. */
  readonly nowhere: readonly string[]
}

/**
 * @param lists those of the database: they are somewhere
 * @param outside aliases of `aliases` that do not stand in the configuration
 * @param scope `entries`: only what these lead to is looked over, as they have changed
 */
export function aliasFaults(
  config: RelayConfig,
  aliases: AliasDirectory,
  lists: ListTable,
  outside: Iterable<AliasEntry> = [],
  scope: 'all' | 'entries' = 'all',
): AliasFaults {
  const directory = withListOwners(aliases, () => lists)
  const bounds = { maxDepth: maxAliasDepth, maxTargets: maxAliasTargets }
  const isList = (mailbox: Mailbox) => lists.claim(mailbox)?.kind === 'list'
  const configured = scope === 'all' ? aliasAddresses(config) : []
  const failed = [...configured, ...leadingWithin(outside, aliases)]
    .flatMap(address => expandRecipient(address, directory, bounds, isList))
    .flatMap(target => (target.kind === 'failed' && !isOfCatchAll(target) ? [target] : []))
  // One loop is met from each of its aliases.
  const reasons = (isNowhere: boolean) =>
    new Set(failed.filter(one => (one.enhanced === nowhere) === isNowhere).map(one => one.reason))
  return { loops: [...reasons(false)], nowhere: [...reasons(true)] }
}

/** Bad destination mailbox address (RFC 3463 section 3.2). */
const nowhere = '5.1.1'

/** Every address that the configuration itself leads somewhere; `*@domain` stands for those of a catch-all. */
function aliasAddresses({ domains, postmaster, abuse }: RelayConfig): string[] {
  return Object.entries(domains).flatMap(([domain, { aliases }]) => {
    const names = new Set(Object.keys(aliases).map(foldedLocalPart))
    if (postmaster !== undefined) names.add('postmaster')
    if (abuse !== undefined) names.add('abuse')
    return [...names].map(name => `${name}@${domain}`)
  })
}

/** Those that lead to addresses of own domains: only they can lead astray, and of a hundred thousand few do. */
function leadingWithin(entries: Iterable<AliasEntry>, aliases: AliasDirectory): string[] {
  const addresses: string[] = []
  for (const { localPart, domain, targets } of entries)
    if (aliases.isOwnDomain(domain) && targets.some(target => aliases.isOwnDomain(domainOf(target))))
      addresses.push(`${localPart}@${domain}`)
  return addresses
}

/** A catch-all that keeps local parts leads to those that there are in the other domain, and to no others. */
function isOfCatchAll({ address, enhanced }: Target & { readonly kind: 'failed' }): boolean {
  return enhanced === nowhere && address.startsWith(`${catchAllLocalPart}@`)
}
