/** Puts a submitted message on disk, within what its account may send in a day. */
import type { Admitted } from '../../admit/admit.ts'
import type { Submitter } from '../../receive/submitter.ts'
import { signedOut } from '../../smtp/replies.ts'
import type { SmtpReply } from '../../smtp/reply.ts'
import type { NewMessage } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import type { Taking } from '../forward/take-once.ts'

const dayMilliseconds = 86_400_000

export interface TakeSubmittedDependencies {
  readonly store: Pick<Store, 'spoolSubmitted'>
  /** Recipients in a day of an account that has no limit of its own. */
  readonly recipientsPerDay: number
}

export async function takeSubmitted(
  admitted: Admitted,
  { accountId, dailyLimit }: Submitter,
  message: NewMessage,
  { store, recipientsPerDay }: TakeSubmittedDependencies,
): Promise<Taking> {
  const limit = dailyLimit ?? recipientsPerDay
  const recipients = message.envelope.forwardPaths.length
  const day = dayOf(message.receivedAt)
  const answer = await store.spoolSubmitted(message, { accountId, day, recipients, limit })
  if (answer === 'stored') return { kind: 'stored', admitted, message }
  if (answer === 'gone') return { kind: 'refused', reply: signedOut }
  return { kind: 'refused', reply: tooMuchToday(limit, (day + 1) * dayMilliseconds - message.receivedAt) }
}

/** Days since 1970 (UTC). */
export function dayOf(unixMilliseconds: number): number {
  return Math.floor(unixMilliseconds / dayMilliseconds)
}

function tooMuchToday(limit: number, leftMilliseconds: number): SmtpReply {
  const minutes = Math.ceil(leftMilliseconds / 60_000)
  const text = `this account may send to ${limit} recipients a day; try again in ${minutes} minutes, after 00:00 UTC`
  return { code: 450, enhanced: '4.7.1', text }
}
