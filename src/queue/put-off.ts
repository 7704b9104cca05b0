/** Deliveries for a gateway that wait together, so that none overtakes another. */
import type { AttemptResult } from './attempt-result.ts'
import type { BacklogSettings } from './backlog.ts'

/** How long, where this side or DNS is the cause: short, since everything for the destination waits. */
const putOffMilliseconds = 30_000

/**
 * In so many attempts what this side lacks puts off all that is behind. Later a delivery is deferred by itself: it may be the cause, and
 * must not stop all others until its life is over.
 */
const putOffAttempts = 5

/** Whether a deferral of this delivery that says nothing of the message holds for all behind it. */
export function putsOff({
  inOrder,
  attempts,
}: {
  readonly inOrder: boolean
  readonly attempts: number
}): boolean {
  return inOrder && attempts <= putOffAttempts
}

/** The deferral of all of them. `now`: Unix milliseconds. */
export function putOff<Result extends AttemptResult>(result: Result, now: number): Result {
  return { ...result, retryAt: now + putOffMilliseconds }
}

/** The backlog of deliveries for gateways: an object takes as many messages as it may have, whatever else is under way. */
export function inOrderSettings({
  inOrder,
  ...settings
}: BacklogSettings & { readonly inOrder?: Partial<BacklogSettings> | undefined }): BacklogSettings {
  const own = { total: Number.POSITIVE_INFINITY, isInOrder: true, inHandPerPlace: 2 }
  return { ...settings, ...inOrder, ...own }
}
