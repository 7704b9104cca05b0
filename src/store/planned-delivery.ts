/** What a delivery is before anything has happened to it, in whatever engine it is kept. */
import type { NewDelivery, StoredDelivery } from './records.ts'

/** What a delivery is right after it was planned: the same that would be read back. */
export function plannedDelivery(queueId: string, id: number, delivery: NewDelivery): StoredDelivery {
  const { failure: _, postId = null, subscriberId = null, ...others } = delivery
  const { notification = null, successDsn = 'none', added = null, inOrder = false, ...rest } = others
  const reports = { notification, successDsn, dsnQueueId: null }
  return { id, queueId, ...rest, added, ...firstState(delivery), ...reports, postId, subscriberId, inOrder }
}

/** The first attempt counts as announced, unless it waits for its turn; what failed while it was planned has none. */
export function firstState({ failure, inOrder }: NewDelivery) {
  const attempts = inOrder === true ? 0 : 1
  return failure === undefined
    ? ({ state: 'queued', attempts, finishedAt: null, reason: null, dsn: 'none' } as const)
    : ({ state: 'failed', attempts: 0, finishedAt: failure.at, reason: failure.reason, dsn: 'due' } as const)
}
