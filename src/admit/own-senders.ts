/**
 * Mail from outside in the name of a domain of this relay. What goes on from here leaves with a reverse-path of that domain and
 * is signed by it, so that a stranger who claims to be of it would be believed everywhere: RFC 5321 section 7.1, RFC 7489
 * section 3.1. A claim needs a pass of DKIM2, DKIM or SPF for that domain.
 */
import { answeringHop } from '../dkim2/answering-hop.ts'
import { relaxedDomainMatch, type Verdict } from '../dkim2/index.ts'
import { domainsInFrom, fromFieldsOf } from '../message/claimed-domains.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import type { ForeignList, SenderAuthentication } from '../record/admission-record.ts'
import type { SmtpReply } from '../smtp/reply.ts'
import { signedList } from './speakers.ts'

/**
 * What a claim needs. `strict`: a pass of the domain that is claimed, or of one above it; `relaxed`: of any name within the own
 * domain; `unchecked`: nothing.
 */
export type OwnSenderCheck = 'strict' | 'relaxed' | 'unchecked'

/** An own domain, and what is asked of those who send in its name. */
export interface OwnSenders {
  readonly domain: string
  readonly check: OwnSenderCheck
}

/** A domain that a message claims to be of, and the own domain that it is, or is below. */
export interface OwnClaim {
  readonly where: 'MAIL FROM' | 'From'
  readonly domain: string
  readonly own: OwnSenders
}

/** The own domain that a domain is, or is a name below of; the longest one. */
export type FindOwn = (domain: string) => OwnSenders | undefined

export type OwnJudgement =
  | { readonly kind: 'fine' }
  | { readonly kind: 'foreign-list'; readonly list: ForeignList }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }

/** What a message claims of own domains that are checked. */
export function ownClaims(message: Message, reversePath: string, findOwn: FindOwn): readonly OwnClaim[] {
  const claim = (where: OwnClaim['where'], domain: string): OwnClaim[] => {
    const own = findOwn(domain)
    return own === undefined || own.check === 'unchecked' ? [] : [{ where, domain, own }]
  }
  return [
    ...claim('MAIL FROM', asciiDomainOf(reversePath)),
    ...domainsInFrom(message.fields).flatMap(domain => claim('From', domain)),
  ]
}

/** The claims that the chain of a message does not vouch for. */
export function claimsBeyondChain(
  claims: readonly OwnClaim[],
  message: Message,
  verdict: Verdict,
): readonly OwnClaim[] {
  if (verdict.state !== 'pass' || claims.length === 0) return claims
  const sender = verdict.hops.at(-1)?.domain
  const author = answeringHop(message, verdict)?.domain
  return claims.filter(claim => {
    const by = claim.where === 'From' ? author : sender
    return by === undefined || !isAligned(claim, by)
  })
}

export interface SenderEvidence {
  readonly message: Message
  readonly reversePath: string
  readonly verdict: Verdict
  readonly sender: SenderAuthentication
}

/** Judges the claims that no chain vouches for. */
export function judgeClaims(
  claims: readonly OwnClaim[],
  evidence: SenderEvidence,
  findOwn: FindOwn,
): OwnJudgement {
  const open = claims.filter(claim => !isVouched(claim, evidence))
  const [first] = open
  if (first === undefined) return { kind: 'fine' }
  const list = open.every(claim => claim.where === 'From') ? foreignList(evidence, findOwn) : undefined
  if (list !== undefined) return { kind: 'foreign-list', list }
  return { kind: 'refused', reply: isUnknown(first, evidence) ? unknown(first) : forged(first) }
}

/** SPF or DKIM vouch for a claim. */
export function isVouched(claim: OwnClaim, { message, reversePath, sender }: SenderEvidence): boolean {
  if (reversePath !== '' && sender.spf === 'pass' && isAligned(claim, asciiDomainOf(reversePath))) return true
  const froms = claim.where === 'From' ? fromFieldsOf(message.fields).length : 1
  return (sender.dkim ?? []).some(
    ({ domain, covers, isWhole }) => isWhole && (covers.from ?? 0) >= froms && isAligned(claim, domain),
  )
}

/** Something that could vouch was not there to be asked. */
function isUnknown(claim: OwnClaim, { reversePath, verdict, sender }: SenderEvidence): boolean {
  if (verdict.state === 'temperror') return true
  const isSpfOpen = reversePath !== '' && sender.spf === 'temperror'
  if (isSpfOpen && isAligned(claim, asciiDomainOf(reversePath))) return true
  return (sender.dkimUnknown ?? []).some(domain => isAligned(claim, domain))
}

function isAligned({ domain, own }: OwnClaim, by: string): boolean {
  return relaxedDomainMatch(domain, by) || (own.check === 'relaxed' && relaxedDomainMatch(by, own.domain))
}

/** The list that a message came by, where List-Id names it and its own domain signed. */
function foreignList({ message, reversePath, verdict, sender }: SenderEvidence, findOwn: FindOwn) {
  if (reversePath === '') return undefined
  const domain = signedList(message, verdict, sender, by => findOwn(by) === undefined)
  return domain === undefined ? undefined : { domain, from: domainsInFrom(message.fields) }
}

function forged({ where, domain, own }: OwnClaim): SmtpReply {
  const text = `${where} is of ${domain}, and mail of ${own.domain} comes by its own servers: neither DKIM2, DKIM nor SPF vouch for it`
  return { code: 550, enhanced: '5.7.1', text }
}

function unknown({ where, domain }: OwnClaim): SmtpReply {
  const text = `whether ${where} is really of ${domain} could not be looked up, try again later`
  return { code: 451, enhanced: '4.7.5', text }
}
