/** Deliveries as the store reads them back. */
import type { StoredDelivery } from '../../src/store/records.ts'

/** A copy for an alias that waits for its first attempt, unless a test says otherwise. */
export function storedDelivery(changes: Partial<StoredDelivery> = {}): StoredDelivery {
  return {
    id: 1,
    queueId: 'Q1',
    ordinal: 0,
    kind: 'alias',
    state: 'queued',
    recipient: 'team@alias.example',
    forwardPath: 'one@destination.example',
    reversePath: 'b+token@alias.example',
    destination: 'destination.example',
    hop: null,
    added: null,
    prefix: Buffer.alloc(0),
    attempts: 1,
    nextAttemptAt: 60_000,
    expiresAt: 1_000_000,
    finishedAt: null,
    reason: null,
    dsn: 'none',
    dsnQueueId: null,
    postId: null,
    subscriberId: null,
    notification: null,
    successDsn: 'none',
    inOrder: false,
    ...changes,
  }
}
