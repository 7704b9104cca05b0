/**
 * Every question and every change of the `Store` on PostgreSQL. They are those of store/sqlite/ (rerun.ts), but for the ones that stand
 * here: because every message makes them, because they loop over much, or because the engine keeps the answer in another way.
 */
import type { AnyEntry, RequestName } from '../sqlite/entry.ts'
import { requestOf } from '../sqlite/requests.ts'
import type { Ask } from './lane.ts'
import * as changes from './own-changes.ts'
import * as questions from './own-questions.ts'
import * as steps from './own-steps.ts'
import { type Claimant, rerun } from './rerun.ts'

export interface PostgresRequest extends Pick<AnyEntry, 'isChange' | 'encode' | 'decode'> {
  /** A change of one statement that stands alone: whatever else changes meanwhile, it is whole. Such changes share transactions. */
  readonly isGrouped: boolean
  /** Who waits for news is told of it: people have changed something. */
  readonly isNews: boolean
  perform(ask: Ask, claimant: Claimant, ...rows: readonly unknown[]): Promise<unknown>
}

type Perform = PostgresRequest['perform']

/** A form of its own. What its parameters are was checked where the table of SQLite was made: the rows are the same. */
function own<Rows extends unknown[]>(
  perform: (ask: Ask, claimant: Claimant, ...rows: Rows) => Promise<unknown>,
): Perform {
  return (ask, claimant, ...rows) => perform(ask, claimant, ...(rows as Rows))
}

const owns: Partial<Record<RequestName, Perform>> = {
  spool: own(changes.spool),
  spoolOnce: own(changes.spoolOnce),
  plan: own(changes.plan),
  planCopies: own(changes.planCopies),
  due: own(changes.due),
  finishAttempt: own(changes.finishAttempt),
  releaseAttempts: own(changes.releaseAttempts),
  subscribe: own(changes.subscribe),
  hasLeft: own(questions.hasLeft),
  newMessages: own(questions.newMessages),
  shedBodies: own(steps.shedBodies),
  forgetInMessages: own(steps.forgetInMessages),
  setAliases: own(steps.setAliases),
}

const grouped: readonly RequestName[] = [
  ...(['spool', 'spoolOnce', 'plan', 'planCopies', 'due', 'finishAttempt', 'subscribe'] as const),
  ...(['announceAttempt', 'releaseAttempts', 'postpone', 'keepStsPolicy', 'advanceTlsReport'] as const),
  ...(['beginSuspect', 'clearSuspect'] as const),
]

const news: readonly RequestName[] = [
  ...(['retryDeliveries', 'holdDeliveries', 'releaseDeliveries', 'deleteDeliveries', 'together'] as const),
  ...(['createList', 'changeList', 'deleteList', 'approvePost', 'rejectPost'] as const),
]

/** What the store does for a name. */
export function postgresRequest(name: RequestName): PostgresRequest {
  const { perform, ...shared } = requestOf(name)
  return {
    ...shared,
    isGrouped: grouped.includes(name),
    isNews: news.includes(name),
    perform:
      owns[name] ??
      ((ask, claimant, ...rows) => rerun(connection => perform(connection, ...rows), claimant, ask)),
  }
}
