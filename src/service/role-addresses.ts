/** Who gets the mail that the world sends to the people behind a domain: postmaster (RFC 5321 section 4.5.1) and abuse (RFC 2142). */
import type { RelayConfig } from '../config/schema.ts'
import type { AliasDirectory } from '../expand/alias-directory.ts'
import { foldedLocalPart } from '../message/mailbox.ts'
import { aliasesOf } from './directory.ts'

export interface RoleAddress {
  readonly address: string
  /** Where its mail goes; empty: to nobody, it is refused. */
  readonly targets: readonly string[]
}

const roles = ['postmaster', 'abuse'] as const

/** Its mail is taken whatever there was, so that somebody can be told. */
export function isRole(localPart: string): boolean {
  const folded = foldedLocalPart(localPart)
  return roles.some(role => role === folded)
}

/** Two of each own domain. */
export function roleAddresses(
  config: RelayConfig,
  aliases: AliasDirectory = aliasesOf(config),
): RoleAddress[] {
  return Object.keys(config.domains).flatMap(domain =>
    roles.map(localPart => ({
      address: `${localPart}@${domain}`,
      targets: aliases.targetsOf({ localPart, domain }) ?? [],
    })),
  )
}

/** One line for each that nobody reads. */
export function unreadRoles(config: RelayConfig, aliases?: AliasDirectory): string[] {
  return roleAddresses(config, aliases)
    .filter(({ targets }) => targets.length === 0)
    .map(
      ({ address }) =>
        `${address} reaches nobody, and RFC 5321 section 4.5.1 and RFC 2142 demand that it is read: set postmaster, or an alias of that name`,
    )
}
