/**
 * The aliases of this relay: which local parts of its own domains lead where (RFC 5321 section 3.9.1).
 * Local parts are compared without regard to case and to the way in which they are quoted, as receivers of mail do; what is
 * forwarded keeps its spelling.
 */
import type { Mailbox } from '../message/mailbox.ts'
import { asciiDomain, foldedLocalPart, localPartWithoutTag, parseMailbox } from '../message/mailbox.ts'
import { noOutsideAliases, type OutsideAliases } from './outside-aliases.ts'

/** The local part of an alias that takes every address of its domain which has no alias of its own. */
export const catchAllLocalPart = '*'

/** Aliases of one domain: local part (or `*`) to forward-paths. A target `*@domain` keeps the local part that was asked for. */
export type AliasTable = Readonly<Record<string, readonly string[]>>

export interface AliasDirectory {
  /** True when this relay is responsible for the domain (compared without regard to case). */
  isOwnDomain(domain: string): boolean
  /** The targets of an address in an own domain, or undefined where no alias takes it. */
  targetsOf(mailbox: Mailbox): readonly string[] | undefined
  /** True for an address that has an alias of its own, or is a postmaster's; false for one that it has without its tag, or only `*`. */
  hasOwnAlias(mailbox: Mailbox): boolean
  /** The mailbox without the tag of a subaddress; undefined where it has none, or its domain knows none. */
  withoutTag(mailbox: Mailbox): Mailbox | undefined
}

/** Who gets the mail for the people behind a domain, in domains that have no alias of the name. */
export interface Roles {
  /** RFC 5321 section 4.5.1 demands it of every domain that takes mail. */
  readonly postmaster?: string | undefined
  /** RFC 2142 section 4. Without it: as postmaster. */
  readonly abuse?: string | undefined
}

/**
 * Makes the directory from the configuration.
 *
 * @param domains own domain (lower-case) to its aliases
 * @param roles where mail for `postmaster` and `abuse` of any own domain goes that has no alias of that name
 * @param hasSubaddresses whether `team+tag` is `team` in an own domain (RFC 5233)
 * @param outside aliases that stand elsewhere, as they are at the moment of each question; those of `domains` go first
 */
export function aliasDirectory(
  domains: Readonly<Record<string, AliasTable>>,
  roles: Roles = {},
  hasSubaddresses: (domain: string) => boolean = () => true,
  outside: OutsideAliases = noOutsideAliases,
): AliasDirectory {
  const tables = new Map(
    Object.entries(domains).map(([domain, table]) => [domainKey(domain), foldedKeys(table)] as const),
  )
  const ownTargets = (mailbox: Mailbox): readonly string[] | undefined => {
    const localPart = foldedLocalPart(mailbox.localPart)
    const domain = domainKey(mailbox.domain)
    const own = tables.get(domain)
    if (own === undefined) return undefined
    return (
      own.get(localPart) ??
      outside(localPart, domain) ??
      roleTargets(localPart, name => own.get(name) ?? outside(name, domain), roles)
    )
  }
  const withoutTag = (mailbox: Mailbox): Mailbox | undefined => {
    const localPart = localPartWithoutTag(mailbox.localPart)
    const isTagged = localPart !== undefined && hasSubaddresses(domainKey(mailbox.domain))
    return isTagged ? { ...mailbox, localPart } : undefined
  }
  const catchAllOf = (domain: string): readonly string[] | undefined => {
    const own = tables.get(domain)
    return own && (own.get(catchAllLocalPart) ?? outside(catchAllLocalPart, domain))
  }
  return {
    isOwnDomain: domain => tables.has(domainKey(domain)),
    hasOwnAlias: mailbox => ownTargets(mailbox) !== undefined,
    withoutTag,
    targetsOf(mailbox) {
      const own = ownTargets(mailbox)
      if (own !== undefined) return own
      const base = withoutTag(mailbox)
      const catchAll = catchAllOf(domainKey(mailbox.domain))
      return (base && ownTargets(base)) ?? catchAll?.map(target => withLocalPart(target, mailbox.localPart))
    },
  }
}

/** Whoever reads postmaster hears of abuse too, unless somebody else does. */
function roleTargets(
  localPart: string,
  aliasOf: (localPart: string) => readonly string[] | undefined,
  { postmaster, abuse }: Roles,
): readonly string[] | undefined {
  const asPostmaster = postmaster === undefined ? undefined : [postmaster]
  if (localPart === 'postmaster') return asPostmaster
  if (localPart !== 'abuse') return undefined
  return abuse === undefined ? (aliasOf('postmaster') ?? asPostmaster) : [abuse]
}

/** Lower case and A-labels: the two spellings of an internationalised domain are one domain (RFC 5890). */
function domainKey(domain: string): string {
  return asciiDomain(domain.toLowerCase())
}

function foldedKeys(table: AliasTable): Map<string, readonly string[]> {
  return new Map(Object.entries(table).map(([localPart, targets]) => [foldedLocalPart(localPart), targets]))
}

/** `*@other.example` as the target of a catch-all keeps the local part: whole domains move this way. */
function withLocalPart(target: string, localPart: string): string {
  const mailbox = parseMailbox(target)
  return mailbox?.localPart === catchAllLocalPart ? `${localPart}@${mailbox.domain}` : target
}
