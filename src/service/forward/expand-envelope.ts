/** The first half of forward(): who gets a copy of a message, with which envelope (stage 4). */

import { requestsOf } from '../../dkim2/requests-of-hops.ts'
import type { AliasDirectory } from '../../expand/alias-directory.ts'
import type { ExpandBounds } from '../../expand/expand.ts'
import { expandRecipient } from '../../expand/expand.ts'
import type { MailingList } from '../../lists/list-table.ts'
import { asciiDomainOf, comparableAscii, type Mailbox, parseMailbox } from '../../message/mailbox.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import type { Notification } from '../../smtp/dsn-parameters.ts'
import type { Envelope } from '../../smtp/envelope.ts'
import { isRole } from '../role-addresses.ts'

/** One copy that is to go out, before it is signed. */
export interface Forwarding {
  readonly ordinal: number
  /** Forward-path as received. */
  readonly recipient: string
  readonly forwardPath: string
  /** '' is the null reverse-path. */
  readonly reversePath: string
  /** Domain that signs, lower-case. */
  readonly domain: string
  /**
   * `alias` for what an alias leads to, `list` for a copy of a post, `post` for one that a list does not take, `originate` for
   * mail of our own clients, `dsn` and `notice` for mail that this relay writes.
   */
  readonly kind: 'alias' | 'list' | 'post' | 'originate' | 'dsn' | 'notice'
  /** Set when there is nowhere to go: enhanced status code and reason. */
  readonly failure?: string
  /** What the next hop is asked to report, if it knows DSN. */
  readonly notification?: Notification
  /** `wanted`: the sender asked to hear of success; `due`: it hears of the expansion at once. */
  readonly successDsn?: 'wanted' | 'due'
  /** Why this copy gets no hop of ours. */
  readonly withoutHop?: string
}

/** A list that a message is posted to. */
export interface ListPost {
  readonly list: MailingList
  /** Forward-path as received: the list, or an alias that leads to it. */
  readonly recipient: string
}

/** Who gets a message: copies for single addresses, and lists, whose copies are made later. */
export interface Expansion {
  readonly copies: readonly Forwarding[]
  readonly posts: readonly ListPost[]
  /** What gets no copy because it refuses mail for good. */
  readonly suspended: readonly string[]
}

export interface ExpandDependencies {
  readonly aliases: AliasDirectory
  /** The list at an address of an own domain. */
  listAt(mailbox: Mailbox): MailingList | undefined
  readonly expandBounds: ExpandBounds
  /** Own domain that the bare word postmaster belongs to (RFC 5321 section 4.5.1). */
  readonly defaultDomain: string
  /** The reverse-path of a copy (bounce/bounce-address). */
  bounceAddress(queueId: string, ordinal: number, domain: string): string
  isCarriable(address: string): boolean
  /** The address refuses mail for good: copies go to whatever else there is (service/alias-targets). */
  isSuspended(forwardPath: string): boolean
}

/** Stage 4: who gets a copy, with which envelope. An address or list that several recipients lead to gets one. */
export function expandEnvelope(
  queueId: string,
  envelope: Envelope,
  dependencies: ExpandDependencies,
): Expansion {
  const seen = new Set<string>()
  const forwardings: Forwarding[] = []
  const posts = new Map<number, ListPost>()
  const suspended: string[] = []
  for (const found of envelope.forwardPaths.flatMap(recipient =>
    targetsOf(recipient, envelope, dependencies, suspended),
  )) {
    if ('list' in found) {
      if (!posts.has(found.list.id)) posts.set(found.list.id, found)
      continue
    }
    const key = comparableAscii(found.forwardPath)
    if (found.failure === undefined && seen.has(key)) continue
    if (found.failure === undefined) seen.add(key)
    const ordinal = forwardings.length
    forwardings.push({
      ...found,
      ordinal,
      reversePath: reversePathFor(queueId, ordinal, envelope.reversePath, found, dependencies),
    })
  }
  return { copies: forwardings, posts: [...posts.values()], suspended }
}

type FoundTarget = Omit<Forwarding, 'ordinal' | 'reversePath'>

