/**
 * Whether a DKIM signature of an own domain would make somebody believe a From that nobody vouches for. A signature whose domain
 * is related to that of From is taken for its author's word (RFC 9989 section 4.4), so a forwarder that signs what strangers
 * write in its own name makes their forgeries pass.
 */
import { claimsBeyondChain, isVouched } from '../../admit/own-senders.ts'
import { domainsInFrom } from '../../message/claimed-domains.ts'
import type { Message } from '../../message/message.ts'
import type { AdmissionRecord } from '../../record/admission-record.ts'
import { areRelated } from '../forward/unaligned-copies.ts'

/** A message as it came. */
export interface ArrivedMessage {
  readonly message: Message
  readonly reversePath: string
  readonly record: AdmissionRecord
}

/** True where a domain in From is related to `domain`, and neither DKIM2, DKIM nor SPF vouch for it. */
export function wouldForge(domain: string, { message, reversePath, record }: ArrivedMessage): boolean {
  const related = domainsInFrom(message.fields).filter(from => areRelated(from, domain))
  if (related.length === 0 || isOfTrustedClient(record)) return false
  const claims = related.map(from => ({
    where: 'From' as const,
    domain: from,
    own: { domain: from, check: 'strict' as const },
  }))
  const open = claimsBeyondChain(claims, message, record)
  const { sender } = record
  if (sender === undefined) return open.length > 0
  return open.some(claim => !isVouched(claim, { message, reversePath, verdict: record, sender }))
}

/** Its word is enough for senders of own domains: neither chain nor sender were asked about. */
function isOfTrustedClient({ state, sender, senderAuthenticated }: AdmissionRecord): boolean {
  return state === 'none' && sender === undefined && senderAuthenticated
}
