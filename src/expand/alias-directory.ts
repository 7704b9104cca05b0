/**
 * The aliases of this relay: which local parts of its own domains lead where (RFC 5321 section 3.9.1).
 * Local parts are compared without regard to case and to the way in which they are quoted, as receivers of mail do; what is
 * forwarded keeps its spelling.
 */
import type { Mailbox } from '../message/mailbox.ts'
import { asciiDomain, foldedLocalPart, localPartWithoutTag, parseMailbox } from '../message/mailbox.ts'

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

/** Local part that RFC 5321 section 4.5.1 demands of every domain that takes mail. */
const postmasterLocalPart = 'postmaster'

/**
 * Makes the directory from the configuration.
 *
 * @param domains own domain (lower-case) to its aliases
 * @param postmaster where mail for `postmaster` of any own domain goes that has no alias of that name
 * @param hasSubaddresses whether `team+tag` is `team` in an own domain (RFC 5233)
 */
export function aliasDirectory(
  domains: Readonly<Record<string, AliasTable>>,
  postmaster?: string | undefined,
  hasSubaddresses: (domain: string) => boolean = () => true,
): AliasDirectory {
  const tables = new Map(
    Object.entries(domains).map(([domain, table]) => [domainKey(domain), foldedKeys(table)] as const),
  )
  const ownTargets = (mailbox: Mailbox): readonly string[] | undefined => {
    const localPart = foldedLocalPart(mailbox.localPart)
    const own = tables.get(domainKey(mailbox.domain))
    if (own === undefined) return undefined
    const isPostmaster = localPart === postmasterLocalPart && postmaster !== undefined
    return own.get(localPart) ?? (isPostmaster ? [postmaster] : undefined)
  }
  const withoutTag = (mailbox: Mailbox): Mailbox | undefined => {
    const localPart = localPartWithoutTag(mailbox.localPart)
    const isTagged = localPart !== undefined && hasSubaddresses(domainKey(mailbox.domain))
    return isTagged ? { ...mailbox, localPart } : undefined
  }
  return {
    isOwnDomain: domain => tables.has(domainKey(domain)),
    hasOwnAlias: mailbox => ownTargets(mailbox) !== undefined,
    withoutTag,
    targetsOf(mailbox) {
      const own = ownTargets(mailbox)
      if (own !== undefined) return own
      const base = withoutTag(mailbox)
      const catchAll = tables.get(domainKey(mailbox.domain))?.get(catchAllLocalPart)
      return (base && ownTargets(base)) ?? catchAll?.map(target => withLocalPart(target, mailbox.localPart))
    },
  }
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
