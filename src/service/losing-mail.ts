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
import { maxAliasDepth, maxAliasTargets } from '../limits.ts'
import type { ListTable } from '../lists/list-table.ts'
import { foldedLocalPart, type Mailbox } from '../message/mailbox.ts'
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

/**
 * Aliases that lead nowhere, or back to themselves.
 *
 * @param lists those of the database: they are somewhere
 * @returns one line for each fault
 */
export function aliasProblems(config: RelayConfig, aliases: AliasDirectory, lists: ListTable): string[] {
  const directory = withListOwners(aliases, () => lists)
  const bounds = { maxDepth: maxAliasDepth, maxTargets: maxAliasTargets }
  const isList = (mailbox: Mailbox) => lists.claim(mailbox)?.kind === 'list'
  const problems = aliasAddresses(config)
    .flatMap(address => expandRecipient(address, directory, bounds, isList))
    .flatMap(target => (target.kind === 'failed' && !isOfCatchAll(target) ? [target.reason] : []))
  // One loop is met from each of its aliases.
  return [...new Set(problems)]
}

/** Every address that the configuration itself leads somewhere; `*@domain` stands for those of a catch-all. */
function aliasAddresses({ domains, postmaster }: RelayConfig): string[] {
  return Object.entries(domains).flatMap(([domain, { aliases }]) => {
    const names = new Set(Object.keys(aliases).map(foldedLocalPart))
    if (postmaster !== undefined) names.add('postmaster')
    return [...names].map(name => `${name}@${domain}`)
  })
}

/** A catch-all that keeps local parts leads to those that there are in the other domain, and to no others. */
function isOfCatchAll({ address, enhanced }: Target & { readonly kind: 'failed' }): boolean {
  return enhanced === '5.1.1' && address.startsWith(`${catchAllLocalPart}@`)
}
