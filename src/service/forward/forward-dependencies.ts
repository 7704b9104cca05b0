/** What forwarding is told of the relay. */
import { bounceAddress } from '../../bounce/bounce-address.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import * as limits from '../../limits.ts'
import type { ListTable, MailingList } from '../../lists/list-table.ts'
import type { Mailbox } from '../../message/mailbox.ts'
import { claimOf, isCarriable, withListOwners } from '../directory.ts'
import type { DkimDependencies } from '../dkim/dkim-dependencies.ts'
import { dkimDependencies } from '../dkim/dkim-dependencies.ts'
import { gatewayLife } from '../gateway-life.ts'
import type { JudgingDependencies } from '../judging-dependencies.ts'
import type { ExpandDependencies } from './expand-envelope.ts'
import type { SignDependencies } from './sign-copies.ts'

function listAt(mailbox: Mailbox, aliases: AliasDirectory, table: ListTable): MailingList | undefined {
  const claim = claimOf(mailbox, aliases, table)
  return claim?.kind === 'list' ? table.list(claim.listId) : undefined
}

/** What forwarding needs to know, at this moment. */
export function forwardDependencies(
  dependencies: JudgingDependencies,
): ExpandDependencies & SignDependencies & DkimDependencies {
  const { config, bounceKeys } = dependencies
  const { keyring } = dependencies.keys
  const now = dependencies.clock()
  const expiresAtMilliseconds = now + config.bounces.tokenLifetimeSeconds * 1000
  return {
    aliases: withListOwners(dependencies.aliases, () => dependencies.lists.table),
    expandBounds: { maxDepth: limits.maxAliasDepth, maxTargets: limits.maxAliasTargets },
    listAt: mailbox => listAt(mailbox, dependencies.aliases, dependencies.lists.table),
    defaultDomain: Object.keys(config.domains)[0] ?? config.hostname,
    bounceAddress: (queueId, ordinal, domain) =>
      bounceAddress(bounceKeys.current, { queueId, ordinal, expiresAtMilliseconds }, domain),
    signers: (domain, profile) => keyring.signers(domain, { ...config.domains[domain]?.signing, profile }),
    ...dkimDependencies(dependencies),
    isCarriable: address => isCarriable(config, address),
    isSuspended: forwardPath => dependencies.suspendedTargets.has(forwardPath),
    profileFor: (destination, domain) =>
      config.profiles[destination] ?? config.domains[domain]?.profile ?? config.profile,
    revisionFor: destination => config.revisions[destination] ?? config.revision,
    nowMilliseconds: now,
    firstRetryAt: now + (config.queue.retrySeconds[0] ?? config.queue.thenEverySeconds) * 1000,
    expiresAt: now + config.queue.lifetimeSeconds * 1000,
    lifeTo: destination => gatewayLife(destination, dependencies),
  }
}
