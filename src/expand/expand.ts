/**
 * Stage 4: from the forward-path of the transaction to the forward-paths that the message goes on to
 * (RFC 5321 section 3.9). Aliases of aliases are followed; what leads back to itself is a permanent failure.
 */
import { comparableAscii, foldedAddress, type Mailbox, parseMailbox } from '../message/mailbox.ts'
import type { AliasDirectory } from './alias-directory.ts'

/** One address that a recipient leads to, or why a branch of the expansion leads nowhere. */
export type Target =
  | { readonly kind: 'external'; readonly forwardPath: string }
  /** A mailing list of this relay. */
  | { readonly kind: 'list'; readonly address: string }
  | { readonly kind: 'failed'; readonly address: string; readonly enhanced: string; readonly reason: string }

export interface ExpandBounds {
  /** Aliases that may follow one another from the recipient to a target. */
  readonly maxDepth: number
  /** Targets of one recipient. */
  readonly maxTargets: number
}

/**
 * All targets of one recipient, in the order of the configuration, each address once.
 *
 * @param recipient forward-path as received, without angle brackets
 * @param isList tells the lists of own domains; an alias of exactly that name wins, a catch-all does not
 * @returns at least one target; a failed one carries the enhanced status code and the reason for a DSN
 */
export function expandRecipient(
  recipient: string,
  directory: AliasDirectory,
  bounds: ExpandBounds,
  isList: (mailbox: Mailbox) => boolean = () => false,
): Target[] {
  const found = new Map<string, Target>()
  follow(recipient, [], { directory, bounds, isList, found, followed: new Set() })
  if (found.size > bounds.maxTargets) {
    return [failed(recipient, '5.4.6', `${recipient} leads to more than ${bounds.maxTargets} addresses`)]
  }
  return [...found.values()]
}

interface Walk {
  readonly directory: AliasDirectory
  readonly bounds: ExpandBounds
  readonly isList: (mailbox: Mailbox) => boolean
  readonly found: Map<string, Target>
  /** Own addresses already followed: two ways to the same alias are not a loop, and cost nothing twice. */
  readonly followed: Set<string>
}

function follow(address: string, path: readonly string[], walk: Walk): void {
  if (walk.found.size > walk.bounds.maxTargets) return
  const mailbox = parseMailbox(address)
  if (mailbox === undefined)
    return note(walk, failed(address, '5.1.3', `${address} is not a mailbox address`))
  if (!walk.directory.isOwnDomain(mailbox.domain))
    return note(walk, { kind: 'external', forwardPath: address })

  if (walk.isList(mailbox) && !walk.directory.hasOwnAlias(mailbox)) {
    return note(walk, { kind: 'list', address })
  }
  const key = foldedAddress(address)
  if (path.includes(key)) {
    return note(walk, failed(address, '5.4.6', `alias loop: ${[...path, key].join(' -> ')}`))
  }
  if (walk.followed.has(key)) return
  walk.followed.add(key)
  if (path.length >= walk.bounds.maxDepth) {
    return note(walk, failed(address, '5.4.6', `more than ${walk.bounds.maxDepth} aliases in a row`))
  }
  const targets = walk.directory.targetsOf(mailbox)
  if (targets === undefined) return note(walk, failed(address, '5.1.1', `no alias ${address} here`))
  for (const target of targets) follow(target, [...path, key], walk)
}

function note(walk: Walk, target: Target): void {
  const key =
    target.kind === 'external'
      ? comparableAscii(target.forwardPath)
      : `${target.kind} ${foldedAddress(target.address)}`
  if (!walk.found.has(key)) walk.found.set(key, target)
}

function failed(address: string, enhanced: string, reason: string): Target {
  return { kind: 'failed', address, enhanced, reason }
}
