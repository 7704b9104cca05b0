/** What the end of the process has cut off, as lines of the log. */

import type { Logger } from '../log/log.ts'
import type { SuspectWork } from '../store/work-records.ts'

/** One line for all that is tried again, one for each piece of work that is held from now on. */
export function logSuspects(log: Logger, work: readonly SuspectWork[]): void {
  const tried = work.filter(one => !one.isHeld)
  if (tried.length > 0) {
    log.warn({ count: tried.length }, 'under way when the relay ended: tried one after the other')
  }
  for (const { kind, queueId, ordinal } of work.filter(one => one.isNew)) {
    log.error(
      { queueId, ordinal, work: kind },
      'held: the relay has ended twice in a row while it was under way',
    )
  }
}
