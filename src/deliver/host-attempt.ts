/**
 * From what happened in a session to an outcome, and whether another host may be asked (RFC 5321 sections 4.2.1, 5.1).
 *
 * The rules, which are those of Postfix: a host that cannot be reached, does not greet, or fails before MAIL is skipped,
 * whatever its reply code. A 4yz reply, or a session that breaks, sends the message to the next host too; a 5yz reply
 * to MAIL, RCPT, DATA or the message is final. When the connection is lost after the final dot nobody knows whether the
 * message was taken: it is deferred at once, since another host could deliver it twice, and so may the next attempt.
 */
import { isBeforeMail } from '../smtp/phase.ts'
import { parseReply } from '../smtp/reply.ts'
import type { Outcome, OutgoingMail, Phase, TlsSession } from './outcome.ts'
import type { TlsTrouble } from './tls-trouble.ts'

/** What one host, or one address of it, made of the message. */
export interface Attempt {
  readonly outcome: Outcome
  /** Another host may be asked. */
  readonly goOn: boolean
}

/** Why a session ended or a command failed. */
export interface Failure {
  readonly phase: Phase
  /** What this side noticed, for people. */
  readonly reason: string
  /** What the peer said, all its lines; absent when it said nothing. */
  readonly response?: string
  /** The whole message with its final dot was given to the connection. */
  readonly afterFinalDot?: boolean
  /** This machine is short of something. */
  readonly isLocalFault?: true
  /** TLS is what it failed for. */
  readonly trouble?: TlsTrouble
}

export interface HostFacts {
  readonly nextHop: string
  readonly tls?: TlsSession
  readonly maxReplyCharacters: number
}

const phaseNames: Readonly<Record<Phase, string>> = {
  discover: 'discovery',
  connect: 'connecting',
  greeting: 'the greeting',
  ehlo: 'EHLO',
  starttls: 'STARTTLS',
  mail: 'MAIL FROM',
  rcpt: 'RCPT TO',
  data: 'DATA',
  body: 'the end of the message',
}

/** The attempt that ended in this failure. */
export function failedAttempt(failure: Failure, host: HostFacts): Attempt {
  return failure.response === undefined
    ? withoutReply(failure, host)
    : withReply(failure, failure.response, host)
}

function withoutReply({ phase, reason, afterFinalDot, isLocalFault }: Failure, host: HostFacts): Attempt {
  const unknown = afterFinalDot === true
  const hint = unknown ? '; the message may have been taken, and may arrive twice' : ''
  const text = `${host.nextHop}: ${reason} (at ${phaseNames[phase]})${hint}`
  const fault = isLocalFault === true ? { isLocalFault } : {}
  return { outcome: { kind: 'deferred', phase, reason: text, ...fault, ...facts(host) }, goOn: !unknown }
}

function withReply({ phase }: Failure, response: string, host: HostFacts): Attempt {
  const kept = response.slice(0, host.maxReplyCharacters)
  const reply = parseReply(kept)
  const skipped = isBeforeMail(phase)
  const permanent = reply !== undefined && reply.code >= 500 && !skipped
  const reason = `${host.nextHop} said: ${kept.replaceAll('\n', ' / ')} (in reply to ${phaseNames[phase]})`
  const outcome: Outcome = {
    kind: permanent ? 'failed' : 'deferred',
    phase,
    reason,
    ...(reply !== undefined && { reply }),
    ...facts(host),
  }
  return { outcome, goOn: !permanent }
}

/** The attempt that was delivered with this reply. `reportsTaken`: the host was asked for reports. */
export function deliveredAttempt(response: string, host: HostFacts, reportsTaken: boolean): Attempt {
  const reply = parseReply(response.slice(0, host.maxReplyCharacters))
  const outcome: Outcome = {
    kind: 'delivered',
    phase: 'body',
    ...(reply !== undefined && { reply }),
    ...(reportsTaken && { reportsTaken }),
    ...facts(host),
  }
  return { outcome, goOn: false }
}

/** A failure that this side decides: the host cannot take this message, or nobody can. */
export function refusedHere(phase: Phase, status: string, reason: string, host?: HostFacts): Attempt {
  const text = host === undefined ? reason : `${host.nextHop}: ${reason}`
  return {
    outcome: { kind: 'failed', phase, status, reason: text, ...(host !== undefined && facts(host)) },
    goOn: false,
  }
}

/** A host that cannot take this message as it is: no other attempt would change that, but another host may take it. */
export function notOffered(status: string, reason: string, host: HostFacts): Attempt {
  return { ...refusedHere('mail', status, reason, host), goOn: true }
}

/**
 * The attempt for which no session came about. A host without TLS, or with the wrong certificate, fails a message that requires
 * TLS (RFC 8689 section 4.2.1) unless another host is better; everything else may be better later.
 */
export function unopenedAttempt(
  failure: Failure,
  { requireTls }: Pick<OutgoingMail, 'requireTls'>,
  host: HostFacts,
): Attempt {
  const isFinal =
    requireTls === true && failure.trouble !== undefined && failure.trouble.type !== 'validation-failure'
  if (!isFinal) return failedAttempt(failure, host)
  const reason = `the message requires TLS, which is not available: ${failure.response ?? failure.reason}`
  return { ...refusedHere(failure.phase, '5.7.10', reason, host), goOn: true }
}

/** What a session lacks for a message that requires TLS (RFC 8689 section 4.2.1); undefined when nothing. */
export function requireTlsLack(
  tls: TlsSession | undefined,
  extensions: ReadonlyMap<string, string>,
  host: HostFacts,
): Attempt | undefined {
  if (tls?.authorized !== true) {
    return notOffered('5.7.10', 'the message requires verified TLS, which is not available', host)
  }
  if (extensions.has('REQUIRETLS')) return undefined
  return notOffered(
    '5.7.30',
    'the message requires REQUIRETLS (RFC 8689), which the host does not offer',
    host,
  )
}

function facts({ nextHop, tls }: HostFacts): Pick<Outcome, 'nextHop' | 'tls'> {
  return { nextHop, ...(tls !== undefined && { tls }) }
}
