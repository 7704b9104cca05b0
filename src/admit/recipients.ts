/**
 * Who may receive here (docs/design/promises.md, "Never an open relay"). A recipient is an alias or a list of an own domain, an address for
 * commands of a list, a reflector, a genuine bounce address, or anything at all for a client of ours that sends in the name of an own domain. Everyone else is refused at RCPT.
 */
import type { Mailbox } from '../message/mailbox.ts'
import { parseMailbox } from '../message/mailbox.ts'
import type {
  AdmitPolicy,
  ListCommandRole,
  ListRole,
  RecipientRole,
  RecipientVerdict,
} from '../record/recipient-role.ts'
import type { Reflector } from '../record/reflection-record.ts'
import {
  badRecipient,
  bounceRefused,
  relayingDenied,
  targetsSuspended,
  unknownRecipient,
} from '../smtp/replies.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { defaultAdmitPolicy, samePolicy } from './policy.ts'

/** What an address turned out to be to a list; `address` is that of the list. */
export type ListClaim =
  | Pick<ListRole, 'kind' | 'listId' | 'address'>
  | Pick<ListCommandRole, 'kind' | 'listId' | 'address' | 'command' | 'token'>

/** What a local part in the form of a bounce address turned out to be. */
export type BounceClaim =
  | { readonly kind: 'genuine'; readonly queueId: string; readonly ordinal: number }
  | { readonly kind: 'forged' }
  | { readonly kind: 'expired' }

/** What the wiring knows about addresses; answers at once. */
export interface Directory {
  isOwnDomain(domain: string): boolean
  /** Own domain that the bare word postmaster belongs to. */
  readonly defaultDomain: string
  hasAlias(mailbox: Mailbox): boolean
  /** Everything that the alias leads to is suspended, because it refuses mail for good. */
  isSuspended(mailbox: Mailbox): boolean
  /** False for an address that only the alias `*` takes. */
  hasOwnAlias(mailbox: Mailbox): boolean
  /** undefined: neither a list nor a command of one. */
  readList(mailbox: Mailbox): ListClaim | undefined
  /** undefined: no reflector, or its domain has none. */
  readReflector(mailbox: Mailbox): Reflector | undefined
  policyOf(domain: string): AdmitPolicy
  /** undefined: the local part is not of the form of a bounce address. */
  readBounce(mailbox: Mailbox): BounceClaim | undefined
  /** False for an address that the wire profile cannot carry. */
  isCarriable(address: string): boolean
}

export interface RecipientQuestion {
  readonly forwardPath: string
  readonly reversePath: string
  /** The client is in a trusted network of the listener. */
  readonly trusted: boolean
}

/** An address that a profile cannot carry (docs/design/mailversion.md, "DKIM2-Signature"). */
const notCarriable: SmtpReply = {
  code: 553,
  enhanced: '5.1.3',
  text: 'an address with ; , space or control characters cannot be signed',
}
const ownTransaction: SmtpReply = {
  code: 452,
  enhanced: '4.5.3',
  text: 'send this recipient in a transaction of its own',
}
const foreignSender: SmtpReply = {
  ...relayingDenied,
  text: 'relaying denied: the sender is not in a domain of this relay',
}

/** A bounce address belongs to one copy; whoever sends in its name could have failures told as if they were of that copy. */
const bounceSender: SmtpReply = {
  ...relayingDenied,
  text: 'relaying denied: a bounce address is not a valid sender',
}

/** Judges one RCPT TO. */
export function judgeRecipient(question: RecipientQuestion, directory: Directory): RecipientVerdict {
  if (!directory.isCarriable(question.forwardPath)) return refused(notCarriable)
  const mailbox = readRecipient(question.forwardPath, directory)
  if (mailbox === undefined) return refused(badRecipient)
  if (!directory.isOwnDomain(mailbox.domain)) return judgeForeign(question, directory)
  const bounce = directory.readBounce(mailbox)
  if (bounce !== undefined) return judgeBounce(bounce)
  const common = { domain: mailbox.domain, policy: directory.policyOf(mailbox.domain) }
  const reflector = directory.hasOwnAlias(mailbox) ? undefined : directory.readReflector(mailbox)
  if (reflector !== undefined) return accepted({ kind: 'reflector', reflector, ...common })
  // The configuration comes before the store, and a list before an alias that takes whatever is left.
  const list = directory.hasOwnAlias(mailbox) ? undefined : directory.readList(mailbox)
  if (list !== undefined) return accepted({ ...list, ...common })
  if (!directory.hasAlias(mailbox)) return refused(unknownRecipient)
  if (directory.isSuspended(mailbox)) return refused(targetsSuspended)
  return accepted({ kind: 'alias', ...common })
}

/** `RCPT TO:<postmaster>` without a domain must be understood (RFC 5321 section 4.5.1). */
function readRecipient(forwardPath: string, directory: Directory): Mailbox | undefined {
  const isBare = forwardPath.toLowerCase() === 'postmaster'
  return parseMailbox(isBare ? `${forwardPath}@${directory.defaultDomain}` : forwardPath)
}

/** Only a client of ours reaches other domains, and only with a sender that this relay can sign for. */
function judgeForeign(question: RecipientQuestion, directory: Directory): RecipientVerdict {
  if (!question.trusted) return refused(relayingDenied)
  const sender = parseMailbox(question.reversePath)
  if (sender === undefined || !directory.isOwnDomain(sender.domain)) {
    return refused(foreignSender)
  }
  if (directory.readBounce(sender) !== undefined) return refused(bounceSender)
  return accepted({ kind: 'originate' })
}

function judgeBounce(bounce: BounceClaim): RecipientVerdict {
  if (bounce.kind !== 'genuine') return refused(bounceRefused)
  return accepted({ kind: 'bounce', queueId: bounce.queueId, ordinal: bounce.ordinal })
}

/**
 * A message is accepted or refused once, for all its recipients: those that demand different things of it come in
 * transactions of their own. Returns the reply to give, or undefined when `next` may join.
 */
export function mayShareTransaction(first: RecipientRole, next: RecipientRole): SmtpReply | undefined {
  if (comesAlone(first) || comesAlone(next)) return ownTransaction
  if (first.kind === 'originate' || next.kind === 'originate') return undefined
  return samePolicy(first.policy, next.policy) ? undefined : ownTransaction
}

/** The policy that recipients of one transaction share; a bounce is judged as the drafts have it. */
export function sharedPolicy(roles: readonly RecipientRole[]): AdmitPolicy {
  for (const role of roles) if ('policy' in role) return role.policy
  return defaultAdmitPolicy
}

/** A report is about one delivery, a command about one list; what a reflector sends back was for it alone. */
function comesAlone(
  role: RecipientRole,
): role is Exclude<RecipientRole, { kind: 'alias' | 'list' | 'originate' }> {
  return role.kind === 'bounce' || role.kind === 'list-command' || role.kind === 'reflector'
}

function accepted(role: RecipientRole): RecipientVerdict {
  return { kind: 'accepted', role }
}

function refused(reply: SmtpReply): RecipientVerdict {
  return { kind: 'refused', reply }
}
