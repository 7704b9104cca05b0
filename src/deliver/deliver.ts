/**
 * Hands a message to its next hop: one recipient, one outcome.
 */

import type { Discovery, NextHop, SmtpHop } from '../discover/next-hop.ts'
import { isBeforeMail } from '../smtp/phase.ts'
import type { Gateways } from './batch/gateways.ts'
import { writeToFolder } from './file-route.ts'
import { hopKey, hostKey } from './hop-name.ts'
import { refusedHere } from './host-attempt.ts'
import type { HostMemory } from './host-memory.ts'
import type { HostHops } from './open-session.ts'
import type { Outcome, OutgoingMail, TriedHop } from './outcome.ts'
import type { HopAttempt, HostResult, SmtpPool } from './smtp-pool.ts'

export interface DeliverDependencies {
  readonly pool: Pick<SmtpPool, 'send'>
  /** Takes what goes on as Batch SMTP objects. */
  readonly gateways: Pick<Gateways, 'send'>
  /** Addresses that just failed are tried last. */
  readonly memory: HostMemory
  /** See DeliverSettings. */
  readonly maxSessions: number
  /** Unix time in milliseconds; names the files of file routes. */
  readonly clock: () => number
}

/** Longest reason that is kept when several hosts have one. */
const maxReasonCharacters = 2_000

/**
 * Tries the next hops in their order until one takes the message or refuses it for good; hosts that just failed come last. Never
 * rejects for what a peer, a disk or a message does.
 *
 * @param hops from discovery, at least one
 * @param maxConnections to one host at the same time; without it that of the settings
 * @returns deferred when no host could say yes or no; failed when none of them can take it
 */
export async function deliver(
  mail: OutgoingMail,
  hops: readonly NextHop[],
  dependencies: DeliverDependencies,
  maxConnections?: number,
): Promise<Outcome> {
  const impossible = unsendable(mail)
  if (impossible !== undefined) return impossible
  const [first] = hops
  if (first?.kind === 'file') return (await writeToFolder(first, mail, dependencies.clock)).outcome
  if (first?.kind === 'batch') return dependencies.gateways.send(first, mail)
  let left = dependencies.memory.order(hops.filter(isSmtp), dependencies.clock())
  const tried: HopAttempt[] = []
  for (let group = sameHost(left); isSomewhere(group); group = sameHost(left)) {
    const result = await dependencies.pool.send(group, mail, maxConnections)
    remember(result, dependencies)
    tried.push(...result.attempts)
    const last = result.attempts.at(-1)
    if (last?.goOn === false) return { ...last.outcome, tried: tried.map(triedHop) }
    const rest = without(left, result.done)
    // A round that is done with nothing would only be followed by the same one, for ever.
    if (rest.length === left.length) break
    left = rest
    if (tried.filter(isSession).length >= dependencies.maxSessions) break
  }
  return { ...together(tried.map(({ outcome }) => outcome)), tried: tried.map(triedHop) }
}

function isSmtp(hop: NextHop): hop is SmtpHop {
  return hop.kind === 'smtp'
}

function isSomewhere(group: readonly SmtpHop[]): group is HostHops {
  return group.length > 0
}

function without(hops: readonly SmtpHop[], done: readonly SmtpHop[]): SmtpHop[] {
  const keys = new Set(done.map(hopKey))
  return hops.filter(hop => !keys.has(hopKey(hop)))
}

/** The addresses of the first host that stand next to each other: they are tried together. */
function sameHost(hops: readonly SmtpHop[]): readonly SmtpHop[] {
  const [first] = hops
  if (first === undefined) return []
  const key = hostKey(first)
  const end = hops.findIndex(hop => hostKey(hop) !== key)
  return end < 0 ? hops : hops.slice(0, end)
}

/** What broke off before MAIL says something of the host, whatever the message. */
function remember({ attempts, overtaken }: HostResult, { memory, clock }: DeliverDependencies): void {
  const now = clock()
  for (const { hop, outcome } of attempts) {
    if (outcome.isLocalFault === true) continue
    if (isBeforeMail(outcome.phase)) memory.failed(hop, now)
    else memory.reached(hop)
  }
  for (const hop of overtaken) memory.failed(hop, now)
}

function triedHop({ hop, outcome }: HopAttempt): TriedHop {
  const { kind, phase, reason } = outcome
  return { hop, kind, phase, ...(reason !== undefined && { reason }) }
}

/** The outcome when discovery found no next hop. */
export function withoutNextHop(found: Exclude<Discovery, { kind: 'hops' }>): Outcome {
  if (found.kind === 'temporary')
    return { kind: 'deferred', phase: 'discover', status: '4.4.3', reason: found.reason }
  return { kind: 'failed', phase: 'discover', status: found.status, reason: found.reason }
}

/** Refuses what must never reach a socket. Nothing that was received by this relay is like that. */
function unsendable(mail: OutgoingMail): Outcome | undefined {
  const control = /[\x00-\x1f\x7f<>]/
  if (control.test(mail.reversePath))
    return refusedHere('mail', '5.1.7', 'the reverse-path cannot be written in SMTP').outcome
  if (control.test(mail.forwardPath))
    return refusedHere('rcpt', '5.1.3', 'the forward-path cannot be written in SMTP').outcome
  if (mail.content.hasBareLineEnd)
    return refusedHere('data', '5.6.11', 'the message holds a CR or LF that stands alone').outcome
  return undefined
}

/** The host was reached and talked to; asking ever more of them is no politeness (Postfix: smtp_mx_session_limit). */
function isSession({ outcome: { kind, phase } }: HopAttempt): boolean {
  // What it lacks it was not asked.
  if (kind === 'failed') return false
  return !isBeforeMail(phase)
}

/**
 * One outcome for several hosts that were tried in vain: the last one that answered, with the reasons of all. A host that lacks
 * something fails the message only when every other one does too: one that was not reached may have it.
 */
function together(outcomes: readonly Outcome[]): Outcome {
  const open = outcomes.filter(({ kind }) => kind === 'deferred')
  const decisive = open.length > 0 ? open : outcomes
  const last = decisive.findLast(outcome => outcome.reply !== undefined) ?? decisive.at(-1)
  if (last === undefined) return { kind: 'deferred', phase: 'discover', reason: 'no next hop' }
  const reasons = outcomes.map(outcome => outcome.reason).filter(reason => reason !== undefined)
  return { ...last, reason: reasons.join('; ').slice(0, maxReasonCharacters) }
}
