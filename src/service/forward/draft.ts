/** A message on its way to the disk, with what is known of it beforehand. */
import type { NewMessage, StoredDelivery } from '../../store/records.ts'

/** A message that is about to be put on disk. */
export interface Draft {
  readonly message: NewMessage
  /** Puts its plan to the store, where it is known already. */
  readonly plan?: (() => Promise<readonly StoredDelivery[]>) | undefined
}

/** The copies that a plan has made; undefined: the message is on disk without one. */
export type PlannedAhead = Promise<readonly StoredDelivery[] | undefined>

/**
 * Puts a draft on disk, its plan in the same turn, so that both share a commit. A plan that the store does not take is made again
 * from what it has: the message may not have been taken at all.
 */
export function putDraft<Answer>(
  { message, plan }: Draft,
  spool: (message: NewMessage) => Promise<Answer>,
): { readonly spooled: Promise<Answer>; readonly planned?: PlannedAhead } {
  const spooled = spool(message)
  return plan === undefined ? { spooled } : { spooled, planned: plan().catch(() => undefined) }
}
