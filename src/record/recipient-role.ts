/** What a recipient is to this relay: judged once, at RCPT, and known of a message until it is taken. */
import type { SmtpReply } from '../smtp/reply.ts'
import type { Reflector } from './reflection-record.ts'

/** What a recipient is to this relay. */
export type RecipientRole =
  | { readonly kind: 'alias'; readonly domain: string; readonly policy: AdmitPolicy }
  | ListRole
  | ListCommandRole
  | ReflectorRole
  | { readonly kind: 'bounce'; readonly queueId: string; readonly ordinal: number }
  | { readonly kind: 'originate' }

/** A post to a list. */
export interface ListRole {
  readonly kind: 'list'
  readonly listId: number
  /** Of the list: lower case, the domain as A-labels. */
  readonly address: string
  readonly domain: string
  readonly policy: AdmitPolicy
}

/** A command to a list by mail. */
export interface ListCommandRole extends Omit<ListRole, 'kind'> {
  readonly kind: 'list-command'
  readonly command: ListCommand
  /** What the address carries after the plus sign, in lower case; not judged yet. */
  readonly token?: string
}

/** A message that is sent back to its sender. */
export interface ReflectorRole {
  readonly kind: 'reflector'
  readonly reflector: Reflector
  readonly domain: string
  readonly policy: AdmitPolicy
}

/** What can be asked of a list by mail. */
export type ListCommand = 'subscribe' | 'unsubscribe' | 'confirm' | 'owner' | 'bounces' | 'moderate' | 'help'

/** The judgement of one RCPT. */
export type RecipientVerdict =
  | { readonly kind: 'accepted'; readonly role: RecipientRole }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** What is done about mail that its sender's own domain disowns, or whose sender nobody can answer. */
export interface SenderPolicy {
  /** Whether the sender is looked up although a DKIM2 chain passes and vouches for From. */
  readonly senderChecks: 'where-dkim2-is-silent' | 'always'
  /** DMARC fails and the policy is reject: refused unless somebody else speaks for it, who gets it marked. */
  readonly dmarcReject: 'refuse' | 'mark' | 'accept'
  /** DMARC fails and the policy is quarantine. */
  readonly dmarcQuarantine: 'refuse' | 'mark' | 'accept'
  /** SPF says `fail`, and neither DKIM nor DMARC vouches for the sender. */
  readonly spfFail: 'refuse' | 'accept'
  /** The domain of the reverse-path does not exist. */
  readonly unknownSenders: 'refuse' | 'accept'
  /** The domain of the reverse-path takes no mail. */
  readonly unreachableSenders: 'refuse' | 'refuse-commands' | 'accept'
  /** No signature can vouch for one meaning of the message. */
  readonly ambiguousFormat: 'refuse' | 'accept'
}

/** Action for each verdict; `pass` is always accepted. */
export interface AdmitPolicy extends SenderPolicy {
  readonly fail: 'reject' | 'accept-without-hop'
  readonly permerror: 'reject' | 'accept-without-hop'
  readonly temperror: 'defer' | 'accept-without-hop'
  readonly none: 'accept' | 'reject'
  /** What happens to a message that the recipient has had, and of which no hop says that it was exploded. */
  readonly duplicate: 'refuse' | 'accept-once-more'
}
