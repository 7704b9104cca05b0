/** What comes to a reflector, judged in the session: who sent it, and whether there was too much lately. What is refused is refused here. */
import type { Admitted } from '../../admit/admit.ts'
import { verdictText } from '../../dkim2/index.ts'
import { asciiDomainOf, comparableAscii } from '../../message/mailbox.ts'
import { peerKey } from '../../receive/networks.ts'
import type { ReflectorRole } from '../../record/recipient-role.ts'
import type { ReflectionRecord } from '../../record/reflection-record.ts'
import { whoIsAnswered } from '../../reflect/who-is-answered.ts'
import * as replies from '../../smtp/replies.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { ReflectionLimits } from './reflection-limits.ts'

export type ReflectionJudgement =
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }
  /** Taken, and nothing follows; kept for the hop log with the reason. */
  | { readonly kind: 'ignore'; readonly reason: string }
  | { readonly kind: 'reflect'; readonly reflection: ReflectionRecord }

export interface JudgeReflectionDependencies {
  readonly limits: ReflectionLimits
  isOwnDomain(domain: string): boolean
}

/** Judges one message to one reflector. */
export function judgeReflection(
  { message, record, received }: Admitted,
  { reflector }: ReflectorRole,
  { limits, isOwnDomain }: JudgeReflectionDependencies,
): ReflectionJudgement {
  const { reversePath, forwardPaths } = received.envelope
  const answered = whoIsAnswered(message, { reversePath, forwardPath: forwardPaths[0] ?? '' }, record)
  if (answered.kind === 'silent') return { kind: 'ignore', reason: answered.reason }
  if (answered.kind === 'stranger') {
    const isBroken = record.state !== 'none'
    return refuse(
      isBroken ? verdictText(record) : 'a reflector answers only whom DKIM2, DKIM or SPF vouches for',
    )
  }
  // What comes back could come here again.
  if (isOwnDomain(asciiDomainOf(reversePath)))
    return refuse('a reflector does not answer addresses of its own relay')
  const address = comparableAscii(reversePath).toLowerCase()
  const reached = limits.take(address, peerKey(received.peer.address), received.receivedAtMilliseconds)
  if (reached !== undefined) return { kind: 'refuse', reply: tooMany[reached] }
  return { kind: 'reflect', reflection: { reflector, vouchedBy: answered.vouchedBy } }
}

const tooMany = {
  address: replies.tooManyReflectionsOfAddress,
  network: replies.tooManyReflectionsOfNetwork,
} as const

function refuse(text: string): ReflectionJudgement {
  return { kind: 'refuse', reply: { code: 550, enhanced: '5.7.1', text } }
}
