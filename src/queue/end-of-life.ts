/**
 * How long a message may be tried, when its sender is warned, and until when it can be returned: one calculation, because a report is
 * refused by the previous hop once a signature of the message that it returns is older than 14 days
 * (draft-ietf-dkim-dkim2-spec-08 section 16.4; 11.3 and 12.1.2 of -06). Pure; all times are Unix milliseconds.
 */

const day = 86_400_000

/** Beyond this age a signature is expired at every verifier. */
export const maxSignatureAge = 14 * day

/** What a report may take on its way back. */
export const returnAllowance = day

/** How long others keep mail in their queues as a rule (RFC 5321 section 4.5.4.1). */
export const usualAgeOnArrival = 5 * day

export interface LifeSettings {
  /** How long a message is tried. */
  readonly lifetimeMilliseconds: number
  /** How long it waits until its sender is warned; undefined: never. */
  readonly warnAfterMilliseconds: number | undefined
  /** How long the message is on its way to the next hop, and a report on its way back; absent: no time worth a word. */
  readonly roundTripMilliseconds?: number
}

export interface Life {
  /** From here on a failure is final. Not before `plannedAt`: one attempt is made, however old the message is. */
  readonly expiresAt: number
  /** Absent where nobody is warned, or the message fails before. */
  readonly warnAt?: number
  /** It is given up earlier than the settings say, so that it can still be returned. */
  readonly isShortened: boolean
}

/**
 * The life of a message in the queue.
 *
 * @param plannedAt when its deliveries are made
 * @param oldestSignatureAt of the chain that it came with; undefined where it had none
 */
export function lifeOf(
  plannedAt: number,
  oldestSignatureAt: number | undefined,
  { lifetimeMilliseconds, warnAfterMilliseconds, roundTripMilliseconds = 0 }: LifeSettings,
): Life {
  const wanted = plannedAt + lifetimeMilliseconds
  const returnable =
    (oldestSignatureAt ?? plannedAt) + maxSignatureAge - returnAllowance - roundTripMilliseconds
  const expiresAt = Math.max(plannedAt, Math.min(wanted, returnable))
  const warnAt = warnAfterMilliseconds === undefined ? undefined : plannedAt + warnAfterMilliseconds
  return {
    expiresAt,
    ...(warnAt !== undefined && warnAt < expiresAt ? { warnAt } : {}),
    isShortened: expiresAt < wanted,
  }
}

/**
 * What the settings break, for `check`: each a line that says what happens and what would be right.
 *
 * @param tokenLifetimeMilliseconds how long a bounce address accepts reports
 */
export function lifeRemarks(
  settings: LifeSettings & { readonly tokenLifetimeMilliseconds: number },
): string[] {
  const { lifetimeMilliseconds, warnAfterMilliseconds, tokenLifetimeMilliseconds } = settings
  const late = lifeOf(0, -usualAgeOnArrival, settings)
  const remarks: string[] = []
  if (late.isShortened) {
    remarks.push(
      `queue.lifetimeSeconds is ${days(lifetimeMilliseconds)}: a message that arrives ${days(usualAgeOnArrival)} old is given up after ` +
        `${days(late.expiresAt)}, as its sender takes no report of what is older than ${days(maxSignatureAge)}; ` +
        `at most ${days(maxSignatureAge - returnAllowance - usualAgeOnArrival)} would suit`,
    )
  }
  if (tokenLifetimeMilliseconds < lifetimeMilliseconds + usualAgeOnArrival) {
    remarks.push(
      `bounces.tokenLifetimeSeconds is ${days(tokenLifetimeMilliseconds)}: a host that takes a message at the end of its ` +
        `${days(lifetimeMilliseconds)} in the queue, and tries for ${days(usualAgeOnArrival)} itself, cannot return it any more; ` +
        `at least ${days(lifetimeMilliseconds + usualAgeOnArrival)} would suit`,
    )
  }
  if (warnAfterMilliseconds !== undefined && warnAfterMilliseconds >= lifetimeMilliseconds) {
    remarks.push('no delay is ever reported: the warning would come when the message has been given up')
  }
  return remarks
}

function days(milliseconds: number): string {
  const count = Math.floor((milliseconds / day) * 10) / 10
  return count === 1 ? '1 day' : `${count} days`
}
