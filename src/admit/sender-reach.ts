/** Whether an answer would reach a sender: its domain exists and takes mail (RFC 5321 section 3.6.1, RFC 7505). */
import { isDomain } from '../message/mailbox.ts'
import type { PolicyLookUps } from './policy-look-ups.ts'

export type SenderReach =
  | { readonly kind: 'reachable' }
  | { readonly kind: 'nonexistent' }
  /** RFC 7505. */
  | { readonly kind: 'null-mx' }
  /** It has no MX, and its SPF record says that it sends none either. */
  | { readonly kind: 'no-mail' }
  | { readonly kind: 'unknown'; readonly reason: string }

/** @param domain of the reverse-path: lower case, A-labels; address literals and nothing at all count as reachable */
export async function senderReach(domain: string, lookUps: PolicyLookUps): Promise<SenderReach> {
  if (!isDomain(domain)) return { kind: 'reachable' }
  const exchanges = await lookUps.mx(domain)
  if (exchanges.kind === 'temporary') return { kind: 'unknown', reason: exchanges.reason }
  if (exchanges.kind === 'records') {
    const isNull = exchanges.records.length === 1 && exchanges.records[0]?.exchange === ''
    return { kind: isNull ? 'null-mx' : 'reachable' }
  }
  if (exchanges.isNoName === true) return { kind: 'nonexistent' }
  const texts = await lookUps.txt(domain)
  const isSilent = texts.kind === 'records' && texts.records.some(text => /^v=spf1 +-all *$/i.test(text))
  return { kind: isSilent ? 'no-mail' : 'reachable' }
}
