/** What is found out about a sender, in parallel: SPF, DKIM, ARC, DMARC, and whether an answer would arrive. */
import { answeringHop } from '../dkim2/answering-hop.ts'
import { relaxedDomainMatch, type Verdict } from '../dkim2/index.ts'
import { evaluateDmarc, type Identifiers } from '../dmarc/evaluate.ts'
import { asciiDomainOf } from '../message/mailbox.ts'
import type { Message } from '../message/message.ts'
import type { Received } from '../receive/received.ts'
import type { ArcRecord } from '../record/admission-record.ts'
import type { ArcFinding } from './arc-validation.ts'
import { authorDomains } from './author-domains.ts'
import type { LookUps } from './look-ups.ts'
import type { PolicyLookUps } from './policy-look-ups.ts'
import {
  authenticateChain,
  authenticateSender,
  type SenderBounds,
  type SenderFindings,
} from './sender-authentication.ts'
import type { SenderEvidence } from './sender-policy.ts'
import { type SenderReach, senderReach } from './sender-reach.ts'
import { speakerFor } from './speakers.ts'
import { vouchingSealer } from './trusted-sealer.ts'

export interface ExamineDependencies {
  /** This relay, as SPF macros have it. */
  readonly authservId: string
  readonly lookUps: LookUps
  readonly policyLookUps: PolicyLookUps
  readonly ends: AbortSignal
  readonly senderBounds: SenderBounds
  /** Domains whose ARC seals are believed. */
  readonly trustedSealers: readonly string[]
}

/** What there is to examine. */
export interface Examinee {
  readonly received: Received
  readonly message: Message
  readonly verdict: Verdict
  /** Whether policies are asked: not for clients of ours, and not for reports. */
  readonly isPolicyAsked: boolean
  /** DKIM is asked for without a reverse-path too. */
  readonly isDkimAsked: boolean
}

export interface Examination {
  readonly findings: SenderFindings
  readonly evidence: SenderEvidence
}

/** True where a chain that passes vouches for every author: the hop that answers for From is of the domain, or of one above it. */
export function chainVouchesForFrom(message: Message, verdict: Verdict): boolean {
  const answering = answeringHop(message, verdict)?.domain
  const authors = authorDomains(message)
  if (answering === undefined || authors.length === 0) return false
  return authors.every(author => relaxedDomainMatch(author, answering))
}

/** Never rejects for what DNS does. */
export async function examineSender(
  examinee: Examinee,
  dependencies: ExamineDependencies,
): Promise<Examination> {
  const { received, message, verdict, isPolicyAsked } = examinee
  const domain = asciiDomainOf(received.envelope.reversePath)
  const authors = authorDomains(message)
  const finding = authenticate(examinee, dependencies)
  const { policyLookUps } = dependencies
  const [findings, dmarc, reach] = await Promise.all([
    finding,
    isPolicyAsked
      ? evaluateDmarc(
          authors,
          finding.then(found => identifiersOf(found, received)),
          policyLookUps,
        )
      : undefined,
    isPolicyAsked && verdict.state !== 'pass' ? senderReach(domain, policyLookUps) : reachable,
  ])
  const { sender } = findings
  const arc = arcRecord(findings.arc, authors, dependencies.trustedSealers)
  const spokenFor = speakerFor(message, verdict, sender)
  const evidence: SenderEvidence = {
    domain,
    reach,
    spf: sender.spf,
    isSigned: sender.authenticated,
    isVouched: chainVouchesForFrom(message, verdict),
    isCommand: received.roles[0]?.kind === 'list-command',
    ...(dmarc !== undefined && { dmarc }),
    ...(arc !== undefined && { arc }),
    ...(spokenFor !== undefined && { spokenFor }),
  }
  return { findings, evidence }
}

/** The ARC chain alone, of a message whose sender leaves nothing open; undefined where there is none. Never rejects. */
export async function examineChain(
  { received, message }: Pick<Examinee, 'received' | 'message'>,
  { lookUps, ends, senderBounds, trustedSealers }: ExamineDependencies,
): Promise<ArcRecord | undefined> {
  const { reversePath } = received.envelope
  const arc = await authenticateChain(
    { message, reversePath, resolver: lookUps.resolver, ends },
    senderBounds,
  )
  return arcRecord(arc, authorDomains(message), trustedSealers)
}

const reachable: SenderReach = { kind: 'reachable' }

function authenticate(
  { received, message, isPolicyAsked, isDkimAsked }: Examinee,
  { authservId, lookUps, ends, senderBounds }: ExamineDependencies,
): Promise<SenderFindings> {
  const input = {
    message,
    reversePath: received.envelope.reversePath,
    isDkimAsked: isDkimAsked || isPolicyAsked,
    peerAddress: received.peer.address,
    helo: received.peer.helo,
    hostname: authservId,
    resolver: lookUps.resolver,
    ends,
  }
  return authenticateSender(input, senderBounds)
}

/** The reverse-path, or the name in HELO where that is null (RFC 7208 section 2.4). */
function identifiersOf({ sender, heloSpf }: SenderFindings, { envelope, peer }: Received): Identifiers {
  const result = heloSpf ?? sender.spf
  const spf = asciiDomainOf(heloSpf === undefined ? envelope.reversePath : `@${peer.helo}`)
  return {
    ...(result === 'pass' && { spf }),
    dkim: (sender.dkim ?? []).map(({ domain }) => domain),
    unknown: { ...(result === 'temperror' && { spf }), dkim: sender.dkimUnknown ?? [] },
  }
}

function arcRecord(
  arc: ArcFinding | undefined,
  authors: readonly string[],
  trusted: readonly string[],
): ArcRecord | undefined {
  const vouching = arc && vouchingSealer(arc, authors, trusted)
  return arc && { ...arc.record, ...(vouching !== undefined && { vouching }) }
}
