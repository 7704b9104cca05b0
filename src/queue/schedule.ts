/**
 * When a deferred delivery is attempted again and when it is given up (RFC 5321 section 4.5.4.1). Pure: the time and
 * the jitter are arguments.
 */
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How the waits between attempts grow, and how long a delivery may stay in the queue. */
export interface ScheduleSettings {
  /** The wait after the first attempt, the second, …; the last one repeats. At least one, each above 0. */
  readonly delaysMilliseconds: readonly number[]
  /** How long a delivery stays in the queue. Default 5 days: well below the signature age of 14 days. */
  readonly lifetimeMilliseconds: number
  /** Each wait is made longer by up to this share of it, so that what failed together does not return together. */
  readonly jitterShare: number
}

/** 1, 5, 15, 30 and 60 minutes, then hourly, for 5 days. */
export const defaultSchedule: ScheduleSettings = {
  delaysMilliseconds: [minute, 5 * minute, 15 * minute, 30 * minute, hour],
  lifetimeMilliseconds: 5 * day,
  jitterShare: 0.1,
}

/** Where a delivery stands after an attempt. */
export interface Attempted {
  /** Attempts made so far, this one included; 1 after the first. */
  readonly attempts: number
  /** Unix milliseconds. */
  readonly now: number
  /** A random number from 0 up to 1. */
  readonly jitter: number
}

/** The longest that a delivery may wait for its next attempt, unless the clock was set back. Milliseconds. */
export function longestWait({ delaysMilliseconds, jitterShare }: ScheduleSettings): number {
  return Math.ceil(Math.max(...delaysMilliseconds) * (1 + jitterShare))
}

/** When a delivery that enters the queue at `now` is given up. */
export function expiresAt(now: number, settings: ScheduleSettings): number {
  return now + settings.lifetimeMilliseconds
}

/**
 * When to try again if nothing is heard of an attempt; also what is announced before an attempt is made. Never sooner
 * than the wait in the settings.
 */
export function retryAt({ attempts, now, jitter }: Attempted, settings: ScheduleSettings): number {
  const { delaysMilliseconds, jitterShare } = settings
  const index = Math.min(Math.max(attempts, 1), delaysMilliseconds.length) - 1
  const delay = delaysMilliseconds[index] ?? hour
  return Math.ceil(now + delay * (1 + jitterShare * jitter))
}

/**
 * When a deferred delivery is attempted again. The last attempt is made right when its life ends, however long the
 * wait would have been; a deferral from then on is `expired`.
 */
export function nextAttemptAt(
  attempted: Attempted & { readonly expiresAt: number },
  settings: ScheduleSettings,
): number | 'expired' {
  if (attempted.now >= attempted.expiresAt) return 'expired'
  return Math.min(retryAt(attempted, settings), attempted.expiresAt)
}
