/**
 * Hands a message to its next hop: one recipient, one outcome.
 */
import type { Discovery, NextHop } from '../discover/next-hop.ts'
import { type Attempt, refusedHere } from './attempt.ts'
import { writeToFolder } from './file-route.ts'
import { hasBareLineEnd } from './message-data.ts'
import type { Outcome, OutgoingMail } from './outcome.ts'
import type { SmtpPool } from './smtp-pool.ts'

export interface DeliverContext {
  readonly pool: SmtpPool
  /** See DeliverSettings. */
  readonly maxSessions: number
  /** Unix time in milliseconds; names the files of file routes. */
  readonly clock: () => number
}

/** Longest reason that is kept when several hosts have one. */
const maxReasonCharacters = 2_000

/**
 * Tries the next hops in their order until one takes the message or refuses it for good. Never rejects for what a peer,
 * a disk or a message does.
 *
 * @param hops from discovery, at least one
 * @returns deferred when no host could say yes or no
 */
export async function deliver(
  mail: OutgoingMail,
  hops: readonly NextHop[],
  context: DeliverContext,
): Promise<Outcome> {
  const impossible = unsendable(mail)
  if (impossible !== undefined) return impossible
  const outcomes: Outcome[] = []
  let sessions = 0
  for (const hop of hops) {
    const { outcome, goOn } = await attempt(mail, hop, context)
    if (!goOn) return outcome
    outcomes.push(outcome)
    if (isSession(outcome)) sessions++
    if (sessions >= context.maxSessions) break
  }
  return together(outcomes)
}

/** The outcome when discovery found no next hop. */
export function withoutNextHop(found: Exclude<Discovery, { kind: 'hops' }>): Outcome {
  if (found.kind === 'temporary')
    return { kind: 'deferred', phase: 'discover', status: '4.4.3', reason: found.reason }
  return { kind: 'failed', phase: 'discover', status: found.status, reason: found.reason }
}

function attempt(mail: OutgoingMail, hop: NextHop, context: DeliverContext): Promise<Attempt> {
  return hop.kind === 'file' ? writeToFolder(hop, mail, context.clock) : context.pool.send(hop, mail)
}

/** Refuses what must never reach a socket. Nothing that was received by this relay is like that. */
function unsendable(mail: OutgoingMail): Outcome | undefined {
  const control = /[\x00-\x1f\x7f<>]/
  if (control.test(mail.reversePath))
    return refusedHere('mail', '5.1.7', 'the reverse-path cannot be written in SMTP').outcome
  if (control.test(mail.forwardPath))
    return refusedHere('rcpt', '5.1.3', 'the forward-path cannot be written in SMTP').outcome
  if (hasBareLineEnd(mail.chunks))
    return refusedHere('data', '5.6.11', 'the message holds a CR or LF that stands alone').outcome
  return undefined
}

/** The host was reached and talked to; asking ever more of them is no politeness (Postfix: smtp_mx_session_limit). */
function isSession({ phase }: Outcome): boolean {
  return phase === 'mail' || phase === 'rcpt' || phase === 'data' || phase === 'body'
}

/** One outcome for several hosts that were tried in vain: the last one that answered, with the reasons of all. */
function together(outcomes: readonly Outcome[]): Outcome {
  const last = outcomes.findLast(outcome => outcome.reply !== undefined) ?? outcomes.at(-1)
  if (last === undefined) return { kind: 'deferred', phase: 'discover', reason: 'no next hop' }
  const reasons = outcomes.map(outcome => outcome.reason).filter(reason => reason !== undefined)
  return { ...last, reason: reasons.join('; ').slice(0, maxReasonCharacters) }
}