/** Domains are A-labels from here on, as the configuration and the keys have them. */
function targetsOf(
  recipient: string,
  envelope: Envelope,
  dependencies: ExpandDependencies,
  suspended: string[],
): (FoundTarget | ListPost)[] {
  const address = recipient.includes('@') ? recipient : `${recipient}@${dependencies.defaultDomain}`
  const domain = asciiDomainOf(address)
  if (!dependencies.aliases.isOwnDomain(domain)) {
    const common = { recipient, domain: asciiDomainOf(envelope.reversePath), kind: 'originate' } as const
    return [{ ...common, forwardPath: recipient, ...carriageFailure(recipient, dependencies) }]
  }
  const common = { recipient, domain, kind: 'alias' } as const
  const { left, leftOut } = withoutSuspended(address, targetsWithin(address, dependencies), dependencies)
  suspended.push(...leftOut)
  return left.map(target => ('list' in target ? { list: target.list, recipient } : { ...common, ...target }))
}

type TargetWithin = ReturnType<typeof targetsWithin>[number]

/** Targets that refuse mail for good get nothing while there is another one: what is accepted goes somewhere. */
function withoutSuspended(
  address: string,
  targets: readonly TargetWithin[],
  { isSuspended }: Pick<ExpandDependencies, 'isSuspended'>,
): { readonly left: readonly TargetWithin[]; readonly leftOut: readonly string[] } {
  const isOut = (target: TargetWithin) =>
    'forwardPath' in target && target.failure === undefined && isSuspended(target.forwardPath)
  const left = targets.filter(target => !isOut(target))
  const isAnyLeft = left.some(target => 'list' in target || target.failure === undefined)
  if (!isAnyLeft || isRole(address.slice(0, address.lastIndexOf('@')))) return { left: targets, leftOut: [] }
  return {
    left,
    leftOut: targets.flatMap(target => ('list' in target || !isOut(target) ? [] : target.forwardPath)),
  }
}

/** What an address of an own domain leads to: addresses, each with the reason where nothing can be sent there, and lists. */
export function targetsWithin(
  address: string,
  dependencies: Pick<ExpandDependencies, 'aliases' | 'expandBounds' | 'listAt' | 'isCarriable'>,
): (Pick<Forwarding, 'forwardPath' | 'failure'> | { readonly list: MailingList })[] {
  const isList = (mailbox: Mailbox) => dependencies.listAt(mailbox) !== undefined
  return expandRecipient(address, dependencies.aliases, dependencies.expandBounds, isList).map(target => {
    if (target.kind === 'external') {
      return { forwardPath: target.forwardPath, ...carriageFailure(target.forwardPath, dependencies) }
    }
    const mailbox = target.kind === 'list' ? parseMailbox(target.address) : undefined
    const list = mailbox && dependencies.listAt(mailbox)
    if (list !== undefined) return { list }
    const { enhanced, reason } = target.kind === 'failed' ? target : { enhanced: '5.1.1', reason: 'no list' }
    return { forwardPath: target.address, failure: `${enhanced} ${reason}` }
  })
}

/** A report stays without a return address; mail of our own clients keeps theirs; a forwarded copy gets its bounce address. */
function reversePathFor(
  queueId: string,
  ordinal: number,
  reversePath: string,
  { kind, domain }: FoundTarget,
  dependencies: ExpandDependencies,
): string {
  return reversePath === '' || kind !== 'alias'
    ? reversePath
    : dependencies.bounceAddress(queueId, ordinal, domain)
}

/** Why no signature can carry an address, where that is so. */
export function carriageFailure(
  forwardPath: string,
  dependencies: Pick<ExpandDependencies, 'isCarriable'>,
): { failure?: string } {
  return dependencies.isCarriable(forwardPath)
    ? {}
    : { failure: `5.1.3 ${forwardPath} cannot be carried in a signature` }
}

/** A hop that asked for `donotexplode` gets no second copy: none goes out, and the sender hears why. */
export function respectFlags(
  record: Pick<AdmissionRecord, 'hops' | 'profile'>,
  forwardings: readonly Forwarding[],
): Forwarding[] {
  const isAsked = requestsOf(record).has('donotexplode')
  const asked = record.hops.find(hop => isAsked && hop.flags.includes('donotexplode'))
  const copies = forwardings.filter(forwarding => forwarding.failure === undefined).length
  if (asked === undefined || copies < 2) return [...forwardings]
  const failure = `5.7.1 hop i=${asked.sequence} asked that the message is not exploded (donotexplode)`
  return forwardings.map(forwarding => ({ failure, ...forwarding }))
}
