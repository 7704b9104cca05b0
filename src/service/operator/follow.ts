/** Messages as they come, looked for every second. */
import { setTimeout as wait } from 'node:timers/promises'
import type { MessageLine } from '../../hoplog/summary.ts'
import { queueWatchMilliseconds } from '../../limits.ts'
import type { MessageCriteria } from '../../store/queries.ts'
import type { FollowedStore } from './followed-messages.ts'
import { FollowedMessages } from './followed-messages.ts'

/** What each look has found, maybe nothing; without end, unless the signal ends it. */
export async function* looks(
  store: FollowedStore,
  criteria: MessageCriteria,
  signal?: AbortSignal,
): AsyncGenerator<readonly MessageLine[]> {
  const followed = new FollowedMessages(store, criteria)
  while (signal?.aborted !== true) {
    yield await followed.look()
    const isOver = await wait(queueWatchMilliseconds, false, { signal }).catch(() => true)
    if (isOver) return
  }
}
