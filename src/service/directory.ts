/** The addresses of the configuration, in the forms in which the stages ask for them. */
import type { KeyObject } from 'node:crypto'
import type { OwnSenders } from '../admit/own-senders.ts'
import type { BounceClaim, Directory, ListClaim } from '../admit/recipients.ts'
import type { BounceAddressVerdict } from '../bounce/bounce-address.ts'
import { isBounceLocalPart, readBounceAddress } from '../bounce/bounce-address.ts'
import type { RelayConfig } from '../config/schema.ts'
import { profiles } from '../dkim2/index.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import { aliasDirectory } from '../expand/alias-directory.ts'
import type { OutsideAliases } from '../expand/outside-aliases.ts'
import type { ListTable } from '../lists/list-table.ts'
import { listTable } from '../lists/list-table.ts'
import { asciiDomain, type Mailbox } from '../message/mailbox.ts'
import { reflectorOf } from '../reflect/reflectors.ts'

/** The aliases of every domain of the configuration, and behind them those that stand elsewhere. */
export function aliasesOf(config: RelayConfig, outside?: OutsideAliases): AliasDirectory {
  const tables = Object.entries(config.domains).map(
    ([domain, settings]) => [domain, settings.aliases] as const,
  )
  return aliasDirectory(
    Object.fromEntries(tables),
    { postmaster: config.postmaster, abuse: config.abuse },
    domain => config.domains[domain]?.subaddresses ?? true,
    outside,
  )
}

/**
 * What an address is to a list: a list or a command of one, where no alias has that name; else a list without the tag of a subaddress.
 * Commands have a `+` of their own.
 */
export function claimOf(mailbox: Mailbox, aliases: AliasDirectory, lists: ListTable): ListClaim | undefined {
  if (aliases.hasOwnAlias(mailbox)) return undefined
  const base = aliases.withoutTag(mailbox)
  const claim = lists.claim(mailbox)
  if (claim !== undefined || base === undefined || aliases.hasOwnAlias(base)) return claim
  const tagged = lists.claim(base)
  return tagged?.kind === 'list' ? tagged : undefined
}

/** The aliases of the configuration and, behind them, the addresses of the owners of lists. */
export function withListOwners(aliases: AliasDirectory, lists: () => ListTable): AliasDirectory {
  return {
    ...aliases,
    targetsOf(mailbox) {
      const claim = claimOf(mailbox, aliases, lists())
      if (claim?.kind !== 'list-command' || claim.command !== 'owner') return aliases.targetsOf(mailbox)
      return lists().list(claim.listId)?.settings.owners
    },
  }
}

/**
 * The directory that recipients are judged by.
 *
 * @param bounceKeys those whose addresses are accepted now
 * @param clock Unix milliseconds
 * @param lists as they are at the moment of each question; default: none
 * @param isSuspended see `Directory`; default: none is
 */
export function recipientDirectory(
  config: RelayConfig,
  aliases: AliasDirectory,
  bounceKeys: () => readonly KeyObject[],
  clock: () => number,
  lists: () => ListTable = () => listTable([]),
  isSuspended: Directory['isSuspended'] = () => false,
): Directory {
  return {
    isOwnDomain: domain => aliases.isOwnDomain(domain),
    hasAlias: mailbox => aliases.targetsOf(mailbox) !== undefined,
    isSuspended,
    hasOwnAlias: mailbox => aliases.hasOwnAlias(mailbox),
    readList: mailbox => claimOf(mailbox, aliases, lists()),
    defaultDomain: Object.keys(config.domains)[0] ?? config.hostname,
    readReflector: ({ localPart, domain }) =>
      config.domains[asciiDomain(domain)]?.reflector === true ? reflectorOf(localPart) : undefined,
    policyOf(domain) {
      const settings = config.domains[asciiDomain(domain)]
      if (settings === undefined) throw new Error(`${domain} is not a domain of the configuration`)
      // Which image is shown depends on DMARC.
      return settings.bimi === undefined ? settings.admit : { ...settings.admit, senderChecks: 'always' }
    },
    readBounce: mailbox =>
      isBounceLocalPart(mailbox.localPart)
        ? flatten(readBounceAddress(bounceKeys(), mailbox, clock()))
        : undefined,
    isCarriable: address => isCarriable(config, address),
  }
}

/** The own domain that a domain (lower case, A-labels) is, or is below of: the longest. */
export function findOwn({ domains }: RelayConfig, domain: string): OwnSenders | undefined {
  for (let name = domain; name !== ''; name = name.slice(name.indexOf('.') + 1)) {
    const settings = Object.hasOwn(domains, name) ? domains[name] : undefined
    if (settings !== undefined) return { domain: name, check: settings.ownSenders }
    if (!name.includes('.')) return undefined
  }
  return undefined
}

/** True for an address that a signature of the configured profile can name. */
export function isCarriable(config: RelayConfig, address: string): boolean {
  return profiles.get(config.profile)?.isCarriable(address) ?? false
}

function flatten(verdict: BounceAddressVerdict): BounceClaim {
  if (verdict.kind !== 'genuine') return verdict
  return { kind: 'genuine', queueId: verdict.token.queueId, ordinal: verdict.token.ordinal }
}
